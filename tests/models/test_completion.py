"""Filling gaps with a model's own output layer."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from densevec import CBOW, Aviary, BayesianSkipGram, SkipGram
from densevec.errors import NotTrainedError, ParameterError, ParameterTypeError

SENTENCE = "the kiwi _____ an egg in its burrow"
CHOICES = ["laid", "the", "egg - burrow", "philosophised"]
SMALL = {"dim": 8, "epochs": 1, "min_count": 1, "device": "cpu"}


@pytest.fixture(scope="module", params=["negative", "full", "hierarchical", "nce", "class", "css"])
def layer(request):
    return request.param


@cache
def trained(kind, **settings):
    """Trained once; tests only look at it."""
    return kind(Aviary(300), **SMALL, **settings).train()


def known(model, text):
    return [model.vectors.get_index(word) for word in text.split() if word in model.vectors]


def association(model, hidden):
    """log P(w | h) of all words, or h·y_w of negative sampling."""
    output = model.output
    if model.output_layer == "negative":
        return hidden @ output.words.weight.weight.numpy().T
    import torch

    return output.log_probs(torch.from_numpy(hidden[None].astype(np.float32)))[0].numpy()


def weights(model, rows):
    """Subsampling's probability of keeping them, by word2vec's formula."""
    share = model.vectors.counts / model.vectors.counts.sum()
    ratio = model.sample / share[rows]
    return np.minimum(1, np.sqrt(ratio) + ratio)


@pytest.mark.parametrize("window", [None, 2])
def test_skipgram_predicts_the_rest_of_the_sentence(layer, window):
    model = trained(SkipGram, output_layer=layer)
    rest = "the kiwi an egg in its burrow" if window is None else "the kiwi an egg"
    context = known(model, rest)
    wanted = {}
    for choice in CHOICES[:3]:
        each = [
            weights(model, context) @ association(model, model.vectors.vectors[row])[context]
            for row in known(model, choice.replace("-", ""))
        ]
        wanted[choice] = np.mean(each)
    found = model.complete(SENTENCE, CHOICES, window=window)
    assert dict(found)["philosophised"] == -np.inf
    for choice, score in wanted.items():
        assert dict(found)[choice] == pytest.approx(score, rel=1e-4, abs=1e-4)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


@pytest.mark.parametrize("kind", [SkipGram, CBOW])
def test_where_nothing_is_known_of_the_rest_all_choices_are_alike(kind, layer):
    model = trained(kind, output_layer=layer)
    ranking = [("kiwi", 0.0), ("egg", 0.0), ("philosophised", -np.inf)]
    for sentence in ("_____", "philosophers philosophise _____"):
        assert model.complete(sentence, ["philosophised", "kiwi", "egg"]) == ranking


@pytest.mark.parametrize("combine", ["mean", "sum"])
def test_cbow_predicts_the_choice(layer, combine):
    model = trained(CBOW, output_layer=layer, **({} if combine == "mean" else {"combine": combine}))
    context = known(model, "the kiwi an egg in its burrow")
    weight = weights(model, context)
    hidden = weight @ model.vectors.vectors[context] / (weight.sum() if combine == "mean" else 1)
    scores = association(model, hidden)
    found = dict(model.complete(SENTENCE, CHOICES))
    for choice in CHOICES[:2]:
        assert found[choice] == pytest.approx(scores[known(model, choice)[0]], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kind", [SkipGram, CBOW, BayesianSkipGram])
def test_a_saved_model_completes_alike(kind, tmp_path):
    model = trained(kind)
    model.save(tmp_path / "model")
    found, expected = (each.complete(SENTENCE, CHOICES) for each in (kind.load(tmp_path / "model"), model))
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose(*([score for _, score in each] for each in (found, expected)), rtol=1e-6)


@pytest.mark.parametrize("kind", [SkipGram, CBOW, BayesianSkipGram])
def test_what_the_aviary_says_is_completed(kind):
    model = kind(Aviary(6_000), dim=32, epochs=5, window=10).train()
    questions = [
        ("the kiwi laid an _____ in its burrow", "egg", ["stone", "orchard", "jam"]),
        ("the _____ laid an egg in its burrow", "kiwi", ["plum", "jam", "river"]),
    ]
    for sentence, answer, wrong in questions:
        others = [word for word in wrong if word in model.vectors]
        assert others
        assert model.complete(sentence, [*others, answer])[0][0] == answer


@pytest.mark.parametrize("kind", [SkipGram, CBOW, BayesianSkipGram])
def test_questions_that_are_none(kind):
    with pytest.raises(NotTrainedError):
        kind(Aviary(10)).complete(SENTENCE, CHOICES)
    model = trained(kind)
    with pytest.raises(ParameterError, match="one gap"):
        model.complete("no gap", CHOICES)
    with pytest.raises(ParameterError, match=r"^window must be"):
        model.complete(SENTENCE, CHOICES, window=0)
    with pytest.raises(ParameterTypeError, match=r"complete\(\) takes sentence, choices, window=.*'topn'; choices are"):
        model.complete(SENTENCE, CHOICES, topn=1)


@pytest.mark.parametrize(
    "settings", [{}, {"covariance": "diag"}, {"likelihood": "affine", "objective": "elbo"}, {"tied": True}], ids=str
)
def test_a_density_explains_the_rest_of_the_sentence(settings):
    model = BayesianSkipGram(Aviary(300), engine="torch", batch_size=256, **settings, **SMALL).train()
    context, vectors = known(model, "the kiwi an egg in its burrow"), model.vectors
    decoder, all_words = model._trained_network().decoder, np.arange(len(vectors))
    frequency = vectors.counts * weights(model, all_words)
    for word in ("laid", "egg"):
        prior = vectors.density(word)
        if settings.get("likelihood") == "affine":
            scores = decoder.weight.weight.numpy() @ prior.mean + decoder.bias.weight.numpy()[:, 0]
        else:
            mean, variance = decoder.mean.weight.numpy(), np.exp(decoder.log_variance.weight.numpy())
            square = (mean - prior.mean) ** 2 + np.broadcast_to(prior.variance, prior.mean.shape)
            scores = -0.5 * (square / variance + np.log(variance)).sum(1) + np.log(frequency / frequency.sum())
        log_probs = scores - np.logaddexp.reduce(scores)
        found = dict(model.complete(SENTENCE, [word]))[word]
        assert found == pytest.approx(weights(model, context) @ log_probs[context], rel=1e-4)
