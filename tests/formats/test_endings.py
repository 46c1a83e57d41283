"""Whatever is written under any name is read again by that name, or the name is refused before anything is written."""

import os
from pathlib import Path

import numpy as np
import pytest

from densevec import LSA, KeyedVectors, NGram, SkipGram
from densevec.corpus import Phrases
from densevec.errors import ParameterError
from densevec.formats import WordVectors, read_vectors, write_vectors
from densevec.formats.endings import MAPPED

TEXT = [["the", "kiwi", "sleeps"], ["the", "kiwi", "eats"]] * 4
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


@pytest.mark.parametrize("name", ["m.gz", "m.safetensors.zst", "m.arpa", "m.arpa.gz"])
def test_everything_that_saves_a_densevec_file(tmp_path: Path, name: str) -> None:
    path, vectors = tmp_path / name, KeyedVectors(["kiwi"], [[1.0, 0.5]])
    model = SkipGram(TEXT, dim=4, epochs=1, min_count=1, sample=0).train()
    saves = [vectors.save, lambda path: vectors.to_file(path, "native"), model.save, Phrases(TEXT).train().save]
    for save in saves:
        with pytest.raises(ParameterError, match=r"the name of a densevec file must not"):
            save(path)
    assert os.listdir(tmp_path) == []


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
