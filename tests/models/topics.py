"""A corpus whose only structure is what its sentences are about."""

from __future__ import annotations

import numpy as np

TOPICS, WORDS = 4, 15


def topics(num_sentences: int) -> list[list[str]]:
    """Sentences of ten words of one topic each; the topics share no word, frequencies fall within them."""
    random = np.random.default_rng(1)
    share = 1 / np.arange(1, WORDS + 1) ** 0.5
    return [
        [f"{topic}-{word}" for word in random.choice(WORDS, 10, p=share / share.sum())]
        for topic in random.integers(TOPICS, size=num_sentences)
    ]
