"""Words that have no row, and that sub-words compose, in every evaluation of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec.densities import Gaussian
from densevec.evaluation import (
    evaluate_analogies,
    evaluate_contextual,
    evaluate_direction,
    evaluate_entailment,
    evaluate_hypernyms,
    evaluate_lexsub,
    evaluate_similarity,
    variance_frequency_correlation,
)
from densevec.evaluation._counts import log_counts, mean_log_variances
from densevec.evaluation._reading import Encoder
from densevec.evaluation._statistics import spearman
from densevec.vectors import SubwordDensityVectors
from densevec.vectors.sentences import SentenceReader
from tests.vectors.makers import subword_densities

WORDS = ["animal", "bird", "kiwi", "plum"]
COUNTS = [90, 50, 20, 10]
PAIRS = "kiwiish bird True\nbird animal True\nplum Kiwiish False\nkiwi birdish True\nanimal plum False\n"


@pytest.fixture(params=["spherical", "diagonal"])
def vectors(request: pytest.FixtureRequest) -> SubwordDensityVectors:
    return subword_densities(WORDS, is_spherical=request.param == "spherical", counts=COUNTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "pairs.txt").write_text(PAIRS)
    return tmp_path / "pairs.txt"


def test_counts_and_variances(vectors: SubwordDensityVectors) -> None:
    words = ["kiwiish", "bird", "birdish"]
    np.testing.assert_allclose(log_counts(vectors, words), [0, np.log(50), 0])
    logs = [np.mean(np.log(vectors.variance(word))) for word in words]
    np.testing.assert_allclose(mean_log_variances(vectors, words), logs, rtol=1e-6)
    assert log_counts(vectors, []).shape == mean_log_variances(vectors, []).shape == (0,)
    assert variance_frequency_correlation(vectors).used == len(WORDS)


def test_entailment_and_direction(vectors: SubwordDensityVectors, path: Path) -> None:
    result = evaluate_entailment(vectors, path, num_folds=2)
    assert (result.used, result.total, result.left_out) == (5, 5, {})
    # by the count of the broad word: animal and bird (true), plum (false), the two that were never seen (one true)
    assert result.baselines["hypernym_frequency"].average_precision == pytest.approx((1 + 1 + 3 / 5) / 3)
    direction = evaluate_direction(vectors, path)
    assert (direction.used, direction.total) == (3, 3)
    assert direction.baselines["frequency"] == pytest.approx(2 / 3)
    broader = [("kiwiish", "bird"), ("bird", "animal"), ("kiwi", "birdish")]
    right = [np.mean(np.log(vectors.variance(b))) > np.mean(np.log(vectors.variance(a))) for a, b in broader]
    assert direction.baselines["variance"] == pytest.approx(np.mean(right))


def test_hypernyms(vectors: SubwordDensityVectors, path: Path) -> None:
    """A composed concept ranks all words; a composed hypernym is none of those that are ranked."""
    result = evaluate_hypernyms(vectors, path)
    assert (result.used, result.total) == (2, 3)
    assert result.left_out == {"no hypernym among the words": 1}
    ranks = [
        1 + int((scores > scores[row]).sum())
        for scores, row in (
            (vectors.hypernym_scores("kiwiish"), WORDS.index("bird")),
            (np.delete(vectors.hypernym_scores("bird"), WORDS.index("bird")), WORDS.index("animal")),
        )
    ]
    assert result.scores.mrr == pytest.approx(np.mean(1 / np.array(ranks)))
    assert result.baselines["frequency"].mrr == pytest.approx((1 / 2 + 1) / 2)


def test_similarity(vectors: SubwordDensityVectors, tmp_path: Path) -> None:
    (tmp_path / "scores.txt").write_text("kiwiish bird 1\nkiwi bird 3\n\u5b57 bird 2\nkiwi plum 2\n")
    result = evaluate_similarity(vectors, tmp_path / "scores.txt")
    assert result.used == 4  # a letter alone has n-grams with the marks of its ends


# -- in another normal form than the text of the vectors had --

EVALUATIONS: dict[str, tuple[Callable[[Any, Path], Any], str]] = {
    "analogies": (evaluate_analogies, ": birds\némeu kakapó Pájaro animál\nkakapó émeu animál pájaro\n"),
    "word_analogies": (
        lambda vectors, path: vectors.evaluate_word_analogies(path),
        "émeu kakapó Pájaro animál\nkakapó émeu animál pájaro\n",
    ),
    "contextual": (
        lambda vectors, path: evaluate_contextual(vectors, path, encoder=reads(vectors, False)),
        "".join(
            f"1\tx\tn\ty\tn\tun <b> {a} </b> come\t<b> {b} </b> y {a}\t{n}\n"
            for n, (a, b) in enumerate([("Émeu", "pájaro"), ("kakapó", "animál"), ("kakapón", "émeu")])
        ),
    ),
    "direction": (evaluate_direction, "Émeu pájaro True\nkakapó animál True\nkakapón animál True\n"),
    "entailment": (
        lambda vectors, path: evaluate_entailment(vectors, path, num_folds=2),
        "Émeu pájaro True\npájaro kakapó False\nkakapón animál True\nanimál kakapón False\n",
    ),
    "hypernyms": (evaluate_hypernyms, "Émeu pájaro True\nkakapó animál True\nkakapón pájaro True\n"),
    "similarity": (evaluate_similarity, "Émeu pájaro 3\nkakapó animál 5\nkakapón émeu 2\n"),
    "word_pairs": (
        lambda vectors, path: vectors.evaluate_word_pairs(path, delimiter=" "),
        "Émeu pájaro 3\nkakapó animál 5\nkakapón émeu 2\n",
    ),
}


@pytest.mark.parametrize("name", EVALUATIONS)
def test_a_normal_form_changes_no_figure(name: str, tmp_path: Path) -> None:
    evaluate, text = EVALUATIONS[name]
    words = ["animál", "pájaro", "émeu", "kakapó"]
    vectors = subword_densities(words, counts=COUNTS, parameters={"normalize": "NFC"})
    results = []
    for form in ("NFC", "NFD"):
        (tmp_path / form).write_text(unicodedata.normalize(form, text), encoding="utf-8")
        results.append(evaluate(vectors, tmp_path / form))
    assert repr(results[0]) == repr(results[1])


def test_substitutes_in_another_normal_form(tmp_path: Path) -> None:
    vectors = subword_densities(["animál", "pájaro", "émeu"], counts=[9, 5, 2], parameters={"normalize": "NFC"})

    def scorer(tokens: Sequence[str], position: int, candidates: Sequence[str]) -> list[float]:
        return [float(vectors.get_index(word)) for word in (tokens[position], *candidates)][1:]

    results = []
    for form in ("NFC", "NFD"):
        for name, text in (
            ("lst_all.preprocessed", "émeu.n\t1\t1\tun Émeu come\n"),
            ("lst_all.gold", "émeu.n 1 :: pájaro 2;\n"),
            ("lst.gold.candidates", "émeu.n::animál;pájaro;émeun\n"),
        ):
            (tmp_path / name).write_text(unicodedata.normalize(form, text), encoding="utf-8")
        results.append(evaluate_lexsub(vectors, tmp_path, encoder=reads(vectors, False), scorer=scorer))
    assert results[0] == results[1] and results[0].gap_substitutes == 1


# -- in their sentences --


def reads(vectors: SubwordDensityVectors, has_met_new_words: bool) -> Encoder:
    """A model's reader: all words are at one place in their sentences."""

    def read(places: Sequence[tuple[Sequence[str], int]]) -> list[Gaussian]:
        for tokens, position in places:
            if not has_met_new_words:
                vectors.get_index(tokens[position])  # or MissingWordError
        return [Gaussian(np.full(4, 1.0 + position), 1.0) for _, position in places]

    return read


