"""One battery for every estimator whose result is vectors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from densevec import Gaussian, KeyedVectors, load_vectors
from densevec.cli import main
from densevec.errors import FormatError, NotTrainedError, ParameterError
from densevec.formats import read_container, write_container
from densevec.models.gradient_model import GradientModel
from densevec.models.trained_vectors import HasVectors
from tests.contracts.cases import EMBEDDINGS, aviary, make, trained

pytestmark = pytest.mark.parametrize("kind", EMBEDDINGS.values(), ids=EMBEDDINGS)
Kind = type[HasVectors]
TOKENS = ["the", "kiwi", "laid", "an", "egg"]
ASKED = {  # what a model answers by its own tables, in numbers
    "posterior": lambda model: [model.posterior(TOKENS, 1).mean, model.posterior(TOKENS, 1).log_variance],
    "substitution_scores": lambda model: model.substitution_scores(TOKENS, 1, ["bowl", "egg"]),
    "predict_output_word": lambda model: [each for _, each in sorted(model.predict_output_word(TOKENS, None))],
    "complete": lambda model: [each for _, each in sorted(model.complete("the _____ laid an egg", ["kiwi", "bowl"]))],
    "log_count": lambda model: [model.log_count("kiwi", "egg")],
    "log_prob": lambda model: [model.log_prob(TOKENS)],
}


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
    with pytest.raises(ValueError, match=r"tokens must be at least one word.*got \[\]"):
        model.posterior([], 0)


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


def answers(model) -> np.ndarray:
    return np.hstack([[], *(np.hstack(ask(model)) for name, ask in ASKED.items() if hasattr(model, name))])


def test_a_model_whose_words_were_given_other_numbers_answers_as_its_file_does(kind: Kind, tmp_path) -> None:
    trained(kind).save(tmp_path / "model")
    for in_place in (False, True):
        model = kind.load(tmp_path / "model")
        before, twin = answers(model), copy.copy(model)
        if in_place:
            model.vectors.vectors = model.vectors.vectors.copy()
            model.vectors.vectors[model.vectors.get_index("kiwi")] = 0.7
            model.vectors.fill_norms(force=True)
        else:
            model.vectors["kiwi"] = model.vectors["egg"]
        found = answers(model)
        model.save(tmp_path / "edited")
        if len(before) and not kind.reads_pairs:  # whose encoder has tables of its own
            assert found.tolist() != before.tolist()
        for other in (twin, kind.load(tmp_path / "edited"), pickle.loads(pickle.dumps(model)), copy.deepcopy(twin)):
            np.testing.assert_allclose(answers(other), found, rtol=1e-6)


def _write(vectors) -> None:
    vectors.counts[vectors.get_index("kiwi")] = 10**6
    vectors.fill_norms(force=True)


COUNTS = {
    "set": lambda vectors: vectors.set_vecattr("kiwi", "count", 10**6),
    "add": lambda vectors: vectors.add_vectors(["kiwi"], vectors[["kiwi"]], {"count": [10**6]}, replace=True),
    "write": _write,
}


@pytest.mark.parametrize("output_layer", [None, "hierarchical", "class"])
def test_a_model_answers_by_the_counts_that_it_was_trained_with(kind: Kind, output_layer, tmp_path) -> None:
    """Trees, classes and what subsampling keeps are made of them; the counts of its vectors are the vectors' own."""
    given = {} if output_layer is None else {"output_layer": output_layer}
    if given and "output_layer" not in kind.declared():
        pytest.skip(f"{kind.__name__} has no output layers to choose from")
    first = make(kind, **given, **({"sample": 1e-3} if "sample" in kind.declared() else {})).train()
    first.save(tmp_path / "model")
    assert "counts.trained" not in read_container(tmp_path / "model").tensors

    def said(model) -> np.ndarray:
        refined = [model.posterior(TOKENS, 1, refine=2).mean] if "refine" in kind.declared() else []
        return np.hstack([answers(model), *refined])

    for name, change in COUNTS.items():
        model = first if name == "write" else kind.load(tmp_path / "model")
        before = said(model)
        change(model.vectors)
        np.testing.assert_allclose(said(model), before, rtol=1e-3)
        model.save(tmp_path / "changed")
        others = [kind.load(tmp_path / "changed", check=True), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
        for other in (*others, model):
            np.testing.assert_allclose(said(other), before, rtol=1e-3)
            assert other.vectors.get_vecattr("kiwi", "count") == 10**6
            other.vectors["egg"] = other.vectors["egg"]  # after which the other tables are made again
            np.testing.assert_allclose(said(other), before, rtol=1e-3)
            other.save(tmp_path / "again")
            np.testing.assert_allclose(said(kind.load(tmp_path / "again")), before, rtol=1e-3)
    first.train().save(tmp_path / "anew")
    assert "counts.trained" not in read_container(tmp_path / "anew").tensors


@pytest.mark.parametrize("counts", [np.ones(3, np.int64), np.ones(1, np.float64)], ids=["number", "type"])
def test_damaged_counts_of_the_text_are_refused(kind: Kind, counts, tmp_path) -> None:
    trained(kind).save(tmp_path / "model")
    held = read_container(tmp_path / "model")
    write_container(tmp_path / "x", {**held.tensors, "counts.trained": counts}, held.words, held.metadata)
    with pytest.raises(FormatError, match=r"tensor 'counts.trained' must be one int64 a word"):
        kind.load(tmp_path / "x")


@pytest.mark.parametrize("made", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_words_that_other_tables_do_not_have_are_refused_in_copies_too(kind: Kind, made, tmp_path) -> None:
    if not issubclass(kind, GradientModel):
        pytest.skip(f"the other tables of {kind.__name__} have no rows for words")
    trained(kind).save(tmp_path / "model")
    model = kind.load(tmp_path / "model")
    model.vectors.set_vecattr(model.vectors.index_to_key[-1], "count", 10**6)
    model.vectors.sort_by_descending_frequency()
    with pytest.raises(ParameterError, match="must have the words of its other tables, in their order"):
        made(model).save(tmp_path / "edited")


@pytest.mark.parametrize("change", ["normalize", "assign", "scale", "words", "variances", "words, through a file"])
def test_sentences_are_not_read_in_another_space(kind: Kind, change, tmp_path) -> None:
    if not hasattr(kind, "posterior"):
        pytest.skip(f"{kind.__name__} has no posterior densities")
    trained(kind).save(tmp_path / "model")
    model = kind.load(tmp_path / "model")
    vectors = model.vectors
    vectors["kiwi"] = vectors["egg"]  # one word is not the space
    vectors.vectors = vectors.vectors.copy()
    assert model.vectors.reads_sentences and np.isfinite(vectors.kl_divergence((TOKENS, 1), "egg"))
    if change == "normalize":
        vectors.unit_normalize_all()
    elif change == "assign":
        vectors.vectors = vectors.vectors[:, ::-1]
    elif change == "scale":
        vectors.vectors *= 2
    elif change == "variances":
        vectors.add_vectors(list(vectors), vectors.vectors, variances=2 * vectors.variances, replace=True)
    elif change == "words, through a file":
        first, second = list(vectors)[::3], list(vectors)[1::3]
        vectors[first] = 2 * vectors[first]
        model.save(tmp_path / "edited")
        model = kind.load(tmp_path / "edited")
        vectors = model.vectors
        assert vectors.reads_sentences
        vectors[second] = 2 * vectors[second]
    else:
        vectors[list(vectors)] = 2 * vectors.vectors
    assert model.vectors is vectors and not vectors.reads_sentences
    with pytest.raises(ParameterError, match="unless they were scaled or replaced"):
        vectors.kl_divergence((TOKENS, 1), "egg")
    for use in (lambda: model.posterior(TOKENS, 1), lambda: model.save(tmp_path / "x"), lambda: pickle.dumps(model)):
        with pytest.raises(ParameterError, match="most words were scaled or given other vectors or variances"):
            use()
    vectors.save(tmp_path / "alone")  # as the error advises
    assert load_vectors(tmp_path / "alone")["egg"].tolist() == vectors["egg"].tolist()
    assert kind.load(tmp_path / "model").posterior(TOKENS, 1).dim == vectors.vector_size
