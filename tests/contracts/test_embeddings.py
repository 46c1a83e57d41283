"""One battery for every estimator whose result is vectors."""

from __future__ import annotations

import numpy as np
import pytest

from densevec import Gaussian, KeyedVectors, load_vectors
from densevec.cli import main
from densevec.errors import NotTrainedError, ParameterError
from densevec.models.trained_vectors import HasVectors
from tests.contracts.cases import EMBEDDINGS, aviary, make, trained

pytestmark = pytest.mark.parametrize("kind", EMBEDDINGS.values(), ids=EMBEDDINGS)
Kind = type[HasVectors]


def test_training_gives_vectors(kind: Kind) -> None:
    model = trained(kind)
    vectors = model.vectors
    assert isinstance(vectors, KeyedVectors)
    assert model.wv is vectors
    assert vectors.vector_size == model.get_params()["dim"]
    assert np.isfinite(vectors.vectors).all()
    assert len(vectors.most_similar("kiwi", topn=3)) == 3
    counts = dict(zip(vectors.index_to_key, vectors.counts, strict=True))
    sentences = [pair[0] for pair in aviary(kind)] if kind.reads_pairs else aviary(kind)
    assert counts["kiwi"] == sum(sentence.count("kiwi") for sentence in sentences)


def test_there_are_no_vectors_before_training(kind: Kind) -> None:
    model = make(kind)
    for ask in (lambda: model.vectors, lambda: model.wv):
        with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
            ask()


def test_posteriors_are_densities_that_queries_accept(kind: Kind) -> None:
    if not hasattr(kind, "posterior"):
        pytest.skip(f"{kind.__name__} has no posterior densities")
    model = trained(kind)
    posterior = model.posterior(["the", "kiwi", "laid", "an", "egg"], 1)
    assert isinstance(posterior, Gaussian)
    assert len(model.vectors.most_similar(posterior, topn=2)) == 2
    with pytest.raises(TypeError, match=r"position must be an integer.*got 'kiwi'; tokens.index"):
        model.posterior(["the", "kiwi"], "kiwi")
    with pytest.raises(ValueError, match="one of the 2 tokens, got 2"):
        model.posterior(["the", "kiwi"], 2)


def test_a_file_of_a_model_answers_as_vectors(kind: Kind, tmp_path, capsys) -> None:
    model = trained(kind)
    model.save(tmp_path / "model")
    vectors = load_vectors(tmp_path / "model")
    assert vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    assert kind.load(tmp_path / "model").vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    assert main(["neighbors", str(tmp_path / "model"), "kiwi"]) == 0, capsys.readouterr().err


def test_words_that_other_tables_do_not_have_are_refused_by_the_model(kind: Kind, tmp_path) -> None:
    """The vectors alone may be edited, and are saved; words that only have other numbers are the model's still."""
    trained(kind).save(tmp_path / "model")
    tokens = ["the", "kiwi", "laid", "an", "egg"]
    uses = {
        "save": lambda model: model.save(tmp_path / "edited"),
        "posterior": lambda model: model.posterior(tokens, 1),
        "substitutes": lambda model: model.substitutes(tokens, 1),
        "predict_output_word": lambda model: model.predict_output_word(tokens),
    }
    uses = {name: use for name, use in uses.items() if hasattr(kind, name)}
    if kind.reads_pairs or hasattr(kind, "perplexity"):  # looks words up in a list of its own
        uses = {"save": uses["save"]}
    for edit in ("add", "sort", "replace"):
        model = kind.load(tmp_path / "model")
        vectors = model.vectors
        if edit == "sort":
            vectors.set_vecattr(vectors.index_to_key[0], "count", 1)
            vectors.sort_by_descending_frequency()
        else:
            word = "kiwi" if edit == "replace" else "zorgle"
            mean = np.ones(vectors.vector_size, np.float32)
            vectors[word] = Gaussian(mean, 0.5) if hasattr(vectors, "variances") else mean
        for use in uses.values():
            if edit == "replace":
                use(model)
                continue
            with pytest.raises(ParameterError, match="must have the words of its other tables, in their order"):
                use(model)
        vectors.save(tmp_path / "alone")
        assert load_vectors(tmp_path / "alone").index_to_key == vectors.index_to_key
