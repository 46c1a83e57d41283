"""Advice leads somewhere: whatever an error or a note tells people to use exists, and does what it says."""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import densevec
from densevec import DensityVectors, DocumentVectorizer, KeyedVectors, MixtureVectors, NGram, SkipGram
from densevec.cli import main
from densevec.cli.main import COMMANDS, build_parser
from densevec.corpus import ParallelCorpus, TextCorpus
from densevec.densities import Gaussian
from densevec.errors import DensevecError
from densevec.evaluation import evaluate_similarity, read_gold

PACKAGE = Path(densevec.__file__).parent
POINTS = KeyedVectors(["kiwi", "plum"], [[1.0, 0.5], [0.25, 1.0]])
# What is written like the name of a parameter and is none
NO_PARAMETERS = {"compile", "level"}


OF_OTHERS = {"--neighbors", "--max-restarts"}  # embedding-atlas's, torchrun's


@cache
def messages() -> list[tuple[str, str]]:
    """The place and text of every string of the source that is no docstring; of what is filled in, only braces."""
    return list(strings())


def strings() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name.startswith(
            ("_aviary", "taxonomy", "lettering", "completion_scripts")
        ):  # of birds, drawings, shells
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        left_out: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                left_out.add(id(node.value))  # docstrings
            if isinstance(node, ast.JoinedStr):
                left_out |= {id(part) for part in ast.walk(node) if part is not node}
        for node in ast.walk(tree):
            if id(node) in left_out:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if len(text.split()) > 2 and "<" not in text[:2]:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


