"""Words whose sentences tell which word it was: those of letters, without the most frequent, which stand anywhere."""

from __future__ import annotations

from collections.abc import Sequence

_MOST_FREQUENT = 100


def usual_words(words: Sequence[str], num_words: int | None = None) -> list[str]:
    """Those of ``words``, the most frequent first, that have three letters or more and nothing else.

    Left out are the first hundred, or a fiftieth of ``num_words`` where that is fewer: of ``words`` when None.

    >>> usual_words(["the", "kiwi", "a", "egg", "1,000"], num_words=50)
    ['kiwi', 'egg']
    """
    most = min(_MOST_FREQUENT, (len(words) if num_words is None else num_words) // 50)
    return [word for word in words[most:] if len(word) > 2 and word.isalpha()]
