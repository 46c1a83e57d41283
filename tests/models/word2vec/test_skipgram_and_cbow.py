"""SkipGram and CBOW from text to vectors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec import CBOW, Aviary, KeyedVectors, SkipGram
from densevec.errors import FormatError, NotTrainedError, ParameterError, TrainingError
from densevec.formats import read_container, write_container
from tests.settings import usable
from tests.sweeps import once
from tests.topics import topics

MODELS = [SkipGram, CBOW]
OUTPUT_LAYERS = ["negative", "hierarchical", "full", "class", "nce", "css"]
SMALL = {"dim": 8, "epochs": 1, "min_count": 1}


def separation(vectors: KeyedVectors) -> float:
    """How often a word is nearer to one of its own topic than to one of another: 1/2 by chance."""
    words = list(vectors)
    unit = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    topic = np.array([word.split("-")[0] for word in words])
    is_same = topic[:, None] == topic
    np.fill_diagonal(cosine, np.nan)
    near, far = cosine[is_same & ~np.isnan(cosine)], cosine[~is_same]
    return float((near[:, None] > far).mean())


@pytest.mark.parametrize(("kind", "output_layer"), once(MODELS, OUTPUT_LAYERS))
def test_words_of_a_topic_become_neighbours_by_any_output_layer(kind: type, output_layer: str) -> None:
    settings = {"dim": 12, "epochs": 8, "sample": 0, "batch_size": 32, "noise_size": 16}
    model = kind(topics(250), **usable(kind, output_layer=output_layer, **settings)).train()
    assert model.history[-1].loss < model.history[0].loss
    assert separation(model.vectors) > 0.9


@pytest.mark.parametrize("output_layer", OUTPUT_LAYERS)
@pytest.mark.parametrize("kind", MODELS)
def test_the_file_keeps_the_output_layer(kind: type, output_layer: str, tmp_path) -> None:
    model = kind(Aviary(200), output_layer=output_layer, **SMALL).train()
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model", check=True)
    ours, theirs = model.output.state_dict(), again.output.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    query = torch.from_numpy(model.vectors.vectors[:5].copy())
    if output_layer == "negative":
        with pytest.raises(ParameterError, match="density model"):
            again.output.log_probs(query)
    else:
        assert torch.equal(again.output.log_probs(query), model.output.log_probs(query))
    vectors = KeyedVectors.load(tmp_path / "model")
    np.testing.assert_array_equal(vectors.vectors, model.vectors.vectors)


def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path) -> None:
    SkipGram(Aviary(100), **SMALL).train().save(tmp_path / "good")
    container = read_container(tmp_path / "good")
    for changes in ({"dim": 7}, {"output_layer": "hierarchical"}, {"output_layer": "?"}, {"window": 0}):
        metadata = container.metadata | {"parameters": container.metadata["parameters"] | changes}
        write_container(tmp_path / "bad", container.tensors, container.words, metadata)
        with pytest.raises(FormatError, match="do not make a SkipGram model") as caught:
            SkipGram.load(tmp_path / "bad")
        assert "\n" not in str(caught.value)


def test_the_output_layer_is_there_after_training_only() -> None:
    with pytest.raises(NotTrainedError, match="no output layer yet"):
        SkipGram(Aviary(10)).output  # noqa: B018


@pytest.mark.parametrize("kind", MODELS)
def test_fault_36_a_runaway_is_an_error_and_leaves_no_ruin(kind: type) -> None:
    model = kind(Aviary(400), **{**SMALL, "epochs": 20, "learning_rate": 1e6})
    with pytest.raises(TrainingError, match=r"step \d+.*learning rate"):
        model.train()
    with pytest.raises(NotTrainedError):
        model.vectors  # noqa: B018


def test_cbow_by_mean_and_by_sum_differ() -> None:
    mean, total = (CBOW(Aviary(200), **SMALL, combine=combine).train().vectors.vectors for combine in ("mean", "sum"))
    assert not np.allclose(mean, total)
    with pytest.raises(ParameterError, match="combine must be one of 'mean', 'sum'"):
        CBOW(Aviary(10), combine="max").train()


@pytest.mark.parametrize("output_layer", ["negative", "nce"])
@pytest.mark.parametrize(("num_words", "is_even"), [(2, True), (5, True), (24, False)])
def test_a_text_of_few_words_is_learned(num_words: int, is_even: bool, output_layer: str) -> None:
    """Steps of a tile's tokens would all be those of the same few rows."""
    chances = np.ones(num_words) if is_even else 1 / np.arange(1, num_words + 1)
    ids = np.random.default_rng(1).choice(num_words, 20_000, p=chances / chances.sum())
    text = [[f"w{word}" for word in ids]]
    model = SkipGram(text, dim=10, epochs=1, min_count=1, sample=0, output_layer=output_layer).train()
    assert np.abs(model.vectors.vectors).max() < 5
