"""Everything in the documents that a reader can type is run: python blocks, and lines that begin with ``$ densevec``.

The blocks of one document share a namespace and run in order, in a folder that holds what a reader would
have: a text, a held-out text, a few test sets, and the file that ``densevec demo`` writes.  The built-in corpus
is made smaller.
"""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from densevec.cli import main
from densevec.corpus.aviary import Aviary

ROOT = Path(__file__).parents[1]
NOT_RUN = {
    "file-format.md",
    "features.md",
    "results.md",
    "benchmarks.md",
    "index.md",
    "notebooks.md",
    "contributing.md",
    "changes.md",
    "installing.md",
    "senses.md",
}
# file-format.md and features.md have tests of their own; results.md and benchmarks.md are measurements of hours; the
# others have no code
DOCUMENTS = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in NOT_RUN),
]
NEEDS = {"maps.md": ("matplotlib", "plotly"), "README.md": ("sentencex",), "text.md": ("sentencex",)}
NUM_SENTENCES = 6000
SMALLER = {
    "Aviary()": f"Aviary({NUM_SENTENCES})",
    "AviaryBitext(3_000)": "AviaryBitext(300)",
    "densevec demo": f"densevec demo --sentences {NUM_SENTENCES}",
}
SHORTER = {"language-models.md": 1200}  # sentences of the text, where torch trains many models on it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """What a reader who follows the documents has."""
    folder = tmp_path_factory.mktemp("reader")
    aviary = Aviary(NUM_SENTENCES + 200, seed=7)
    lines = [" ".join(sentence) for sentence in aviary]
    (folder / "text.txt").write_text("\n".join(lines[:NUM_SENTENCES]) + "\n", encoding="utf-8")
    (folder / "held-out.txt").write_text("\n".join(lines[NUM_SENTENCES:]) + "\n", encoding="utf-8")
    write_book(folder / "books", lines[: NUM_SENTENCES // 4])
    facts = aviary.facts
    pairs = [(*pair, True) for pair in facts.entailments] + [(*pair, False) for pair in facts.non_entailments]
    (folder / "pairs.tsv").write_text("".join(f"{a}\t{b}\t{label}\n" for a, b, label in pairs), encoding="utf-8")
    true_pairs = "".join(f"{a}\t{b}\tTrue\n" for a, b in facts.entailments)
    (folder / "true-pairs.tsv").write_text(true_pairs, encoding="utf-8")
    similar = "".join(f"{a}\t{b}\t{i % 11}\n" for i, (a, b) in enumerate(facts.non_entailments[:200]))
    (folder / "similarity.tsv").write_text(similar, encoding="utf-8")
    assert main(["demo", "--sentences", str(NUM_SENTENCES), "-o", str(folder / "aviary.safetensors")]) == 0
    return folder


def write_book(folder: Path, sentences: list[str]) -> None:
    """Prose as books have it: capitals, full stops, and lines that end anywhere."""
    folder.mkdir()
    prose = [f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences]
    paragraphs = (textwrap.fill(" ".join(prose[begin : begin + 8])) for begin in range(0, len(prose), 8))
    (folder / "birds.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")


def smaller(text: str) -> str:
    for written, run in SMALLER.items():
        text = text.replace(written, run)
    return text


def blocks(document: Path) -> list[tuple[str, str]]:
    """(language, text) of every fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_shows_runs(
    document: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in NEEDS.get(document.name, ()):
        pytest.importorskip(package, reason=f"{document.name} needs {package}")
    monkeypatch.chdir(folder)
    if document.name in SHORTER:
        lines = (folder / "text.txt").read_text(encoding="utf-8").splitlines(keepends=True)
        shutil.copy(folder / "held-out.txt", tmp_path)
        (tmp_path / "text.txt").write_text("".join(lines[: SHORTER[document.name]]), encoding="utf-8")
        monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": document.stem}
    found = 0
    for language, text in blocks(document):
        if language == "python":
            exec(compile(smaller(text), document.name, "exec", dont_inherit=True), namespace)  # as a reader has it
            found += 1
        elif language == "console":
            commands = [line[2:] for line in text.replace("\\\n", "").splitlines() if line.startswith("$ densevec ")]
            for command in commands:
                assert main(shlex.split(smaller(command), comments=True)[1:]) == 0, command
                found += 1
    assert found


@pytest.mark.parametrize("document", sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")}), ids=lambda path: path.name)
def test_links_within_the_repository_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    missing = [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    assert not missing


FIGURE = re.compile(r"(?<![\w.)\]])\.\d{3}\b")


def figures(text: str) -> list[int]:
    """The figures of three digits, in thousandths."""
    return [int(figure[1:]) for figure in FIGURE.findall(text)]


def sentences_with_figures() -> list[tuple[str, str]]:
    """Every sentence of a page that sends for its figures to the results."""
    found = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for sentence in re.split(r"(?<=[.:]) (?=[A-Z])|\n\n|\n(?=On )", page.read_text(encoding="utf-8")):
            if "](results.md)" in sentence and figures(sentence):
                found.append((page.name, sentence))
    return found


@pytest.mark.parametrize(("page", "sentence"), sentences_with_figures())
def test_figures_are_those_of_the_results(page: str, sentence: str) -> None:
    """They stand there together, in one line or two, or are differences of such."""
    lines = (ROOT / "docs" / "results.md").read_text(encoding="utf-8").splitlines()
    for one, other in itertools.pairwise(lines):
        known = {*figures(one), *figures(other)}
        differences = {first - second for first in known for second in known}
        if set(figures(sentence)) <= known | differences and len(set(figures(sentence)) & known) > 1:
            return
    pytest.fail(f"{page} has figures that do not stand together in results.md: {sentence}")


def test_some_figures_are_compared() -> None:
    assert {page for page, _ in sentences_with_figures()} >= {"queries.md", "subwords.md"}


def test_every_page_has_its_place_on_the_site() -> None:
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = [line for block in re.findall(r"```{toctree}\n(.*?)```", index, re.DOTALL) for line in block.splitlines()]
    assert sorted(line for line in listed if line and line[0] != ":" and "/" not in line) == sorted(pages)


def test_the_reference_describes_every_public_package() -> None:
    described = {
        name
        for page in (ROOT / "docs" / "reference").glob("*.md")
        for name in re.findall(r"automodule:: (\S+)", page.read_text(encoding="utf-8"))
    }
    sources = [*ROOT.glob("densevec/[a-z]*/__init__.py"), *ROOT.glob("densevec/plotting/*/__init__.py")]
    public = {
        ".".join(source.parent.relative_to(ROOT).parts)
        for source in sources
        if re.search(r"__all__.*=", source.read_text(encoding="utf-8")) and source.parent.name not in ("cli", "layers")
    }
    assert public <= described


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason="the site needs Sphinx: pip install 'densevec[docs]'")
    plain = ["-b", "html", "-D", "html_theme=basic"]  # half of furo's time goes into a table of contents for each page
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", *plain, ROOT / "docs", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "BayesianSkipGram" in (tmp_path / "searchindex.js").read_text(encoding="utf-8")
    assert 'id="densevec.densities.Gaussian' in (tmp_path / "reference" / "densities.html").read_text(encoding="utf-8")


def test_the_readme_names_every_make_target() -> None:
    help_lines = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [name for name in help_lines if f"make {name}" not in contributing]