def public_callables() -> Iterator[Any]:
    """All functions, classes and methods of public modules."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(("densevec", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        if name.endswith("__main__"):
            continue
        for each in vars(importlib.import_module(name)).values():
            if inspect.isclass(each) and each.__module__.startswith("densevec"):
                yield each
                yield from (part for key, part in inspect.getmembers(each, callable) if not key.startswith("_"))
            elif inspect.isfunction(each) and not each.__name__.startswith("_"):
                yield each


@pytest.fixture(scope="module")
def known() -> tuple[set[str], set[str]]:
    """The names of all parameters, and of all functions and methods."""
    parameters, names = set(), set()
    for each in public_callables():
        names.add(each.__name__)
        try:
            parameters |= set(inspect.signature(each).parameters)
        except (TypeError, ValueError):
            continue
    return parameters, names


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    found = set()
    for action in parser._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                found |= options_of(each)
    return found


def test_every_parameter_that_is_named_exists(known: tuple[set[str], set[str]]) -> None:
    wrong = {
        (place, name)
        for place, text in messages()
        for name in re.findall(r"(?<![\w.-])([a-z]\w*)=(?!=)", text)
        if name not in known[0] | NO_PARAMETERS and not re.search(rf"{name}=\w+;|{name}=\{{\}}[;\"]", text)
    }
    assert not wrong


def test_every_function_that_is_named_exists(known: tuple[set[str], set[str]]) -> None:
    of_python = {
        "min",
        "sqrt",
        "list",
        "sorted",
        "zip",
        "open",
        "index",
        "to_numpy",
        "tolist",
        "astype",
        "split",
        "help",
    }
    wrong = {
        (place, name)
        for place, text in messages()
        for name in re.findall(r"(?<![\w{])([a-z]\w*)\(", text)
        if name not in known[1] | of_python and len(name) > 2
    }
    assert not wrong


def test_every_option_and_command_that_is_named_exists() -> None:
    every = set().union(*(options_of(build_parser([command])[0]) for command in COMMANDS))
    wrong = {
        (place, option)
        for place, text in messages()
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)
        if option not in every | OF_OTHERS and not option.startswith("--text") and not place.startswith("_parameters")
    }
    assert not wrong
    commands = {
        (place, name)
        for place, text in messages()
        for name in re.findall(r"'densevec ([a-z-]+)", text)
        if name[0] != "{"
    }
    assert {name for _, name in commands} <= set(COMMANDS)


def test_every_extra_that_is_named_exists() -> None:
    project = PACKAGE.parent / "pyproject.toml"
    if not project.exists():
        pytest.skip("an installed package has no pyproject.toml")
    extras = tomllib.loads(project.read_text())["project"]["optional-dependencies"]
    named = {name for _, text in messages() for name in re.findall(r"densevec\[(\w+)\]", text)}
    assert named and named <= set(extras)


# Advice that is followed: a mistake, what its message says, and the same with the advice


def write(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


Follow = Callable[[Path], tuple[Callable[[], Any], str, Callable[[], Any], Any]]


def _nonfinite(folder: Path) -> Any:
    path = write(folder / "v.vec", "2 2\na -inf 1\nb 1 2\n")
    return (
        lambda: KeyedVectors.from_file(path),
        "drop_nonfinite=True",
        lambda: KeyedVectors.from_file(path, drop_nonfinite=True).index_to_key,
        ["b"],
    )


def _duplicates(folder: Path) -> Any:
    path = write(folder / "v.vec", "2 1\na 1\na 2\n")
    return (
        lambda: KeyedVectors.from_file(path),
        "on_duplicate='first' or 'last'",
        lambda: [KeyedVectors.from_file(path, on_duplicate=kept)["a"].item() for kept in ("first", "last")],
        [1.0, 2.0],
    )


def _bad_bytes(folder: Path) -> Any:
    path = write(folder / "v.vec", b"2 1\na\xff 1\nb 2\n")
    return (
        lambda: KeyedVectors.from_file(path),
        "errors='replace' or 'ignore'",
        lambda: [KeyedVectors.from_file(path, errors=how).index_to_key[0] for how in ("replace", "ignore")],
        ["a\ufffd", "a"],
    )


def _more_lines(folder: Path) -> Any:
    path = write(folder / "v.vec", "1 1\na 1\nb 2\n")
    return (
        lambda: KeyedVectors.from_file(path),
        "strict=False",
        lambda: KeyedVectors.from_file(path, strict=False).index_to_key,
        ["a", "b"],
    )


def _no_header(folder: Path) -> Any:
    path = write(folder / "v.txt", "a 1 2\nb 3 4\n")
    return (
        lambda: KeyedVectors.load_word2vec_format(path),
        "no_header=True",
        lambda: KeyedVectors.load_word2vec_format(path, no_header=True).index_to_key,
        ["a", "b"],
    )


def _binary(folder: Path) -> Any:
    path = str(folder / "v.bin")
    POINTS.save_word2vec_format(path, binary=True)
    return (
        lambda: KeyedVectors.load_word2vec_format(path),
        "binary=True",
        lambda: KeyedVectors.load_word2vec_format(path, binary=True).index_to_key,
        ["kiwi", "plum"],
    )


def _not_ours(folder: Path) -> Any:
    path = str(folder / "v.vec")
    POINTS.save_word2vec_format(path)
    return (
        lambda: KeyedVectors.load(path),
        "KeyedVectors.from_file reads it",
        lambda: KeyedVectors.from_file(path).index_to_key,
        ["kiwi", "plum"],
    )


def _corpus_bytes(folder: Path) -> Any:
    path = write(folder / "t.txt", b"a b\xff\n")
    return (
        lambda: list(TextCorpus(path)),
        "errors='replace' or errors='ignore'",
        lambda: [list(TextCorpus(path, errors=how)) for how in ("replace", "ignore")],
        [[["a", "b\ufffd"]], [["a", "b"]]],
    )


def _model_bytes(folder: Path) -> Any:
    path = write(folder / "t.txt", b"a b\xff\n")
    model = NGram([["a", "b"]] * 6, order=2, min_count=1).train()
    return (
        lambda: model.perplexity(path),
        "errors='replace' or errors='ignore'",
        lambda: [model.set_params(errors=how).perplexity(path).num_unknown for how in ("replace", "ignore")],
        [1, 0],
    )


def _symbols(folder: Path) -> Any:
    text = [["<s>", "a", "</s>"]] * 6
    return (
        NGram(text, order=2, min_count=1).train,
        "skip_symbols=True",
        lambda: len(NGram(text, order=2, min_count=1, skip_symbols=True).train().vocabulary),
        3,
    )


def _symbols_of_arpa(folder: Path) -> Any:
    path = folder / "m.arpa"
    NGram([["a", "b"], ["a"]] * 6, order=2, min_count=1).train().write_arpa(path)
    return (
        lambda: NGram.from_arpa(path).perplexity([["<s>", "a", "</s>"]]),
        "of an ARPA file NGram.from_arpa takes it",
        lambda: NGram.from_arpa(path, skip_symbols=True).perplexity([["<s>", "a", "</s>"]]).num_tokens,
        2,
    )


def _missing_attribute(folder: Path) -> Any:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"word": ["a", "b"], "x": [1.0, 2.0], "attribute.pos": ["N", None]})

    def kept(changed: Any) -> list[str]:
        vectors = KeyedVectors.from_frame(changed)
        return [str(vectors.get_vecattr("b", name)) for name in vectors.expandos]

    return (
        lambda: KeyedVectors.from_frame(frame),
        "put a value where one is missing, or leave the attribute out",
        lambda: [kept(frame.fillna("")), kept(frame.drop(columns="attribute.pos"))],
        [[""], []],
    )


def _gold(folder: Path) -> Any:
    path = write(folder / "gold.txt", "1-1 0-0\n")
    return (
        lambda: read_gold(path, [(2, 2)], links_from=1),
        "links_from=0",
        lambda: read_gold(path, [(2, 2)], links_from=0)[0].sure,
        {(0, 0), (1, 1)},
    )


def _columns(folder: Path) -> Any:
    path = write(folder / "pairs.txt", "id\tkiwi\tplum\t3\nid\tkiwi\tkiwi\t5\n")
    return (
        lambda: evaluate_similarity(POINTS, path),
        "columns=",
        lambda: evaluate_similarity(POINTS, path, columns=[2, 3, 4]).total,
        2,
    )


def _forms(folder: Path) -> Any:
    vectors = KeyedVectors(["cafe\u0301"], [[1.0]])
    return (
        lambda: vectors["caf\u00e9"],
        r"ask for 'cafe\u0301'",
        lambda: float(vectors["cafe\u0301"][0]),
        1.0,
    )


def _capitals(folder: Path) -> Any:
    return (
        lambda: POINTS["KIWI"],
        "ask for 'kiwi'",
        lambda: float(POINTS["kiwi"][1]),
        0.5,
    )


def _pairs(folder: Path) -> Any:
    source, target = [["a"], ["b"], ["c"]], [["x"], ["y"], ["z"]]
    return (
        lambda: list(ParallelCorpus((source, target))),
        r"list(zip(source, target))",
        lambda: list(ParallelCorpus(list(zip(source, target, strict=True)))),
        list(zip(source, target, strict=True)),
    )


def _records(folder: Path) -> Any:
    table = np.array([("kiwi", "x")], dtype=[("text", "U9"), ("title", "U9")])
    vectorizer = DocumentVectorizer(POINTS)
    return (
        lambda: vectorizer.fit_transform(table),
        "table['text']",
        lambda: vectorizer.fit_transform(table["text"]).tolist(),
        [[1.0, 0.5]],
    )


def _matrix(folder: Path) -> Any:
    texts = np.array([["kiwi"], ["plum"]])
    vectorizer = DocumentVectorizer(POINTS)
    return (
        lambda: vectorizer.fit_transform(texts),
        "array.tolist() if each row is a list of words, or one of its columns, array[:, 0]",
        lambda: [vectorizer.fit_transform(each).tolist() for each in (texts.tolist(), texts[:, 0])],
        [[[1.0, 0.5], [0.25, 1.0]]] * 2,
    )


def _new_density(folder: Path) -> Any:
    def added(*arguments: Any, **options: Any) -> list[float]:
        vectors = DensityVectors(["kiwi"], [[1.0]], [1.0])
        vectors.add_vectors(["plum"], *arguments, **options)
        return [float(vectors.variance("plum"))]

    return (
        lambda: added([[2.0]]),
        "pass Gaussians",
        lambda: added([Gaussian([2.0], 3.0)]) + added([[2.0]], variances=[3.0]),
        [3.0, 3.0],
    )


def _mixture(folder: Path) -> Any:
    mixtures = MixtureVectors(["a", "b"], np.ones((2, 2, 1)), np.ones((2, 2)), np.full((2, 2), 0.5))

    def made() -> list[str]:
        parts = mixtures.component_means * 2, mixtures.component_variances, mixtures.weights
        return MixtureVectors(mixtures.index_to_key, *parts).index_to_key

    return lambda: setattr(mixtures, "vectors", [[1.0], [2.0]]), "make new MixtureVectors of", made, ["a", "b"]


def _storage(folder: Path) -> Any:
    large = KeyedVectors(["a"], [[1e30]])
    return lambda: large.stored_as("float16"), "'bfloat16'", lambda: large.stored_as("bfloat16").storage, "bfloat16"


def _all_scores(folder: Path) -> Any:
    return (
        lambda: POINTS.most_similar_batch(["kiwi"], topn=None),
        "scores()",
        lambda: POINTS.scores("kiwi").shape,
        (2,),
    )


def _too_few(folder: Path) -> Any:
    text = [["a", "b"]] * 3
    return (
        lambda: SkipGram(text, dim=2, epochs=1).train(),
        "lower min_count",
        lambda: len(SkipGram(text, dim=2, epochs=1, min_count=1).train().vectors),
        2,
    )


def _sentences(folder: Path) -> Any:
    given = ["the kiwi laid an egg", "is it blue?"]
    return (
        SkipGram(given, dim=2, epochs=1, min_count=1).train,
        "if it is a sentence, split it first: a corpus is a list of lists of words, [sentence.split(), ...]",
        lambda: len(SkipGram([sentence.split() for sentence in given], dim=2, epochs=1, min_count=1).train().vectors),
        8,
    )


def _sentence(folder: Path) -> Any:
    given = "the kiwi laid an egg " * 20_000
    return (
        SkipGram(given, dim=2, epochs=1, min_count=1).train,
        "split it first: a corpus is a list of lists of words, [sentence.split(), ...]",
        lambda: len(SkipGram([given.split()], dim=2, epochs=1, min_count=1).train().vectors),
        5,
    )


def _frame(library: str, folder: Path) -> Any:
    frame = pytest.importorskip(library).DataFrame({"id": [1, 2], "text": ["the kiwi", "an egg"]})
    advised = "[text.split() for text in table['text']]"
    return (
        SkipGram(frame, dim=2, epochs=1, min_count=1).train,
        f"give one of them, such as table['text'], its texts split into words: {advised}",
        lambda: len(SkipGram(eval(advised, {"table": frame}), dim=2, epochs=1, min_count=1).train().vectors),
        4,
    )


def _frame_of_pandas(folder: Path) -> Any:
    return _frame("pandas", folder)


def _frame_of_polars(folder: Path) -> Any:
    return _frame("polars", folder)


def _untrained(folder: Path) -> Any:
    model = SkipGram([["a", "b"]] * 3, dim=2, epochs=1, min_count=1)
    return lambda: model.vectors, "call train() first", lambda: len(model.train().vectors), 2


def _resized(folder: Path) -> Any:
    vectors = POINTS.select(["kiwi", "plum"])
    vectors.index_to_key.reverse()
    return (
        vectors.resize_vectors,
        "use select()",
        lambda: POINTS.select(["plum", "kiwi"]).index_to_key,
        ["plum", "kiwi"],
    )


FOLLOWED: list[Follow] = [
    *(_nonfinite, _duplicates, _bad_bytes, _more_lines, _no_header, _binary, _not_ours, _corpus_bytes, _symbols, _gold),
    *(_model_bytes, _symbols_of_arpa, _missing_attribute),
    *(_columns, _forms, _capitals, _pairs, _records, _matrix, _new_density, _mixture, _storage, _all_scores, _too_few),
    *(_untrained, _resized, _sentences, _sentence, _frame_of_pandas, _frame_of_polars),
]


@pytest.mark.parametrize("follow", FOLLOWED, ids=lambda follow: follow.__name__.removeprefix("_"))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_who_follows_advice_gets_there(follow: Follow, tmp_path: Path) -> None:
    make_mistake, advice, as_advised, expected = follow(tmp_path)
    with pytest.raises(DensevecError, match=re.escape(advice)):
        make_mistake()
    assert as_advised() == expected


def test_advice_of_the_command_line_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        status = main([str(argument) for argument in arguments])
        return status, capsys.readouterr().err

    path, target = write(tmp_path / "v.vec", "2 2\nkiwi -inf 1\nplum 1 2\n"), tmp_path / "v.safetensors"
    status, said = run("convert", path, target)
    assert status == 1 and "--drop-nonfinite" in said
    assert run("convert", path, target, "--drop-nonfinite")[0] == 0
    assert KeyedVectors.load(target).index_to_key == ["plum"]
    status, said = run("neighbors", path, "plum")
    assert status == 1 and "densevec convert --drop-nonfinite" in said
    assert run("neighbors", target, "plum")[0] == 0
    marked = write(tmp_path / "t.txt", "<s> a b </s>\n" * 9)
    model = tmp_path / "m.safetensors"
    status, said = run("train", "ngram", marked, "-o", model, "--min-count", "1")
    assert status == 1 and "--skip-symbols" in said
    assert run("train", "ngram", marked, "-o", model, "--min-count", "1", "--skip-symbols")[0] == 0
    status, said = run("complete", model, "a _____")
    assert status == 2 and "--choices" in said
    assert run("complete", model, "a _____", "--choices", "b", "a")[0] == 0
