"""Words predicted from the words around them, beside their formula in NumPy, and gensim."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from densevec import CBOW, BayesianSkipGram, SkipGram
from densevec.errors import CorpusTypeError, MissingWordError, NotTrainedError, ParameterError, ParameterTypeError
from tests.topics import topics

TEXT = topics(300)
CONTEXT = ["1-0", "1-3", "nothing", "1-0", "2-5"]
KNOWN = ["1-0", "1-3", "1-0", "2-5"]
MODELS: dict[str, Any] = {"skipgram": SkipGram, "cbow": CBOW, "bayesian": BayesianSkipGram}
LAYERS = ["negative", "full", "nce", "class", "hierarchical"]
FAR = {"epochs": 25, "sample": 0, "learning_rate": 0.005}  # from where everything is as good as linear


@cache
def model(name: str, **parameters: Any) -> Any:
    settings = {"dim": 8, "min_count": 1, "epochs": 2, "workers": 1, "device": "cpu", **parameters}
    return MODELS[name](TEXT, **settings).train()


@pytest.mark.parametrize("name", MODELS)
def test_probabilities(name: str, tmp_path: Any) -> None:
    found = model(name).predict_output_word(CONTEXT, topn=None)
    words, values = zip(*found, strict=True)
    assert sum(values) == pytest.approx(1) and list(values) == sorted(values, reverse=True)
    assert sorted(words) == sorted(model(name).vectors.index_to_key)
    assert (
        model(name).predict_output_word(CONTEXT, 3) == found[:3] and len(model(name).predict_output_word(KNOWN)) == 10
    )
    assert dict(model(name).predict_output_word(KNOWN[::-1], None)) == pytest.approx(dict(found), rel=1e-5)
    topic = dict(model(name, epochs=25, sample=0).predict_output_word(["2-0", "2-1"], None))
    assert sum(p for word, p in topic.items() if word.startswith("2-")) > 0.3  # of four topics
    model(name).save(tmp_path / "model.safetensors")
    again = type(model(name)).load(tmp_path / "model.safetensors")
    assert dict(again.predict_output_word(CONTEXT, None)) == pytest.approx(dict(found), rel=1e-5)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("name", "combine"), [("skipgram", None), ("cbow", "mean"), ("cbow", "sum")])
def test_the_output_layer_s_own_scores(name: str, combine: str | None, layer: str) -> None:
    options = {"output_layer": layer} | ({} if combine is None else {"combine": combine})
    trained = model(name, **FAR, **options)
    rows = np.array([trained.vectors[word] for word in KNOWN], np.float64)
    query = rows.sum(0) if combine == "sum" else rows.mean(0)
    import torch

    if layer in ("negative", "nce", "full"):
        scores = trained.output.words
        weight, bias = scores.weight.weight.numpy(), 0 if scores.bias is None else scores.bias.weight.numpy()[:, 0]
        wanted = log_softmax(weight.astype(np.float64) @ query + bias)
    else:
        hidden = rows if name == "skipgram" else query[None]
        wanted = log_softmax(trained.output.log_probs(torch.from_numpy(hidden).float()).double().mean(0).numpy())
    found = dict(trained.predict_output_word(CONTEXT, None))
    np.testing.assert_allclose(
        [np.log(found[word]) for word in trained.vectors.index_to_key], wanted, rtol=2e-4, atol=2e-4
    )


@pytest.mark.parametrize("made_of", [{}, {"subwords": (3, 4), "buckets": 200}], ids=["words", "sub-words"])
@pytest.mark.parametrize("layer", [*LAYERS, "css"])
def test_skipgram_takes_the_geometric_mean_of_what_each_word_predicts(layer: str, made_of: dict[str, Any]) -> None:
    trained = model("skipgram", output_layer=layer, **FAR, **made_of)
    everyone, alone = trained.vectors.index_to_key, {}
    for word in KNOWN:
        found = dict(trained.predict_output_word([word], None))
        alone[word] = np.log([found[other] for other in everyone])
    for many in (1, 9):
        together = dict(trained.predict_output_word(CONTEXT * many, None))
        wanted = log_softmax(np.mean([alone[word] for word in KNOWN], axis=0))
        np.testing.assert_allclose(np.log([together[other] for other in everyone]), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("likelihood", ["density", "affine"])
def test_a_word_alone_predicts_what_its_density_explains(likelihood: str) -> None:
    trained = model("bayesian", likelihood=likelihood)
    alone = {word: dict(trained.predict_output_word([word], None)) for word in KNOWN}
    everyone = trained.vectors.index_to_key
    fitted = {
        word: trained._trained_network().fit(np.array([trained.vectors.get_index(word)]), np.array([7]), np.ones(1))
        for word in KNOWN
    }
    for word in KNOWN:  # the model's own score of one context word
        assert np.log(alone[word][everyone[7]]) == pytest.approx(fitted[word][0], rel=1e-4)
    together = dict(trained.predict_output_word(CONTEXT, None))
    mean = np.mean([[np.log(alone[word][other]) for other in everyone] for word in KNOWN], axis=0)
    np.testing.assert_allclose([np.log(together[other]) for other in everyone], log_softmax(mean), rtol=1e-4)


def test_what_gensim_says() -> None:
    gensim = pytest.importorskip("gensim", reason="gensim is not installed")
    for name, combine in (("skipgram", 1), ("cbow", 1), ("cbow", 0)):
        options = {"combine": "mean" if combine else "sum"} if name == "cbow" else {}
        ours = model(name, **options)
        theirs = gensim.models.Word2Vec(
            vector_size=8, min_count=1, negative=5, sg=name == "skipgram", cbow_mean=combine
        )
        theirs.build_vocab(TEXT)
        rows = [ours.vectors.get_index(word) for word in theirs.wv.index_to_key]
        theirs.wv.vectors[:] = ours.vectors.vectors[rows]
        theirs.syn1neg[:] = ours.output.words.weight.weight.numpy()[rows]
        theirs.train_count = 1
        wanted = dict(theirs.predict_output_word(CONTEXT, topn=100))
        assert dict(ours.predict_output_word(CONTEXT, topn=100)) == pytest.approx(wanted, rel=1e-4)


def test_text_is_read_as_the_model_s_was() -> None:
    text = [[word.upper() for word in sentence] for sentence in [["kiwi", "egg", "nest"], ["plum", "jam"]] * 20]
    trained = SkipGram(text, dim=4, min_count=1, epochs=1, lowercase=True, workers=1).train()
    assert trained.predict_output_word(["KIWI"]) == trained.predict_output_word(["kiwi"])


@pytest.mark.parametrize("name", MODELS)
def test_questions_without_an_answer(name: str) -> None:
    with pytest.raises(MissingWordError, match=r"^at least one of the context words must be known .* got \['kea'\]$"):
        model(name).predict_output_word(["kea"])
    with pytest.raises(MissingWordError):
        model(name).predict_output_word([])
    with pytest.raises(ParameterError, match="topn must be"):
        model(name).predict_output_word(KNOWN, -1)
    with pytest.raises(CorpusTypeError):
        model(name).predict_output_word("1-0")
    with pytest.raises(ParameterTypeError, match="predict_output_word\\(\\) takes context_words, topn"):
        model(name).predict_output_word(context=KNOWN)
    with pytest.raises(NotTrainedError):
        MODELS[name]().predict_output_word(KNOWN)
