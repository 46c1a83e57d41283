"""``densevec evaluate`` of every kind of model: a figure of each test, or what the file lacks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from densevec import NPLM, Aviary, BayesianSkipGram, DensityWord2Vec, EmbedAlign, LogBilinear
from densevec.cli.subjects import TESTS
from tests.contracts.cases import ESTIMATORS, NUM_SENTENCES, make, trained

SENTENCE = "the kiwi laid an egg in its nest"
# settings that leave out what a model of the kind can do else
SETTINGS: list[tuple[Any, dict[str, Any]]] = [
    *((NPLM, {"output_layer": layer}) for layer in ("negative", "nce", "class", "hierarchical")),
    *((LogBilinear, {"context": "both", "output_layer": layer}) for layer in ("negative", "nce", "full")),
    (BayesianSkipGram, {"objective": "max_margin"}),
    (BayesianSkipGram, {"objective": "elbo", "likelihood": "affine"}),
    (DensityWord2Vec, {"components": 2}),
]


def _models() -> Iterator[tuple[str, Any]]:
    for name, kind in ESTIMATORS.items():
        yield name, trained(kind)
    for number, (kind, settings) in enumerate(SETTINGS):
        yield f"{kind.__name__}-{number}", make(kind, **settings).train()
    text = Aviary(NUM_SENTENCES)
    yield "one-language", EmbedAlign(text, dim=8, epochs=1, min_count=1, monolingual=True, device="cpu").train()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder, paths = tmp_path_factory.mktemp("models"), []
    for name, model in _models():
        paths.append(folder / f"{name}.safetensors")
        model.save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """The option of each test, with files of a few lines."""
    folder = tmp_path_factory.mktemp("tests")
    contents = {
        "pairs": "kiwi egg 3\nkiwi nest 5\negg nest 1\n",
        "labels": "kiwi\tegg\tTrue\nkiwi\tnest\tFalse\negg\tnest\tTrue\n",
        "analogies": ": birds\nkiwi egg the nest\n: gram1\nkiwi egg its nest\n",
        "lst.gold.candidates": "kiwi.n::egg;nest\n",
        "lst_all.gold": "kiwi.n 1 :: egg 3;\n",
        "lst_all.preprocessed": f"kiwi.n\t1\t1\t{SENTENCE}\n",
        "contextual": "".join(
            f"{row}\tkiwi\tn\t{other}\tn\tthe <b> kiwi </b> laid\tthe <b> {other} </b> laid\t{row}\t{row}\n"
            for row, other in enumerate(["egg", "nest", "kiwi"], 1)
        ),
        "pseudo_words": f"kiwi\tegg\tnest\t1\t{SENTENCE}\n",
        "senses": f"kiwi\tone\t1\t{SENTENCE}\nkiwi\tother\t1\t{SENTENCE}\n",
        "text": f"{SENTENCE}\n" * 9,
        "links": "0-0 1-1\n" * 9,
        "questions": "id,question,a),b)\n" + "".join(f"{row},the _____ laid,kiwi,egg\n" for row in range(1, 5)),
        "answers": "id,answer\n" + "".join(f"{row},a\n" for row in range(1, 5)),
    }
    for name, text in contents.items():
        (folder / name).write_text(text)
    names = {
        **{test: [test] for test in ("analogies", "contextual", "pseudo_words")},
        **{test: ["labels"] for test in ("entailment", "direction", "hypernyms")},
        "similarity": ["pairs"],
        "lexsub": ["."],
        "senses": ["senses", "text"],
        "alignment": ["text", "text", "links"],
        "completion": ["questions", "answers"],
        "perplexity": ["text"],
    }
    return {test: [f"--{test.replace('_', '-')}", *(folder / name for name in names[test])] for test in TESTS}


@pytest.mark.parametrize("test", TESTS)
def test_a_figure_or_what_the_file_lacks(
    densevec: Any, files: list[Path], asked: dict[str, list[object]], test: str
) -> None:
    together = densevec("evaluate", *files, *asked[test], "--json").json
    for path in files:
        alone, of_it = densevec("evaluate", path, *asked[test], "--json"), together[str(path)]
        if alone.status == 0:
            assert test in alone.json and test in of_it and "unanswered" not in of_it
        else:
            lack = of_it["unanswered"][test]
            assert lack.startswith(f"{path}: the file holds a ") and " needs " in lack
            assert (alone.status, alone.out, alone.err) == (1, "", f"densevec: {lack}\n")
