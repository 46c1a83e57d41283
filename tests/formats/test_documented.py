"""The documents of the formats: a reader of ours that is written from its document alone, and what each keeps."""

import importlib.util
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from densevec.errors import FormatWarning
from densevec.formats import FORMATS, Subwords, WordVectors
from densevec.vectors import DensityVectors, KeyedVectors, SubwordVectors

DOCUMENT = Path(__file__).parents[2] / "docs" / "file-format.md"
EXCHANGE = DOCUMENT.with_name("exchange.md")
NEEDED = {"model2vec": "tokenizers", "sentence-transformers": "tokenizers", "to_frame()": "pandas"}
NEEDED |= {"to_gensim()": "gensim", "to_spacy()": "spacy"}


def test_the_example_runs(tmp_path, monkeypatch):
    if not DOCUMENT.exists():
        pytest.skip("the documents are not beside the tests")
    pytest.importorskip("safetensors")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    # The package's top level is another part's matter; this test needs the vectors only.
    code = code.replace("from densevec import", "from densevec.vectors import")
    exec(compile(code, str(DOCUMENT), "exec"), {})


def kept_as_documented() -> dict[str, list[bool]]:
    """Whether counts, variances, attributes, what decides entailment, and n-grams are kept, by format."""
    text = EXCHANGE.read_text(encoding="utf-8") if EXCHANGE.exists() else ""
    rows = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.endswith((" kept |", " lost |"))]
    rows += [line.strip("| \n").split(" | ") for line in text.splitlines() if " | kept, " in line]
    return {name: [cell[:4] == "kept" for cell in row[1:]] for row in rows for name in re.findall("`([^`]*)`", row[0])}


def test_every_format_is_documented() -> None:
    if not EXCHANGE.exists():
        pytest.skip("the documents are not beside the tests")
    documented = kept_as_documented()
    assert set(FORMATS) == {name for name in documented if not name.endswith("()")}
    assert all(len(kept) == 5 for kept in documented.values())


@pytest.mark.parametrize(
    "name", [*sorted(set(FORMATS) - {"floret"}), "to_frame()", "to_gensim()"]
)  # floret has no words
def test_what_is_kept_is_what_the_document_says(tmp_path, name) -> None:
    if not EXCHANGE.exists():
        pytest.skip("the documents are not beside the tests")
    if importlib.util.find_spec(NEEDED.get(name, "numpy")) is None:
        pytest.skip(f"{NEEDED[name]} is not installed")
    words = ["kiwi", "plum", "kea"]
    densities = DensityVectors(words, np.eye(3), [1.0, 2.0, 0.5], [9, 4, 2], entailment_bound=2.5)
    densities.set_vecattr("plum", "colour", "blue")
    ngrams = Subwords(np.ones((5, 3), dtype="<f4").reshape(-1).view(np.uint8), 3, 3, 6)
    points = SubwordVectors(WordVectors(words, np.eye(3)), ngrams)

    def there_and_back(vectors: KeyedVectors) -> KeyedVectors:
        if name.startswith("to_"):
            reverse = getattr(KeyedVectors, name.strip("()").replace("to_", "from_"))
            return reverse(getattr(vectors, name.strip("()"))())
        vectors.to_file(tmp_path / "file", name)
        return KeyedVectors.from_file(tmp_path / "file", name)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        again = there_and_back(densities)
        others = there_and_back(points)
    kept = [
        "count" in again.expandos and again.counts.tolist() == [9, 4, 2],
        isinstance(again, DensityVectors),
        "colour" in again.expandos and again.get_vecattr("plum", "colour") == "blue",
        getattr(again, "entailment_bound", None) == 2.5,
        others.has_vector_for("kiwis"),
    ]
    assert kept == kept_as_documented()[name]
    notes = " ".join(str(each.message) for each in caught if each.category is FormatWarning)
    said = ("no variances" in notes, "no attributes" in notes, "no n-grams" in notes)
    assert said == (not kept[1], not kept[2], not kept[4])