@pytest.mark.parametrize("has_met_new_words", [True, False])
def test_similarity_in_context(vectors: SubwordDensityVectors, tmp_path: Path, has_met_new_words: bool) -> None:
    words = [("kiwiish", "bird"), ("animal", "Birdish"), ("kiwi", "plum"), ("kiwiish", "plumish")]
    line = "{n}\tx\tn\ty\tn\tthe <b> {a} </b> of a\ta <b> {b} </b> by {b}\t{n}\n"
    (tmp_path / "scws.txt").write_text("".join(line.format(n=n, a=a, b=b) for n, (a, b) in enumerate(words)))
    encoder = reads(vectors, has_met_new_words)
    result = evaluate_contextual(vectors, tmp_path / "scws.txt", encoder=encoder)
    assert result.used == 4
    known = [[word if word in WORDS else word.lower() for word in pair] for pair in words]
    assert result.by_itself == pytest.approx(spearman(range(4), [vectors.similarity(*pair) for pair in known]))
    if has_met_new_words:
        assert np.isnan(result.by_posteriors)  # the same of all
    else:
        here = [[np.full(4, 2.0) if word in WORDS else vectors[word] for word in pair] for pair in known]
        cosines = [vectors.similarity(a, b) for a, b in here]
        assert result.by_posteriors == pytest.approx(spearman(range(4), cosines))
    vectors.read_by(Reader(encoder))
    assert np.isfinite(evaluate_contextual(vectors, tmp_path / "scws.txt").in_context) != has_met_new_words


