"""Vectors in spaCy's pipelines."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from densevec.errors import FormatWarning, MissingPackageError, ParameterError
from densevec.vectors import DensityVectors, KeyedVectors

WORDS = ["kiwi", "egg", "Kea", "naïve", "New York", ""]
ROWS = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)


@pytest.fixture
def spacy() -> Any:
    return pytest.importorskip("spacy", reason="spacy is not installed")


def test_tokens_have_the_vectors(spacy: Any, tmp_path: Any) -> None:
    vectors = KeyedVectors(WORDS, ROWS)
    pipeline = vectors.to_spacy()
    assert pipeline.lang == "xx" and pipeline.vocab.vectors.shape == ROWS.shape
    for text, row in (("kiwi", 0), ("Kea", 2), ("naïve", 3)):
        np.testing.assert_array_equal(pipeline(f"the {text}")[1].vector, ROWS[row])
    assert [token.has_vector for token in pipeline("kiwi Kiwi the kea")] == [True, False, False, False]
    doc = pipeline("kiwi egg")
    assert doc[0].similarity(doc[1]) == pytest.approx(vectors.similarity("kiwi", "egg"), rel=1e-5)
    np.testing.assert_array_equal(pipeline.vocab.get_vector("New York"), ROWS[4])
    pipeline.to_disk(tmp_path)
    np.testing.assert_array_equal(spacy.load(tmp_path)("egg")[0].vector, ROWS[1])
    keys, *_ = pipeline.vocab.vectors.most_similar(ROWS[:1].copy(), n=3)
    near = [pipeline.vocab.strings[key] for key in keys[0]]
    assert near == ["kiwi", *(word for word, _ in vectors.most_similar("kiwi", topn=2))]
    np.testing.assert_array_equal(vectors.vectors, ROWS)


def test_lowered_text_and_pipelines_that_are_there(spacy: Any) -> None:
    lowered = KeyedVectors(WORDS, ROWS, parameters={"lowercase": True})
    np.testing.assert_array_equal(lowered.to_spacy("en")("Kiwi")[0].vector, ROWS[0])
    pipeline = spacy.blank("de")
    with pytest.warns(FormatWarning, match="spaCy's Vectors holds no variances"):
        found = DensityVectors(WORDS, ROWS, np.ones(6)).to_spacy(pipeline)
    assert found is pipeline and pipeline("egg")[0].has_vector


def test_what_is_no_language(spacy: Any) -> None:
    for wrong in ("klingon", 3, None):
        with pytest.raises(ParameterError, match="language must be a code"):
            KeyedVectors(WORDS, ROWS).to_spacy(wrong)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingPackageError, match=r"^to_spacy needs the package spacy: pip install"):
        KeyedVectors(WORDS, ROWS).to_spacy()
