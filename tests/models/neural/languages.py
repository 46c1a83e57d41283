"""A small language whose entropy is known, and a battery of checks for the neural language models."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from densevec.models.neural.estimator import NeuralLanguageModel
from densevec.training import Checkpoint, Trainer, TrainingState, restore_checkpoint

WORDS = [f"w{number}" for number in range(9)]
# P(next | last), the last row that of the first word and the last column the end of a sentence
TABLE = np.random.default_rng(3).dirichlet(np.full(len(WORDS) + 1, 0.3), size=len(WORDS) + 1)
TABLE[-1, -1] = 0  # no sentence is empty
TABLE[:-1, -1] += 0.1
TABLE /= TABLE.sum(1, keepdims=True)
SMALL: dict[str, Any] = {"min_count": 1, "device": "cpu", "noise_size": 50}


@cache
def sentences(number: int, seed: int = 1) -> list[list[str]]:
    """Sentences of the language."""
    random = np.random.default_rng(seed)
    cumulative = np.cumsum(TABLE, 1)
    text = []
    for _ in range(number):
        words, last = [], len(WORDS)
        while True:
            last = min(int(np.searchsorted(cumulative[last], random.random())), len(WORDS))
            if last == len(WORDS):
                break
            words.append(WORDS[last])
        text.append(words)
    return text


def true_nats(text: list[list[str]]) -> float:
    """−log P a token under the language itself."""
    total, tokens = 0.0, 0
    for words in text:
        ids = [len(WORDS), *(WORDS.index(word) for word in words), len(WORDS)]
        total -= np.log(TABLE[ids[:-1], ids[1:]]).sum()
        tokens += len(ids) - 1
    return total / tokens


def check_probabilities(model: NeuralLanguageModel) -> None:
    """After any history they add up to 1, and a sentence's is the product of its words'."""
    words = ["w0", "w3", "nothing", "w1"]
    product = 0.0
    for place in range(len(words) + 1):
        following = dict(model.next_words(words[:place], topn=None))
        np.testing.assert_allclose(sum(following.values()), 1, rtol=1e-5)
        target = words[place] if place < len(words) else "</s>"
        product += np.log(following[target if target in following else "<unk>"])
    np.testing.assert_allclose(model.log_prob(words), product, rtol=1e-5)
    together = model.token_log_probs([["w1"], words, [], ["w2"] * 40])
    np.testing.assert_allclose(together[1].sum(), product, rtol=1e-5)
    np.testing.assert_allclose(together[2], model.token_log_probs([[]])[0], rtol=1e-5)


def check_saved(model: NeuralLanguageModel, path: Any) -> None:
    """A loaded model predicts the same."""
    model.save(path)
    again = type(model).load(path, check=True)
    assert again.vocabulary.words == model.vocabulary.words
    text = sentences(5, seed=9)
    for ours, theirs in zip(model.token_log_probs(text), again.token_log_probs(text), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def check_resumed(model: NeuralLanguageModel, path: Any, cut_at: int, validation: Any = None) -> None:
    """Training that was cut at a step, and taken up by another task, ends with the same bits."""
    text = model.open_text(model.corpus)
    vocabulary = model.count(text)
    seen: list[int] = []

    class Cut:
        def write(self, learner: Any, state: TrainingState) -> None:
            seen.append(state.step)
            if state.step == cut_at:
                Checkpoint(path, {}, vocabulary, "").write(learner, state)

    held_out = None if validation is None else model.encode(model.open_text(validation), vocabulary)
    with model.encode(text, vocabulary) as encoded:
        whole, resumed = (model.make_task(vocabulary, encoded, held_out) for _ in range(2))
        wanted = Trainer(whole, epochs=model.epochs, checkpoint=Cut(), checkpoint_seconds=0).run(TrainingState())
        state = restore_checkpoint(path, resumed)
        assert 0 < state.step == cut_at < max(seen)
        found = Trainer(resumed, epochs=model.epochs).run(state)
    assert [report.terms for report in found.history] == [report.terms for report in wanted.history]
    assert [report.validation for report in found.history] == [report.validation for report in wanted.history]
    theirs, ours = whole.state(), resumed.state()
    assert theirs.keys() == ours.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(ours[name]), name)
