from __future__ import annotations

import numpy as np
import pytest

from densevec import KeyedVectors
from densevec.errors import FileError, FormatError, ParameterTypeError
from densevec.evaluation import evaluate_similarity

from .toy import ToyVectors


@pytest.fixture
def vectors():
    return ToyVectors({"cat": (0, 1, 9), "dog": (1, 2, 8), "car": (9, 1, 7), "animal": (0.5, 4, 6)})


def write(tmp_path, text, name="pairs.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "cat\tdog\t9\ncat\tcar\t1\ndog\tcar\t2\nemu\tcat\t5\n",
        "cat dog 9\r\ncat car 1\r\ndog car 2\r\nemu cat 5\r\n",
        "word1 word2 score\ncat dog 9\n\ncat car 1\ndog car 2\nemu cat 5",
        "\ufeffCat Dog 9\nCAT car 1\ndog Car 2\nemu cat 5\n",
        "# word 1\tword 2\tHuman (mean)\ncat\tdog\t9\ncat\tcar\t1\ndog\tcar\t2\nemu\tcat\t5\n",
    ],
)
def test_formats_as_they_come(tmp_path, vectors, text):
    result = evaluate_similarity(vectors, write(tmp_path, text))
    assert result.as_dict() == {"spearman": 1.0, "used": 3, "total": 4, "measure": "cosine"}
    assert result.measure == "cosine"


def test_hyperlex_is_graded_by_entailment(tmp_path, vectors):
    text = (
        "WORD1 WORD2 POS TYPE AVG_SCORE AVG_SCORE_0_10 STD SCORES..\n"
        "cat animal N hyp-1 5.2 8.7 1.2 5 6\nanimal cat N r-hyp-1 2.0 3.3 1.2 5 6 6\ncat car N no-rel 0.1 0.2 1.2 5\n"
    )
    result = evaluate_similarity(vectors, write(tmp_path, text, "hyperlex-all.txt"))
    assert result.measure == "entailment"
    # −KL: cat→animal −.35, animal→cat −1.43, cat→car −40.5: the same order as the people's.
    assert result.as_dict() == {"spearman": 1.0, "used": 3, "total": 3, "measure": "entailment"}
    for columns in ((1, 2, 5), ("word1", "WORD2", "AVG_SCORE")):
        assert evaluate_similarity(vectors, tmp_path / "hyperlex-all.txt", columns=columns) == result
    points = KeyedVectors(["cat", "animal", "car"], np.eye(3))
    with pytest.raises(ParameterTypeError, match=r"densities to be tested for graded entailment \(HyperLex\), got Key"):
        evaluate_similarity(points, tmp_path / "hyperlex-all.txt")


def test_scws_ratings_file(tmp_path, vectors):
    def line(number, a, b, score):
        contexts = [f"the <b> {a} </b> sat", f"a <b> {b} </b> ran"]
        return "\t".join([str(number), a, "n", b, "n", *contexts, str(score), *["5"] * 10])

    text = "\n".join([line(1, "cat", "dog", 9), line(2, "cat", "car", 1), line(3, "dog", "car", 2)])
    assert evaluate_similarity(vectors, write(tmp_path, text)).as_dict() == {
        "spearman": 1.0,
        "used": 3,
        "total": 3,
        "measure": "cosine",
    }


def test_latin_1_bytes_do_not_stop_the_reader(tmp_path, vectors):
    result = evaluate_similarity(vectors, write(tmp_path, b"cat dog 9\ncat car 1\ncaf\xe9 car 3\n"))
    assert (result.used, result.total) == (2, 3)


def test_no_known_pair_gives_null(tmp_path, vectors):
    assert evaluate_similarity(vectors, write(tmp_path, "a b 1\nc d 2\n")).as_dict() == {
        "spearman": None,
        "used": 0,
        "total": 2,
        "measure": "cosine",
    }


def test_bad_lines_are_named(tmp_path, vectors):
    with pytest.raises(FormatError, match="line 2: expected 'word1 word2 score', found 'cat dog'"):
        evaluate_similarity(vectors, write(tmp_path, "cat dog 9\ncat dog\n"))
    with pytest.raises(FormatError, match="holds no"):
        evaluate_similarity(vectors, write(tmp_path, ""))
    with pytest.raises(FileError, match=r"missing\.txt"):
        evaluate_similarity(vectors, tmp_path / "missing.txt")
