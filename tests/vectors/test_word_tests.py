"""Word pairs and analogies from files."""

import numpy as np
import pytest

from densevec.errors import FileError, FormatError, ParameterError
from densevec.evaluation import evaluate_similarity
from densevec.formats import Subwords, WordVectors
from densevec.vectors import KeyedVectors, MixtureVectors, SubwordVectors


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
    with pytest.raises(ParameterError, match="encoding"):
        vectors.evaluate_word_pairs(path, encoding="rot13")  # of text to text


@pytest.mark.parametrize("kind", ["points", "mixtures", "sub-words"])
def test_pairs_are_scored_as_evaluate_similarity_scores_them(kind, tmp_path):
    """Components of mixtures, phrases with blanks, words that sub-words compose, scores that are no number."""
    random = np.random.default_rng(0)
    words = ["new_york", "city", *(f"w{row}" for row in range(20))]
    means = random.normal(size=(22, 2, 4))
    composing = Subwords(random.normal(size=(50, 4)).astype("<f4").reshape(-1).view(np.uint8), 4, 3, 4)
    vectors = {
        "points": lambda: KeyedVectors(words, means[:, 0]),
        "mixtures": lambda: MixtureVectors(words, means, np.ones((22, 2)), random.dirichlet(np.ones(2), 22)),
        "sub-words": lambda: SubwordVectors(WordVectors(words, means[:, 0]), composing),
    }[kind]()
    lines = [f"w{row}\tw{row + 1}\t{score:.3f}" for row, score in enumerate(random.normal(size=19))]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join([*lines, "new york\tcity\t0.4", "wordless\tcity\t0.9"]), "utf-8")
    expected = evaluate_similarity(vectors, path)
    assert expected.used == 20 + (kind == "sub-words")
    for ending in ("", "\nw3\tw9\tnan\nw3\tw9\tinf"):
        path.write_text(path.read_text("utf-8") + ending, "utf-8")
        pearson, spearman, unknown = vectors.evaluate_word_pairs(path)
        assert spearman[0] == pytest.approx(expected.spearman)
        assert -1 < pearson[0] < 1
        assert unknown == pytest.approx(0 if kind == "sub-words" else 100 / 21)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp500", "cp1252"])
def test_pairs_in_every_encoding(encoding, vectors, tmp_path):
    lines = "oslo\tnorway\t3\r\nÆ\titaly\t2\r\nparis\tegg\t1\nrome\titaly\t2.5\n"
    (tmp_path / "utf8").write_bytes(lines.encode("utf-8"))
    (tmp_path / "other").write_bytes(lines.encode(encoding))
    found = vectors.evaluate_word_pairs(tmp_path / "other", encoding=encoding)
    assert repr(found) == repr(vectors.evaluate_word_pairs(tmp_path / "utf8"))
    assert found[2] == 25
    if encoding.startswith(("utf-16", "utf-32")):
        (tmp_path / "cut").write_bytes(lines.encode(encoding)[:-1])
        with pytest.raises(FormatError, match=f"cut': the text must be {encoding}, and is not: "):
            vectors.evaluate_word_pairs(tmp_path / "cut", encoding=encoding)
