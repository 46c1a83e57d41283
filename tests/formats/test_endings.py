"""Whatever is written under any name is read again by that name, or the name is refused before anything is written."""

import bz2
import gzip
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from densevec import LSA, KeyedVectors, NGram, SkipGram, TextCorpus
from densevec.cli.main import main
from densevec.corpus import Phrases
from densevec.corpus.lines import read_lines
from densevec.errors import CorpusError, CorruptError, FormatError, FormatWarning, ParameterError
from densevec.formats import FORMATS, WordVectors, guess_format, read_container, read_vectors, write_vectors
from densevec.formats.endings import MAPPED
from densevec.formats.registry import format_of_name
from tests.bad_files.makers import WORDS, fasttext_file

TEXT = [["the", "kiwi", "sleeps"], ["the", "kiwi", "eats"]] * 4
NAMED = [each for name, format in FORMATS.items() if name not in ("native", "floret") for each in format.endings]
FILES = ["native", "word2vec", "word2vec-text", "glove", "finalfusion", "npz", "npy"]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".GZ"])
@pytest.mark.parametrize("name", FILES)
def test_a_named_format_under_a_packed_name(tmp_path: Path, name: str, ending: str) -> None:
    table = WordVectors(["kiwi", "plum"], np.array([[0.5, 2, -3], [4, 5, 6.25]]))
    path = tmp_path / f"birds.any{ending}"
    if name in MAPPED:
        with pytest.raises(ParameterError, match=rf"birds\.any\{ending}: .* must not end in {ending.lower()}"):
            write_vectors(path, table, name)
        assert os.listdir(tmp_path) == []
    else:
        write_vectors(path, table, name)
        np.testing.assert_array_equal(read_vectors(path).vectors, table.vectors)


@pytest.mark.parametrize("ending", [".GZ", ".Bz2"])
def test_capitals_in_the_ending_of_a_packed_file(tmp_path: Path, ending: str) -> None:
    """What is written by such a name is packed, and everything that reads unpacks it."""
    pack = {".GZ": gzip.compress, ".Bz2": bz2.compress}[ending]
    vectors = KeyedVectors(["kiwi", "plum"], np.array([[0.5, 2, -3], [4, 5, 6.25]]))
    path = tmp_path / f"birds.vec{ending}"
    vectors.to_file(path)
    assert path.read_bytes()[:2] == pack(b"")[:2]
    np.testing.assert_array_equal(KeyedVectors.from_file(path)["plum"], vectors["plum"])
    assert main(["info", str(path)]) == 0
    fasttext = tmp_path / f"birds.bin{ending}"
    fasttext.write_bytes(pack(fasttext_file()[0]))
    assert len(read_vectors(fasttext).words) == len(WORDS)
    arpa = tmp_path / f"birds.arpa{ending}"
    model = NGram(TEXT, 2, min_count=1).train()
    model.write_arpa(arpa)
    assert NGram.from_arpa(arpa).num_ngrams == model.num_ngrams
    assert main(["convert", str(arpa), str(tmp_path / "m.safetensors")]) == 0
    pairs = tmp_path / f"set.tsv{ending}"
    pairs.write_bytes(pack(b"kiwi plum 3\n"))
    assert [line.split() for _, line in read_lines(pairs)] == [["kiwi", "plum", "3"]]
    text = tmp_path / f"text.txt{ending}"
    text.write_bytes(pack(b"a kiwi \xe9\n"))
    with pytest.raises(CorpusError, match="the packed file may be damaged, or else mend the text"):
        list(TextCorpus(text))


@pytest.mark.parametrize("name", ["m.gz", "m.safetensors.zst", "m.arpa", "m.arpa.gz"])
def test_everything_that_saves_a_densevec_file(tmp_path: Path, name: str) -> None:
    path, vectors = tmp_path / name, KeyedVectors(["kiwi"], [[1.0, 0.5]])
    model = SkipGram(TEXT, dim=4, epochs=1, min_count=1, sample=0).train()
    saves = [vectors.save, lambda path: vectors.to_file(path, "native"), model.save, Phrases(TEXT).train().save]
    for save in saves:
        with pytest.raises(ParameterError, match=r"the name of a densevec file must not"):
            save(path)
    assert os.listdir(tmp_path) == []


def saved_with_a_note(save: Callable[[Path], None], path: Path) -> str:
    with pytest.warns(FormatWarning, match="this is a densevec file, which other programs take for") as caught:
        save(path)
    assert len(caught) == 1 and caught[0].filename == __file__
    read_container(path, check=True)
    return str(caught[0].message)


@pytest.mark.parametrize("ending", [*NAMED, ".floret", ".csv", ".tsv", ".parquet", ".zip"])
def test_another_format_s_name_is_noted_with_what_writes_it(tmp_path: Path, ending: str) -> None:
    path, vectors = tmp_path / f"m{ending}", KeyedVectors(["kiwi", "plum"], [[1.0, 0.5], [0.0, 2.0]])
    said = saved_with_a_note(vectors.save, path)
    call = re.search(r"and (vectors\.to_(?:file|frame)\(.*\)) (?:or .*)?writes", said)
    assert (call is None) == (ending in (".floret", ".zip"))
    if call is not None:
        if ending in (".csv", ".tsv", ".parquet"):
            pytest.importorskip("polars" if ending == ".parquet" else "pandas")
        eval(call[1])
        with pytest.raises((FormatError, CorruptError)):
            read_container(path)
    if command := re.search(r"'densevec convert NAME\.safetensors (.*?)'", said):
        vectors.save(tmp_path / "m.safetensors")
        assert main(["convert", str(tmp_path / "m.safetensors"), command[1]]) == 0
        assert guess_format(path) == format_of_name(path)


def test_whatever_is_saved_under_such_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = SkipGram(TEXT, dim=4, epochs=1, min_count=1, sample=0).train()
    assert "and vectors.to_file(" in saved_with_a_note(model.save, tmp_path / "m.vec")
    for without in (NGram(TEXT, 2, min_count=1).train(), Phrases(TEXT).train()):
        assert saved_with_a_note(without.save, tmp_path / "m.txt").endswith("call it NAME.safetensors")
    (tmp_path / "text").write_text("the kiwi eats\n" * 9)
    for command in (["train", "skipgram", "--dim", "4", "--epochs", "1"], ["phrases"]):
        assert main([*command, str(tmp_path / "text"), "-o", str(tmp_path / "m.npz")]) == 0
        assert capsys.readouterr().err.count("this is a densevec file") == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("m.safetensors", "m.densevec", "m.npz.checkpoint", "m", "vec"):
            model.save(tmp_path / name)


@pytest.mark.parametrize("name", ["m.gz", "m.arpa"])
def test_a_training_says_so_before_it_reads(tmp_path: Path, name: str) -> None:
    path, missing = tmp_path / name, str(tmp_path / "no.txt")
    trainings = [
        lambda: SkipGram(missing).train(output=path),
        lambda: SkipGram(missing).train(checkpoint=path),
        lambda: SkipGram(TEXT, dim=4, epochs=1, min_count=1, sample=0).train().update(missing, checkpoint=path),
        lambda: NGram(missing).train(output=path),
        lambda: LSA(missing).train(output=path),
    ]
    for train in trainings:
        with pytest.raises(ParameterError, match=r"the name of a densevec file must not"):
            train()
