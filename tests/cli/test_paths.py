"""No command writes over a file that it reads: every option says what it does with files, and all pairs are tried."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec.cli.main import COMMANDS, build_parser
from densevec.cli.paths import READ, WRITTEN, PathOption, Role, check_apart
from densevec.errors import FileError
from densevec.models import NGram, SkipGram
from densevec.vectors import KeyedVectors

# Command, what it reads and what may be written over that; the rest of the pairs is refused
ALLOWED = {
    ("update", "file", "output"),
    ("convert", "source", "target"),
    ("transform", "files", "output"),
    ("update", "resume", "checkpoint"),
    ("train", "resume", "checkpoint"),
}


@cache
def parsers() -> list[tuple[str, argparse.ArgumentParser]]:
    """Every command, and every model that is trained, with its parser."""
    return list(_below(build_parser((), COMMANDS)[0], ""))


def _below(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for each, other in action.choices.items():
            yield from _below(other, f"{name} {each}".strip())


def undeclared(parser: argparse.ArgumentParser) -> list[str]:
    """Options that take a word of which nothing says whether it is a path."""
    return [
        action.dest for action in parser._actions if action.nargs != 0 and action.choices is None and not action.type
    ]


def test_every_option_says_whether_it_names_files_and_what_is_done_with_them() -> None:
    assert {name.split()[0] for name, _ in parsers()} == {*COMMANDS}
    assert {name: found for name, parser in parsers() if (found := undeclared(parser))} == {}


def test_an_option_that_does_not_say_so_is_found() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=PathOption(Role.INPUT))
    parser.add_argument("word", type=str)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--kind", choices=["a", "b"])
    assert undeclared(parser) == []
    parser.add_argument("-o", "--output")
    assert undeclared(parser) == ["output"]


@pytest.mark.parametrize("schemes", [("", ""), ("file://", "file://"), ("", "file://"), ("file://", "")])
def test_no_file_that_is_read_is_written_over(tmp_path: Path, schemes: tuple[str, str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("kiwi 1 2\n")
    tried, allowed = 0, set()
    for name, parser in parsers():
        paths = [action for action in parser._actions if isinstance(action.type, PathOption)]
        nothing: dict[str, Any] = {action.dest: None for action in parser._actions}
        for source in (action for action in paths if action.type.role in READ):
            for target in (action for action in paths if action.type.role in WRITTEN):
                both = {each: f"{scheme}{path}" for each, scheme in zip((source, target), schemes, strict=True)}
                given = {each.dest: [named] if each.nargs else named for each, named in both.items()}
                tried += 1
                try:
                    check_apart(argparse.Namespace(parser=parser, **(nothing | given)))
                except FileError as error:
                    assert "would be lost; name another file to write" in str(error)
                else:
                    allowed.add((name.split()[0], source.dest, target.dest))
    assert tried > 100
    assert allowed == ALLOWED


def test_a_url_of_a_file_is_the_file(densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a b.txt"
    path.write_text("the kiwi and the plum\n" * 10)
    done = densevec("train", "skipgram", path.as_uri(), "-o", path)
    assert (done.status, "would be lost; name another file to write" in done.err) == (1, True)
    done = densevec("train", "skipgram", path.as_uri(), "-o", f"{tmp_path.as_uri()}/m%20n", "--dim", 2, "--epochs", 1)
    assert (done.status, sorted(os.listdir())) == (0, ["a b.txt", "m n"])


def test_what_is_read_from_a_url_is_not_written_over(densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = "s3://texts/a"
    done = densevec("train", "skipgram", url, "-o", url)
    assert (done.status, f"{url!r} is a text that is read, and would be lost" in done.err) == (1, True)
    done = densevec("train", "skipgram", url, "-o", "m", "--checkpoint", "m")
    assert (done.status, "is named for two files" in done.err) == (1, True)
    done = densevec("train", "skipgram", url, "-o", f"file://{tmp_path}/m", "--checkpoint", "m")
    assert (done.status, "is named for two files" in done.err) == (1, True)
    Path("texts").mkdir()
    done = densevec("train", "skipgram", "texts", "-o", f"file://{tmp_path}/texts/m")
    assert (done.status, "is in the folder 'texts'" in done.err) == (1, True)
    Path("texts/a").write_text("kiwi\n")
    parser = dict(parsers())["phrases"]
    check_apart(argparse.Namespace(parser=parser, corpus=["."], output="s3://texts/a"))  # which is in no folder here


@pytest.mark.parametrize(
    ("pattern", "output", "is_matched"),
    [
        ("texts/*", "texts/m", True),
        ("texts/*", "./texts/../texts/m.safetensors", True),
        ("texts/*", "file://HERE/texts/m", True),
        ("HERE/te*/*", "texts/m", True),
        ("texts/*.txt", "texts/m.txt", True),
        ("texts/*.partial", "texts/m", True),
        ("texts/*.checkpoint", "texts/m", True),
        ("**", "texts/below/m", True),
        ("**", "m", True),
        ("**/*.txt", "m.txt", True),
        ("**/*.txt", "texts/below/m.txt", True),
        ("texts/**/*.txt", "texts/m.txt", True),
        ("texts/**/*.txt", "texts/below/m.txt", True),
        ("*", "m", True),
        ("texts/*.txt", "texts/m", False),
        ("texts/*", "m", False),
        ("texts/*", "texts/below/m", False),
        ("texts/*", "texts/.m", False),
        ("texts/[a]", "texts/m", False),
    ],
)
def test_nothing_is_written_where_a_pattern_finds_it_later(
    pattern: str, output: str, is_matched: bool, densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("texts/below").mkdir(parents=True)
    for name in ("a", "a.txt", "a.partial", "a.checkpoint"):
        Path("texts", name).write_text("the kiwi and the plum\n" * 10)
    Path("b.txt").write_text("the kiwi and the plum\n" * 10)
    before = sorted(tmp_path.rglob("*"))
    pattern, output = pattern.replace("HERE", str(tmp_path)), output.replace("HERE", str(tmp_path))
    told = ("train", "skipgram", pattern, "-o", output, "--dim", 2, "--epochs", 1, "--min-count", 1)
    for _ in range(2):
        done = densevec(*told)
        assert done.status == is_matched, done.err
    message = f"matches {pattern!r}, whose files are read as text; name another file to write"
    assert (message in done.err) is is_matched and (sorted(tmp_path.rglob("*")) == before) is is_matched


def test_pages_and_tables_are_written_to_urls(densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    KeyedVectors(["the", "kiwi", "egg"], np.eye(3)).save("a")
    url, names = tmp_path.as_uri(), ["b.safetensors", "near.csv", "page.html", "map.svg"]
    for command in (
        f"transform a --reduce 2 -o {url}/b.safetensors",
        f"neighbors a kiwi --table {url}/near.csv",
        f"explore a -o {url}/page.html",
        f"plot a -o {url}/map.svg",
    ):
        done = densevec(*command.split())
        assert done.status == 0, done.err
    assert sorted(os.listdir()) == sorted(["a", *names])


def test_what_no_option_names_is_kept_apart_too(densevec, tmp_path: Path) -> None:
    text = tmp_path / "m.checkpoint"
    text.write_text("the kiwi and the plum\n" * 10)
    before = text.read_bytes()
    for command in (
        f"train skipgram {text} -o {tmp_path}/m --min-count 1",
        f"update {text} {tmp_path}/other -o {tmp_path}/m",
        f"train skipgram {tmp_path}/m.partial -o {tmp_path}/m",
    ):
        (tmp_path / "m.partial").write_bytes(before)
        done = densevec(*command.split())
        assert (done.status, "would be lost" in done.err) == (1, True), done.err
        assert text.read_bytes() == before


@pytest.mark.parametrize("option", ["--checkpoint", "--resume"])
def test_the_checkpoint_is_not_what_an_interruption_writes(option, densevec, tmp_path: Path) -> None:
    text, partial = tmp_path / "text.txt", tmp_path / "m.partial"
    text.write_text("the kiwi and the plum\n" * 10)
    partial.write_text("")
    done = densevec("train", "skipgram", text, "-o", tmp_path / "m", option, partial)
    assert (done.status, "m.partial' is named for two files to write, which would be one" in done.err) == (1, True)
    (tmp_path / "m.checkpoint").symlink_to(tmp_path / "m")
    done = densevec("train", "skipgram", text, "-o", tmp_path / "m")
    assert (done.status, "m.checkpoint' is named for two files to write, which would be one" in done.err) == (1, True)


def test_models_that_are_read_are_not_lost(densevec, tmp_path: Path) -> None:
    text, nbest = tmp_path / "text.txt", tmp_path / "nbest.txt"
    text.write_text("the kiwi and the plum\n" * 10)
    nbest.write_text("1 ||| the kiwi ||| x= 1 ||| -2\n")
    language, model, vectors = (tmp_path / f"{name}.safetensors" for name in ("language", "model", "vectors"))
    sentences = [["the", "kiwi", "and", "the", "plum"]] * 10
    NGram(sentences, order=2, min_count=1).train().save(language)
    SkipGram(sentences, dim=2, epochs=1, min_count=1, sample=0).train(progress=False).save(model)
    KeyedVectors(["the", "kiwi"], np.eye(2)).save(vectors)
    (tmp_path / "anchors.txt").write_text("the\nkiwi\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for command in (
        f"rescore {language} {nbest} -o {language}",
        f"transform {vectors} --align-to {model} -o {model}",
        f"transform {vectors} {model} -o {vectors}",
        f"transform {vectors} --align-to {model} --anchors {tmp_path}/anchors.txt -o {tmp_path}/anchors.txt --to glove",
        f"update {model} {text} -o {tmp_path}/new --checkpoint {model} --checkpoint-minutes 0.00001",
        f"align {tmp_path}/model {text} --reverse {model} -o {model}",
        f"train skipgram {text} -o {vectors} --init-from {vectors}",
        f"text {text} --frequencies {text}",
    ):
        done = densevec(*command.split())
        assert (done.status, "would be lost; name another file" in done.err) == (1, True), (command, done.err)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before, command


def test_vectors_that_are_alone_are_changed_in_place(densevec, tmp_path: Path) -> None:
    path = tmp_path / "vectors.safetensors"
    KeyedVectors(["the", "kiwi"], np.eye(2)).save(path)
    assert densevec("transform", path, "--reduce", 1, "-o", path).status == 0
    assert KeyedVectors.load(path).vector_size == 1


def test_files_that_lie_beside_or_in_what_is_named(densevec, tmp_path: Path) -> None:
    table = KeyedVectors(["the", "kiwi"], np.eye(2))
    table.to_file(tmp_path / "folder", "projector")
    table.to_file(tmp_path / "a.npy")
    table.save(tmp_path / "b.safetensors")
    (tmp_path / "a.words").write_text("the\nkiwi\n")
    for command in (
        f"convert {tmp_path}/folder {tmp_path}/folder/tensors.tsv --to glove",
        f"transform {tmp_path}/b.safetensors --align-to {tmp_path}/a.npy --anchors {tmp_path}/a.words"
        f" -o {tmp_path}/a.npy",
        f"transform {tmp_path}/b.safetensors --align-to {tmp_path}/b.safetensors"
        f" --anchors {tmp_path}/folder/metadata.tsv -o {tmp_path}/folder",
    ):
        done = densevec(*command.split())
        assert (done.status, "would be lost" in done.err) == (1, True), (command, done.err)
    assert densevec("convert", tmp_path / "folder", tmp_path / "folder").status == 0
    assert densevec("convert", tmp_path / "folder", tmp_path / "folder" / "a.vec").status == 0


def test_what_is_written_goes_to_pipes_and_devices_too(densevec, tmp_path: Path) -> None:
    text, nbest = tmp_path / "text.txt", tmp_path / "nbest.txt"
    text.write_text("".join(f"{word} {place} b c d e f\n" for word in ("sun", "tin") for place in range(20)))
    nbest.write_text("1 ||| the kiwi ||| x= 1 ||| -2\n")
    language, vectors = tmp_path / "language.safetensors", tmp_path / "vectors.safetensors"
    NGram([["the", "kiwi"]] * 3, order=2, min_count=1).train().save(language)
    KeyedVectors(["the", "kiwi"], np.eye(2)).save(vectors)
    for command, beginning in (
        (f"pseudo-words {text} --pairs 1 --sentences 2 -o PIPE {tmp_path}/questions", b"sun"),
        (f"pseudo-words {text} --pairs 1 --sentences 2 -o {tmp_path}/new PIPE", b"sun_tin\t"),
        (f"rescore {language} {nbest} -o PIPE", b"1 ||| the kiwi |||"),
        (f"convert {vectors} PIPE --to word2vec-text", b"2 2\nthe 1 0\n"),
        (f"transform {vectors} --reduce 1 -o PIPE --to glove", b"the "),
        (f"phrases {text} -o PIPE", b""),
    ):
        end, begin = os.pipe()
        with os.fdopen(end, "rb") as stream:
            done = densevec(*command.replace("PIPE", f"/dev/fd/{begin}").split())
            os.close(begin)
            written = stream.read()
        assert (done.status, written.startswith(beginning), bool(written)) == (0, True, True), (done.err, written)
        assert densevec(*command.replace("PIPE", "/dev/null").split()).status == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_of_two_files_both_are_written_or_neither(densevec, tmp_path: Path) -> None:
    text, new, questions = tmp_path / "text.txt", tmp_path / "new", tmp_path / "questions"
    text.write_text("".join(f"{word} {place} b c d e f\n" for word in ("sun", "tin") for place in range(20)))
    make = ("pseudo-words", text, "--pairs", 1, "--sentences", 2, "-o")
    for kind in ((), ("--senses", 2)):
        new.write_text("old text\n")
        questions.write_text("old questions\n")
        for pair in ((new, "/dev/full"), ("/dev/full", questions)):
            done = densevec(*make, *pair, *kind)
            assert (done.status, "/dev/full cannot be written" in done.err) == (1, True), done.err
        assert (new.read_text(), questions.read_text()) == ("old text\n", "old questions\n")
        assert densevec(*make, new, questions, *kind).status == 0
        assert "old" not in new.read_text() + questions.read_text()


@pytest.mark.parametrize(
    "command",
    [
        ["train", "ngram", "none.txt", "-o", "m.arpa"],
        ["train", "ngram", "none.txt", "-o", "m.gz"],
        ["train", "skipgram", "none.txt", "-o", "m.safetensors", "--checkpoint", "m.gz"],
        ["update", "none", "none.txt", "-o", "m.safetensors.gz"],
        ["demo", "-o", "m.xz"],
        ["phrases", "none.txt", "-o", "m.bz2"],
        ["convert", "none", "m.gz", "--to", "native"],
        ["convert", "none", "m.npz.gz", "--to", "npz"],
        ["transform", "none", "--whiten", "-o", "m.npy.zst", "--to", "npy"],
    ],
)
def test_names_that_would_be_read_as_what_they_are_not(
    densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = densevec(*command)  # before it looks for what is to be read, which is not there
    assert told.status == 2 and " file must not " in told.err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "command",
    [
        ["score", "none"],
        ["train", "ngram", "-o", "m"],
        ["senses", "none", "the kiwi flies", "kiwi"],
        ["align", "none", "the kiwi flies"],
        ["rescore", "none"],
    ],
)
def test_a_sentence_in_a_text_s_place(
    densevec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = densevec(*command, *(["the kiwi flies"] if "the kiwi flies" not in command else []))
    assert told.err == (
        "densevec: 'the kiwi flies': no such file; if it is a sentence, save it in a file, and name that\n"
    )


def test_a_pattern_in_a_folder_with_a_blank_in_its_name_is_no_sentence(densevec) -> None:
    assert densevec("text", "the kiwi/*.txt").err == "densevec: the kiwi/*.txt: no file matches this pattern\n"
