"""Texts whose only structure is what their sentences are about."""

from __future__ import annotations

import numpy as np

TOPICS = {
    "river": ["water", "boat", "fish", "stream", "mud", "shore", "reed", "swan"],
    "money": ["loan", "cash", "debt", "price", "coin", "rate", "fund", "trade"],
    "sky": ["star", "moon", "night", "cloud", "dark", "comet", "light", "dusk"],
}


def topics(num_sentences: int) -> list[list[str]]:
    """Sentences of ten words of one topic each; the topics share no word, frequencies fall within them."""
    random = np.random.default_rng(1)
    share = 1 / np.arange(1, 16) ** 0.5
    return [
        [f"{topic}-{word}" for word in random.choice(len(share), 10, p=share / share.sum())]
        for topic in random.integers(4, size=num_sentences)
    ]


def sentences_of_topics(number: int) -> list[list[str]]:
    """Of eight words of one of TOPICS each; in a third of them *bank* is the fifth, in a sixth *owl*."""
    random = np.random.default_rng(1)
    sentences = []
    for each in range(number):
        name = list(TOPICS)[each % 3]
        words = random.choice(TOPICS[name], 8, replace=False).tolist()
        if each % 2:
            words[4] = "owl" if name == "sky" else "bank"
        sentences.append(words)
    return sentences
