"""Whether phrases can be found in text that is read in another way than that which they were learned from."""

from __future__ import annotations

from typing import Any

from densevec._calls import warn
from densevec._processes import is_first
from densevec.corpus.phrases import Phrases
from densevec.corpus.text import TextCorpus
from densevec.errors import TrainingWarning


def check_fit(phrases: Phrases, text: TextCorpus) -> None:
    """A TrainingWarning where most of the phrases have words that the text, as it is read, can never have."""
    if not is_first():
        return
    names = list(phrases.export_phrases())
    lost = never_found(names, phrases.delimiter, text)
    if 2 * len(lost) > len(names):
        warn(
            f"{len(lost):,} of the {len(names):,} phrases, such as {lost[0][:80]!r}, are never found in this text, "
            "which is read in another way than theirs was; learn phrases from text that is read as this is (lowercase, "
            "tokenizer, normalize)",
            TrainingWarning,
        )


def never_found(names: list[str], delimiter: str, text: TextCorpus) -> list[str]:
    """Those of some phrases, joined by the delimiter, with a word that the rules of a text lower, normalise or cut.

    >>> never_found(["new_york", "New_York"], "_", TextCorpus([], lowercase=True))
    ['New_York']
    """
    rules: dict[str, Any] = {**text.reading, "phrases": None}
    own = TextCorpus([], **rules)
    is_cut = text.is_native  # by rules that are known here; a function may want whole lines
    words = {word for name in names for word in name.split(delimiter)} - {""}
    kept = {word for word in words if (own.tokenize(word) if is_cut else own.prepare([word])) == [word]} | {""}
    return [name for name in names if not kept.issuperset(name.split(delimiter))]
