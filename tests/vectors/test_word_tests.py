"""Word pairs and analogies from files."""

import numpy as np
import pytest

from densevec.errors import FileError, FormatError, ParameterError
from densevec.vectors import KeyedVectors


@pytest.fixture
def vectors():
    """Countries and capitals on two parallel lines; case variants of some."""
    words = ["oslo", "norway", "rome", "italy", "paris", "france", "Paris", "egg", "ROME"]
    places, kinds = np.eye(5)[[0, 0, 1, 1, 2, 2, 2, 4, 1]], np.array([1, -1, 1, -1, 1, -1, 1, 0, 1])
    rows = places + 0.5 * kinds[:, None] * np.eye(5)[3]
    rows[6, 4], rows[8, 4] = 0.01, 0.5
    return KeyedVectors(words, rows)


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(
        ": capitals\noslo norway rome italy\nRome Italy Paris France\noslo norway rome egg\noslo norway cairo egypt\n"
        ": gram\nnorway oslo france paris\n: empty\n",
        encoding="utf-8",
    )
    return path


def test_analogies(vectors, questions):
    for function in ("most_similar", "most_similar_cosmul"):
        score, sections = vectors.evaluate_word_analogies(questions, similarity_function=function)
        assert score == pytest.approx(3 / 4)
        assert [section["section"] for section in sections] == ["capitals", "gram", "empty", "Total accuracy"]
        capitals = sections[0]
        assert capitals["correct"] == [("OSLO", "NORWAY", "ROME", "ITALY"), ("ROME", "ITALY", "PARIS", "FRANCE")]
        assert capitals["incorrect"] == [("OSLO", "NORWAY", "ROME", "EGG")]
        assert [section["oov"] for section in sections] == [1, 0, 0, 1]
        assert len(sections[-1]["correct"]) == 3
    score, sections = vectors.evaluate_word_analogies(questions, dummy4unknown=True)
    assert score == pytest.approx(3 / 5)
    assert sections[0]["incorrect"][-1] == ("OSLO", "NORWAY", "CAIRO", "EGYPT")
    _, sections = vectors.evaluate_word_analogies(questions, case_insensitive=False)
    assert sections[0]["oov"] == 2
    assert sections[0]["correct"] == [("oslo", "norway", "rome", "italy")]
    score, sections = vectors.evaluate_word_analogies(questions, restrict_vocab=4)
    assert (score, sections[-1]["oov"]) == (1, 4)
    score, sections = vectors.evaluate_word_analogies(questions, restrict_vocab=2)
    assert (score, sections[-1]["oov"]) == (0, 5)


def test_bad_analogies(vectors, questions, tmp_path):
    with pytest.raises(ParameterError, match="similarity_function must be one of"):
        vectors.evaluate_word_analogies(questions, similarity_function="save")
    (tmp_path / "bad").write_text(": a\none two three\n", encoding="utf-8")
    with pytest.raises(FormatError, match="line 2"):
        vectors.evaluate_word_analogies(tmp_path / "bad")
    with pytest.raises(FileError):
        vectors.evaluate_word_analogies(tmp_path / "absent")


def test_pairs(vectors, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("# a comment\nOslo\tnorway\t3\nrome\titaly\t2\nparis\tegg\t1\nwords\tscore\nmoa\tegg\t9\n", "utf-8")
    pearson, spearman, unknown = vectors.evaluate_word_pairs(path)
    gold = [3, 2, 1]
    cosines = [vectors.similarity(*pair) for pair in (("oslo", "norway"), ("rome", "italy"), ("paris", "egg"))]
    assert pearson[0] == pytest.approx(np.corrcoef(gold, cosines)[0, 1], nan_ok=True)
    assert unknown == 25
    assert len(spearman) == 2
    _, _, unknown = vectors.evaluate_word_pairs(path, dummy4unknown=True)
    assert unknown == 25
    _, _, unknown = vectors.evaluate_word_pairs(path, case_insensitive=False)
    assert unknown == 50
    with pytest.raises(FormatError, match="fewer than two pairs of known words"):
        vectors.evaluate_word_pairs(path, delimiter=",")
    with pytest.raises(FormatError, match="fewer than two"):
        vectors.evaluate_word_pairs(path, restrict_vocab=2)
    with pytest.raises(ParameterError, match="encoding"):
        vectors.evaluate_word_pairs(path, encoding="utf-9")
