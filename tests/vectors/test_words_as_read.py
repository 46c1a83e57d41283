"""Vectors with n-grams, of a model that lowered its text, answer for a word as that text had it, in every question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, Gaussian, KeyedVectors, SkipGram
from densevec.errors import MissingWordError
from densevec.vectors import DensityVectors, SubwordDensityVectors
from tests.vectors.makers import ROWS, WORDS, subword_densities

QUESTIONS: dict[str, Callable[[Any, str, str], Any]] = {
    "get_vector": lambda v, word, _: v.get_vector(word),
    "[]": lambda v, word, other: v[[word, other]],
    "density": lambda v, word, _: (v.density(word).mean, v.density(word).variance),
    "generality": lambda v, word, _: v.generality(word),
    "inclusion": lambda v, word, other: v.inclusion(word, other),
    "most_similar": lambda v, word, other: v.most_similar([word, "plum"], negative=[other]),
    "nearest_by_uncertainty": lambda v, word, _: v.nearest_by_uncertainty(word),
    "scores": lambda v, word, other: v.scores(word, [other, "plum"], measure="jeffreys"),
    "similarity": lambda v, word, other: v.similarity(word, other),
    "rank": lambda v, word, other: v.rank("plum", word),
    "n_similarity": lambda v, word, other: v.n_similarity([word], [other, "plum"]),
    "wmdistance": lambda v, word, other: v.wmdistance([word, "plum"], [other]),
    "entailment": lambda v, word, other: v.entailment(word, other),
    "entailment_batch": lambda v, word, other: v.entailment_batch([word], [other]),
    "entailment_graph": lambda v, word, other: v.entailment_graph([word, other, "plum"]).words,
    "hypernyms": lambda v, word, _: v.hypernyms(word, 3),
    "senses": lambda v, word, _: neighbours_of(v.senses(word, Gaussian(np.ones(4), 1.0), 3)),
}


def neighbours_of(senses: list[Any]) -> list[Any]:
    return [(sense.neighbours, sense.information) for sense in senses]


def lowered(**parameters: Any) -> SubwordDensityVectors:
    return subword_densities(WORDS, counts=[50, 40, 30, 20, 10, 5], parameters={"lowercase": True, **parameters})


@pytest.mark.parametrize("name", QUESTIONS)
def test_capitals_change_no_answer(name: str, tmp_path: Path) -> None:
    ask, vectors = QUESTIONS[name], lowered()
    vectors.save(tmp_path / "v.safetensors")
    for each in (vectors, DensityVectors.load(tmp_path / "v.safetensors"), vectors.select(WORDS)):
        for word in ("kiwi", "kiwiish"):
            assert_same(ask(each, word.title(), "BIRD"), ask(each, word, "bird"))


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(found, np.ndarray):
        np.testing.assert_array_equal(found, expected)
    else:
        assert repr(found) == repr(expected)


def test_a_word_is_one_however_it_is_capitalised() -> None:
    vectors = lowered()
    assert vectors.similarity("Kiwi", "kiwi") == pytest.approx(1)
    assert vectors.wmdistance(["Kiwiish"], ["kiwiish"]) == 0
    assert vectors.vectors_for_all(["Kiwi", "kiwi", "Kiwiish", "kiwiish"]).index_to_key == ["kiwi", "kiwiish"]
    assert vectors.has_vector_for("KIWI")
    assert "Kiwi" not in vectors, "what the table has is what it says"
    with pytest.raises(MissingWordError, match="they differ in capitals; ask for 'kiwi'"):
        vectors.get_index("Kiwi")


def test_the_given_spelling_goes_first() -> None:
    vectors = lowered()
    vectors.add_vector("Kiwi", Gaussian([9.0, 0, 0, 0], 1.0))
    assert vectors["Kiwi"].tolist() == [9, 0, 0, 0] != vectors["kiwi"].tolist()


def test_normal_forms_are_the_text_s_too() -> None:
    vectors = lowered(normalize="NFC")
    np.testing.assert_array_equal(vectors["Cafe\u0301ish"], vectors["caf\u00e9ish"])
    assert not np.array_equal(lowered()["cafe\u0301ish"], lowered()["caf\u00e9ish"])


@pytest.mark.parametrize("parameters", [None, {}, {"lowercase": False}, {"lowercase": "yes", "normalize": ["NFC"]}])
def test_vectors_that_do_not_know_it_keep_to_the_spelling(parameters: Any) -> None:
    vectors = subword_densities(WORDS, parameters=parameters)
    assert vectors.similarity("Kiwiish", "kiwiish") < 0.99
    assert vectors.similarity("Kiwi", "kiwi") < 0.99


def test_without_n_grams_it_is_an_error_that_names_the_word() -> None:
    vectors = KeyedVectors(WORDS, ROWS, parameters={"lowercase": True})
    with pytest.raises(MissingWordError, match="they differ in capitals; ask for 'kiwi'"):
        vectors.most_similar("Kiwi")


def test_word_pairs_of_a_file(tmp_path: Path) -> None:
    vectors, path = lowered(), tmp_path / "pairs.tsv"
    results = []
    for spell in (str.title, str.lower):
        lines = ["kiwi\tkakapo\t9", "kiwiish\tbird\t5", "plum\tbird\t1"]
        path.write_text("\n".join(map(spell, lines)))
        results.append(vectors.evaluate_word_pairs(path, case_insensitive=False))
    assert results[0] == results[1]
    assert results[0][2] == 0


def test_a_trained_model_passes_it_on(tmp_path: Path) -> None:
    text = Aviary(300)
    model = SkipGram(text, dim=8, epochs=1, min_count=1, subwords=(3, 6), buckets=500, lowercase=True).train()
    model.save(tmp_path / "m.safetensors")
    for vectors in (model.vectors, KeyedVectors.load(tmp_path / "m.safetensors")):
        assert vectors.most_similar("Kiwi") == vectors.most_similar("kiwi")
        np.testing.assert_array_equal(vectors["Kiwiish"], vectors["kiwiish"])
