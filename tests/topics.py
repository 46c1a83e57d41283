"""A text of three topics, in two of which stands *bank*, and in the third *owl*."""

from __future__ import annotations

import numpy as np

TOPICS = {
    "river": ["water", "boat", "fish", "stream", "mud", "shore", "reed", "swan"],
    "money": ["loan", "cash", "debt", "price", "coin", "rate", "fund", "trade"],
    "sky": ["star", "moon", "night", "cloud", "dark", "comet", "light", "dusk"],
}


def sentences_of_topics(number: int) -> list[list[str]]:
    """Of a topic's eight words each; in a third of them *bank* is the fifth, in a sixth *owl*."""
    random = np.random.default_rng(1)
    sentences = []
    for each in range(number):
        name = list(TOPICS)[each % 3]
        words = random.choice(TOPICS[name], 8, replace=False).tolist()
        if each % 2:
            words[4] = "owl" if name == "sky" else "bank"
        sentences.append(words)
    return sentences
