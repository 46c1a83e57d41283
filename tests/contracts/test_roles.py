"""Every public entry with every container of what it takes: the answers of a list, or a sentence of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densevec import BayesianSkipGram, DensityVectors, DocumentVectorizer, EmbedAlign, KeyedVectors, NGram
from densevec.corpus import ParallelCorpus
from densevec.corpus.parallel import GoldAlignment
from densevec.densities import Gaussian
from densevec.errors import DensevecError
from densevec.evaluation import (
    alignment_error_rate,
    evaluate_analogies,
    evaluate_entailment,
    evaluate_similarity,
    symmetrise,
    word_error_rate,
)
from tests.contracts.cases import SENTENCES
from tests.contracts.containers import LIBRARIES, MATRICES, ONCE, PLAIN, VECTORS, WORDS

WORD_LIST = ["kiwi", "kakapo", "plum"]
ROWS = [[1.0, 0.25], [1.0, 0.5], [0.25, 1.0]]
POINTS = KeyedVectors(WORD_LIST, ROWS)
DENSITIES = DensityVectors(WORD_LIST, ROWS, [1.0, 0.5, 0.25], entailment_bound=5.0)
PAIRS = list(zip(SENTENCES, [["x", "y"], ["y", "z"]] * 10, strict=True))
Ask = Callable[[Any], Any]


@pytest.fixture(scope="module")
def aligner() -> EmbedAlign:
    return EmbedAlign(PAIRS, dim=4, epochs=1, min_count=1).train()


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, np.ndarray):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    else:
        assert found == expected


def edited(change: Callable[[KeyedVectors], None], vectors: KeyedVectors = POINTS) -> np.ndarray:
    changed = vectors.select(WORD_LIST)
    change(changed)
    return changed.get_vectors(changed.index_to_key)


OF_WORDS: dict[str, Ask] = {
    "[words]": lambda words: POINTS[words],
    "get_vectors": POINTS.get_vectors,
    "select": lambda words: POINTS.select(words).index_to_key,
    "drop": lambda words: POINTS.drop(words).index_to_key,
    "vectors_for_all": lambda words: POINTS.vectors_for_all(words).index_to_key,
    "most_similar": POINTS.most_similar,
    "most_similar negative": lambda words: POINTS.most_similar("kakapo", words),
    "most_similar within": lambda words: POINTS.most_similar("kakapo", within=words),
    "most_similar_batch": POINTS.most_similar_batch,
    "most_similar_cosmul": POINTS.most_similar_cosmul,
    "most_similar_to_given": lambda words: POINTS.most_similar_to_given("kakapo", words),
    "distances": lambda words: POINTS.distances("kakapo", words),
    "scores": lambda words: POINTS.scores("kakapo", words),
    "get_mean_vector": POINTS.get_mean_vector,
    "n_similarity": lambda words: POINTS.n_similarity(words, ["kakapo"]),
    "rank_by_centrality": POINTS.rank_by_centrality,
    "doesnt_match": POINTS.doesnt_match,
    "wmdistance": lambda words: POINTS.wmdistance(words, ["kakapo"]),
    "soft_cosine": lambda words: POINTS.soft_cosine(words, ["kakapo"]),
    "complete choices": lambda words: POINTS.complete("kakapo _____", words),
    "entailment_batch": lambda words: DENSITIES.entailment_batch(words, ["kakapo", "kakapo"]),
    "entailment_probability_batch": lambda words: DENSITIES.entailment_probability_batch(words, ["plum", "kiwi"]),
    "entailment_graph": lambda words: DENSITIES.entailment_graph(words).edges,
    "hypernyms within": lambda words: DENSITIES.hypernyms("kakapo", within=words),
    "hyponyms within": lambda words: DENSITIES.hyponyms("kakapo", within=words),
    "KeyedVectors": lambda words: KeyedVectors(words, ROWS[:2])["plum"],
    "DensityVectors": lambda words: DensityVectors(words, ROWS[:2], [1.0, 2.0]).variance("plum"),
    "add_vectors": lambda words: edited(lambda v: v.add_vectors(words, ROWS[1:], replace=True)),
    "[words] =": lambda words: edited(lambda v: v.__setitem__(words, ROWS[1:])),
    "DocumentVectorizer": lambda texts: DocumentVectorizer(POINTS).fit_transform(texts),
    "DocumentVectorizer tokens": lambda tokens: DocumentVectorizer(POINTS).fit_transform([tokens]),
}


@pytest.mark.parametrize("make", WORDS)
@pytest.mark.parametrize("ask", OF_WORDS.values(), ids=OF_WORDS)
def test_words(ask: Ask, make: Ask) -> None:
    same(ask(make(["kiwi", "plum"])), ask(["kiwi", "plum"]))


OF_A_VECTOR: dict[str, Ask] = {
    "similarity": lambda vector: POINTS.similarity(vector, "kakapo"),
    "most_similar": POINTS.most_similar,
    "most_similar in a list": lambda vector: POINTS.most_similar([vector]),
    "most_similar beside a word": lambda vector: POINTS.most_similar(["kiwi", vector]),
    "most_similar with weights": lambda vector: POINTS.most_similar([("kiwi", 2.0), (vector, 0.5)]),
    "similar_by_vector": POINTS.similar_by_vector,
    "scores": POINTS.scores,
    "distances": POINTS.distances,
    "cosine_similarities": lambda vector: POINTS.cosine_similarities(vector, ROWS),
    "densities": DENSITIES.most_similar,
    "add_vector": lambda vector: edited(lambda v: v.add_vector("kea", vector)),
    "add_vector of a density": lambda vector: edited(lambda v: v.add_vector("kea", vector, variance=1.0), DENSITIES),
}


@pytest.mark.parametrize("make", VECTORS)
@pytest.mark.parametrize("ask", OF_A_VECTOR.values(), ids=OF_A_VECTOR)
def test_a_vector(ask: Ask, make: Ask) -> None:
    same(ask(make([1.0, 0.5])), ask(np.array([1.0, 0.5])))


OF_A_MATRIX: dict[str, Ask] = {
    "most_similar_batch": POINTS.most_similar_batch,
    "cosine_similarities": lambda rows: POINTS.cosine_similarities([1.0, 0.5], rows),
    "KeyedVectors": lambda rows: KeyedVectors(WORD_LIST, rows).get_vectors(WORD_LIST),
    "DensityVectors": lambda rows: DensityVectors(WORD_LIST, rows, [1.0, 2.0, 3.0]).get_vectors(WORD_LIST),
    "DensityVectors variance": lambda rows: DensityVectors(WORD_LIST, ROWS, rows).variances,
    "vectors =": lambda rows: edited(lambda v: setattr(v, "vectors", rows)),
    "add_vectors": lambda rows: edited(lambda v: v.add_vectors(["a", "b", "c"], rows)),
    "add_vectors of densities": lambda rows: edited(
        lambda v: v.add_vectors(["a", "b", "c"], rows, variances=[1.0, 2.0, 3.0]), DENSITIES
    ),
    "log_prob": lambda rows: Gaussian([1.0, 2.0], 1.0).log_prob(rows),
}


@pytest.mark.parametrize("make", MATRICES)
@pytest.mark.parametrize("ask", OF_A_MATRIX.values(), ids=OF_A_MATRIX)
def test_a_matrix(ask: Ask, make: Ask) -> None:
    rows = [[3.0, 0.5], [0.25, 1.0], [2.0, 2.0]]
    same(ask(make(rows)), ask(np.array(rows)))


@pytest.mark.parametrize("make", WORDS)
def test_a_sentence(make: Ask, ngram: NGram, skipgram: BayesianSkipGram, aligner: EmbedAlign) -> None:
    tokens = ["a", "b", "c"]
    assert ngram.log_prob(make(tokens)) == ngram.log_prob(tokens)
    assert ngram.next_words(make(tokens)) == ngram.next_words(tokens)
    assert ngram.generate(make(tokens), 5, seed=1) == ngram.generate(tokens, 5, seed=1)
    assert skipgram.predict_output_word(make(tokens)) == skipgram.predict_output_word(tokens)
    assert ngram.complete(make(["a", "_____"]), make(["b", "a"])) == ngram.complete("a _____", ["b", "a"])
    same(skipgram.posterior(make(tokens), 1).mean, skipgram.posterior(tokens, 1).mean)
    assert skipgram.complete(make(["a", "_____"]), ["b", "a"]) == skipgram.complete("a _____", ["b", "a"])
    same(aligner.posterior(make(tokens), 1).mean, aligner.posterior(tokens, 1).mean)
    assert aligner.align(make(tokens), make(["x", "y"])) == aligner.align(tokens, ["x", "y"])
    assert aligner.translations(make(tokens), 1) == aligner.translations(tokens, 1)
    found = aligner.lexical_substitutes(make(tokens), 1, candidates=make(["a", "c"]))
    assert found == aligner.lexical_substitutes(tokens, 1, candidates=["a", "c"])


@pytest.mark.parametrize("make", [*PLAIN, *ONCE, *LIBRARIES])
def test_sentences(make: Ask, ngram: NGram, aligner: EmbedAlign) -> None:
    for found, expected in zip(ngram.token_log_probs(make(SENTENCES)), ngram.token_log_probs(SENTENCES), strict=True):
        same(found, expected)
    same(aligner.mean_posteriors(make(SENTENCES)), aligner.mean_posteriors(SENTENCES))
    assert word_error_rate(make(SENTENCES), make(SENTENCES)) == 0
    assert aligner.align_batch(make([list(pair) for pair in PAIRS])) == aligner.align_batch(PAIRS)


@pytest.mark.parametrize("make", [*PLAIN, *LIBRARIES])
def test_corpora(make: Ask, ngram: NGram) -> None:
    assert ngram.perplexity(make(SENTENCES)) == ngram.perplexity(SENTENCES)
    assert list(ParallelCorpus(make([list(pair) for pair in PAIRS]))) == PAIRS


def test_links_of_any_kind() -> None:
    gold = [GoldAlignment({(0, 0)}, {(0, 0)})]
    for links in ({(0, 0)}, [(0, 0)], [[0, 0]], np.array([[0, 0]]), [(0, 0, 0.9)], (link for link in [(0, 0)])):
        assert alignment_error_rate([links], gold).aer == 0
    assert symmetrise([[0, 0], [1, 1]], np.array([[1, 1]]), "intersection") == {(1, 1)}


@pytest.mark.parametrize("word", ["kiwi", np.str_("kiwi"), np.array("kiwi"), 0, np.int64(0), np.array(0)], ids=repr)
def test_one_word(word: Any) -> None:
    same(POINTS[word], POINTS["kiwi"])
    assert POINTS.most_similar(word) == POINTS.most_similar(["kiwi"])
    assert POINTS.similarity(word, "plum") == POINTS.similarity("kiwi", "plum")


def test_sets_are_taken_where_order_says_nothing() -> None:
    chosen = {"plum", "kiwi"}
    assert POINTS.most_similar("kakapo", within=chosen) == POINTS.most_similar("kakapo", within=["kiwi", "plum"])
    assert sorted(POINTS.select(chosen).index_to_key) == ["kiwi", "plum"]
    assert POINTS.drop(chosen).index_to_key == ["kakapo"]


def test_integers_are_kept_as_counts() -> None:
    for counts in ([3, 2, 1], (3, 2, 1), np.array([3, 2, 1], dtype=object), np.array([3, 2, 1], dtype=np.uint8)):
        assert KeyedVectors(WORD_LIST, ROWS, counts).counts.tolist() == [3, 2, 1]


def test_missing_words_are_gaps() -> None:
    for gap in (None, "_____", float("nan"), np.array(None)):
        assert POINTS.complete(["kakapo", gap], ["kiwi", "plum"])[0][0] == "kiwi"


REFUSED: dict[str, tuple[Ask, Any, str]] = {
    "one string as words": (POINTS.get_vectors, "kiwi", "keys must be a list of words, got one string: 'kiwi'"),
    "bytes as words": (POINTS.select, b"kiwi", "words must be a list of words, got one value of type bytes"),
    "a dict as words": (POINTS.select, {"kiwi": 1}, "got a dict; for its keys give list"),
    "a set as words in order": (POINTS.get_vectors, {"kiwi"}, "which has no order; give sorted"),
    "a number as words": (POINTS.select, 3, "words must be a list of words, got one value of type int"),
    "lists in lists as words": (POINTS.select, [["kiwi"]], r"words must be strings, got \['kiwi'\] at place 0"),
    "a missing word": (POINTS.select, ["kiwi", None], "got None, a missing value, at place 1"),
    "a matrix of words": (POINTS.select, np.array([["kiwi"]]), r"got an array of shape \(1, 1\)"),
    "a weight as an item": (POINTS.most_similar, ["kiwi", 0.5], "a weighted word stands in a list"),
    "a vector of another dimension": (POINTS.most_similar, [[1.0, 2.0, 3.0]], "2 dimensions, got shape"),
    "a matrix as a vector": (POINTS.similar_by_vector, ROWS, r"must be of shape \(d,\) or \(1, d\), got \(3, 2\)"),
    "a vector of strings": (POINTS.similar_by_vector, ["a", "b"], "vector must be an array of numbers, got 'a'"),
    "a vector of truth values": (POINTS.similar_by_vector, [True, False], "vector must be an array of numbers"),
    "a vector with a gap": (POINTS.similar_by_vector, [1.0, None], "got None, a missing value, at place 1"),
    "one vector as a batch": (POINTS.most_similar_batch, [1.0, 2.5], "got one vector; put it in a list"),
    "a masked vector": (POINTS.similar_by_vector, np.ma.array([1.0, 2.0], mask=[0, 1]), "masked array"),
    "rows of two lengths": (lambda m: KeyedVectors(WORD_LIST, m), [[1.0], [1.0, 2.0], [1.0]], "rows of one length"),
    "one document": (DocumentVectorizer(POINTS).fit_transform, "kiwi plum", "documents must be a list of strings"),
    "a matrix of texts": (DocumentVectorizer(POINTS).fit_transform, np.array([["kiwi"]]), r"shape \(1, 1\); give"),
    "documents too deep": (DocumentVectorizer(POINTS).fit_transform, [[["kiwi"]]], "document 0, token 1 is of type"),
    "numbers as documents": (DocumentVectorizer(POINTS).fit_transform, [1, 2], "document 0 must be a string or a"),
    "a record array of texts": (
        DocumentVectorizer(POINTS).fit_transform,
        np.array([("kiwi", "plum")], dtype=[("text", "U9"), ("title", "U9")]),
        r"which has columns \(text, title\); give one of them, such as table\['text'\]",
    ),
    "links that are none": (lambda links: symmetrise(links, []), "0-0", "forward must be links"),
    "no links": (lambda links: alignment_error_rate([links], []), 3, "the links of sentence 1 must be links"),
    "a list as a file": (lambda pairs: evaluate_similarity(POINTS, pairs), [("a", "b", 1)], "must be a path, a URL"),
    "nothing as a file": (lambda pairs: evaluate_entailment(DENSITIES, pairs), None, "must be a path, a URL"),
    "a table as a file": (lambda pairs: evaluate_analogies(POINTS, pairs), {"a": 1}, "must be a path, a URL"),
    "a posterior that is none": (lambda given: DENSITIES.senses("kiwi", given), None, "posteriors must be Gaussians"),
    "sentences of strings": (lambda given: word_error_rate(given, given), ["a b"], "reference 1 is a string"),
}


@pytest.mark.parametrize(("ask", "given", "message"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_clear_meaning_is_refused_in_a_sentence(ask: Ask, given: Any, message: str) -> None:
    with pytest.raises(DensevecError, match=message) as caught:
        ask(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_whole_table_is_refused_with_its_columns(library: str) -> None:
    table = pytest.importorskip(library).DataFrame({"text": ["kiwi plum"], "title": ["plum"]})
    advice = r"such as table\['text'\]"
    for ask in (DocumentVectorizer(POINTS).fit_transform, POINTS.select, POINTS.most_similar, NGram(order=2).fit):
        with pytest.raises(DensevecError, match=advice):
            ask(table)
    found = DocumentVectorizer(POINTS).fit_transform(table["text"])
    same(found, DocumentVectorizer(POINTS).fit_transform(["kiwi plum"]))
    with pytest.raises(DensevecError, match="named columns"):
        KeyedVectors(["a"], pytest.importorskip(library).DataFrame({"x": [1.0], "y": [2.0]}))