class Reader(SentenceReader):
    """By densities alone, of words that nobody edits."""

    arrays = ()

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def densities(self, places):
        return self._encoder(places)

    def directions(self, places):
        return None

    def spelled(self, places):
        return places

    def following(self, before, words, table):
        return self


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sentences = ["kiwi.n\t1\t1\tthe kiwiish sleeps\n", "bird.n\t2\t1\tthe bird sleeps\n"]
    (tmp_path / "lst_all.preprocessed").write_text("".join(sentences))
    (tmp_path / "lst_all.gold").write_text("kiwi.n 1 :: birdish 2;\nbird.n 2 :: kiwi 1;\n")
    (tmp_path / "lst.gold.candidates").write_text("kiwi.n::birdish;animal;plum\nbird.n::animal;kiwi;plumish\n")
    return tmp_path


def test_lexical_substitution(vectors: SubwordDensityVectors, folder: Path) -> None:
    blind = evaluate_lexsub(vectors, folder, detail=True)
    names = ["birdish", "animal", "plum"]
    scores = dict(zip(names, vectors.scores("kiwiish", names, measure="kl_to_query"), strict=True))
    assert list(blind.detail[0].ranking) == sorted(names, key=lambda word: -scores[word])
    encoded = evaluate_lexsub(vectors, folder, encoder=reads(vectors, False), detail=True)
    assert encoded.detail[0].ranking == blind.detail[0].ranking  # it is not read in its sentence
    names = ["animal", "kiwi", "plumish"]
    (density,) = reads(vectors, False)([(["the", "bird"], 1)])
    scores = dict(zip(names, vectors.scores(density, names, measure="kl_to_query"), strict=True))
    assert list(encoded.detail[1].ranking) == sorted(names, key=lambda word: -scores[word])


def test_scorers_are_asked_of_words_with_a_row(vectors: SubwordDensityVectors, folder: Path) -> None:
    def scorer(tokens: Sequence[str], position: int, candidates: Sequence[str]) -> list[float]:
        return [float(vectors.get_index(word)) for word in (tokens[position], *candidates)][1:]

    result = evaluate_lexsub(vectors, folder, scorer=scorer, detail=True)
    assert result.detail[0].gap_substitutes == result.detail[0].gap_context_blind
    assert result.detail[1].ranking == ("kiwi", "animal", "plumish")
