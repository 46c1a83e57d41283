"""What a text looks like to a model that reads it, and what may be wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Any

from densevec.corpus.advice import vocabulary_advice
from densevec.corpus.raw import BEGINNING
from densevec.corpus.text import TextCorpus
from densevec.corpus.vocabulary import all_rare

_MOJIBAKE = re.compile("Ã[\x80-¿ƒ€-™]|â€|Â[\xa0-¿]|Ð[\x80-¿°-¿]|ï¿½|ï»¿")  # UTF-8 that was read as Windows-1252
_ENDS = ".!?…:;\"”’»')]。！？।؟"
_WITHIN = re.compile(r"[.!?…][\"”’»')]* +[\"“‘«'(]*[^\W\d_a-z]")  # where a sentence ends and another begins
_STOP = re.compile("[.!?…](?=[\\s\"”’»')\\]]|$)|[。！？।؟]")
_GOES_ON = 0.1  # share of lines that go on in the next, where a text was wrapped
_SEVERAL = 0.3  # share of lines that hold several sentences
_REPEATED = 0.1  # share of sentences that were there before
_OTHER_SCRIPT = 0.02  # share of words
_LONG = 500  # tokens of a sentence
_LINES = 200_000  # that are looked at
_MOST_TYPES = 20_000  # most frequent words that are looked at


@dataclass(frozen=True)
class TextReport:
    """The first sentences, and a summary.

    sentences, tokens, types : how many there are; kept : types seen at least ``min_count`` times
    outside : share of the tokens whose type is not kept
    longest, longest_number : tokens of the longest sentence, and which it is, from 1
    longest_is_cut : whether it is as long as the text's ``max_sentence_length`` lets it be
    frequent : the most frequent words with their counts
    problems : sentences about what looks wrong, with what would help
    """

    first: list[list[str]]
    sentences: int
    tokens: int
    types: int
    min_count: int
    kept: int
    outside: float
    longest: int
    longest_number: int
    longest_is_cut: bool
    frequent: list[tuple[str, int]]
    problems: list[str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def inspect_text(
    text: TextCorpus,
    lines: Iterable[str] = (),
    *,
    min_count: int = 5,
    show: int = 5,
    topn: int | None = 10,
    complaints: Sequence[str] = (),
    language: str = "CODE",
) -> TextReport:
    """Read a corpus once and say what it looks like.

    Parameters
    ----------
    text : as the model will read it
    lines : the same as raw lines, for signs of wrapped lines; not looked at where there are none
    min_count : below which words will be outside the vocabulary
    show, topn : how many sentences and frequent words are kept; None keeps all words
    complaints : what is known to be wrong already
    language : its code, for what is advised

    >>> report = inspect_text(TextCorpus([["a", "kiwi"], ["a", "plum", "fell"]]), min_count=2)
    >>> report.tokens, report.types, report.kept, report.outside
    (5, 4, 1, 0.6)
    """
    counts: Counter[str] = Counter()
    first: list[list[str]] = []
    seen: set[int] = set()
    number = longest = longest_number = repeated = 0
    example = ""
    for number, words in enumerate(text, 1):
        if len(first) < show:
            first.append(words)
        counts.update(words)
        if len(words) > longest:
            longest, longest_number = len(words), number
        key = hash(tuple(words))
        if key in seen and len(words) > 3:
            repeated, example = repeated + 1, example or " ".join(words)
        seen.add(key)
    tokens = counts.total()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))  # as in a vocabulary
    kept = [word for word, count in ranked if count >= min_count]
    found = [*complaints, *_refusals(counts, min_count), *_word_problems(counts, [word for word, _ in ranked], text)]
    if advice := vocabulary_advice(kept, text.lowercase, text.tokenizer):
        found.append(advice)
    is_cut = longest == text.max_sentence_length
    cut = f", to which max_sentence_length={longest} cut it" if is_cut else ""
    too_long = f"sentence {longest_number:,} has {longest:,} tokens{cut}" if longest > _LONG else ""
    found += _line_problems(lines, language, text, too_long)
    if number and repeated > _REPEATED * number:
        found.append(f"{_percent(repeated, number)} of the sentences were there before, such as {example[:80]!r}")
    return TextReport(
        first=first,
        sentences=number,
        tokens=tokens,
        types=len(counts),
        min_count=min_count,
        kept=len(kept),
        outside=1 - sum(counts[word] for word in kept) / tokens if tokens else 0.0,
        longest=longest,
        longest_number=longest_number,
        longest_is_cut=is_cut,
        frequent=ranked[:topn],
        problems=found,
    )


def _refusals(counts: Counter[str], min_count: int) -> Iterator[str]:
    """Why no model can learn from the words."""
    if not counts:
        yield "train will stop at this: the text is empty, it has no tokens"
    elif max(counts.values()) < min_count:
        yield f"train will stop at this: {all_rare(len(counts), min_count)}"


def _word_problems(counts: Counter[str], ranked: Sequence[str], text: TextCorpus) -> Iterator[str]:
    """What the words say, the most frequent ones first."""
    words = ranked[:_MOST_TYPES]
    lost = sum(count for word, count in counts.items() if "\ufffd" in word)
    if lost:
        word = next(word for word in counts if "\ufffd" in word)
        yield f"{lost:,} tokens have a character that was lost (U+FFFD), such as {word[:40]!r}: the text is no UTF-8"
    garbled = [word for word in counts if _MOJIBAKE.search(word)]
    if garbled:
        number = sum(counts[word] for word in garbled)
        yield (
            f"{number:,} tokens look like UTF-8 that was once read as Windows-1252, such as {garbled[0][:40]!r}; the "
            "package ftfy mends that"
        )
    if text.normalize is None:
        composed = ((word, unicodedata.normalize("NFC", word)) for word in words if not word.isascii())
        twice = [word for word, other in composed if other != word and other in counts]
        if twice:
            yield f"{len(twice):,} words are spelled in two normal forms, such as {twice[0][:40]!r}; --normalize NFC"
    yield from _script_problems(counts, words)


def _script_problems(counts: Counter[str], words: Sequence[str]) -> Iterator[str]:
    """Words in another script than most."""
    of_script: Counter[str] = Counter()
    example: dict[str, str] = {}
    for word in words:
        script = _script(word)
        if script:
            of_script[script] += counts[word]
            example.setdefault(script, word)
    total = of_script.total()
    for script, number in of_script.most_common()[1:4]:
        if number > _OTHER_SCRIPT * total:
            most = of_script.most_common(1)[0][0]
            yield (
                f"{_percent(number, total)} of the words are {script}, such as {example[script][:40]!r}, and most are "
                f"{most}: are there two languages?"
            )


def _script(word: str) -> str:
    """The script of a word's first letter, as Unicode's names of characters have it: "Latin"; "" for no letter."""
    letter = next(filter(str.isalpha, word), "")
    name = unicodedata.name(letter, "").partition(" ")[0].capitalize() if letter else ""
    return {"Hiragana": "Japanese", "Katakana": "Japanese", "Cjk": "Chinese characters"}.get(name, name)


def _line_problems(lines: Iterable[str], language: str, text: TextCorpus, too_long: str) -> Iterator[str]:
    """Lines that go on in the next one or hold several sentences, what is no text of the book, and what helps about a
    sentence that is too long."""
    total = going_on = within = books = tokens = stops = 0
    before = ""
    example = several = ""
    for line in chain(islice(map(str.strip, lines), _LINES), [""]):
        if before:
            total += 1
            if _WITHIN.search(before):
                within, several = within + 1, several or before
            if too_long and len(before) > _LONG and (length := len(text.tokenize(before))) > _LONG:
                tokens, stops = tokens + length, stops + len(_STOP.findall(before))
            if line and before[-1] not in _ENDS and line[0].islower():
                going_on, example = going_on + 1, example or before
        books += line.startswith(BEGINNING)
        before = line
    if books:
        yield f"the licence of Project Gutenberg is around {books:,} of the texts; --sentences {language} leaves it out"
    if total and going_on > _GOES_ON * total and within > _GOES_ON * total / 2:  # not one sentence a line, lowered
        yield (
            f"{_percent(going_on, total)} of the lines go on in the next, such as {example[-60:]!r}, and a line is "
            f"read as a sentence; --sentences {language} joins them"
        )
    elif total and within > _SEVERAL * total:
        yield (
            f"{_percent(within, total)} of the lines have several sentences, such as {several[:60]!r}, and a line is "
            f"read as one; --sentences {language} cuts them"
        )
    if too_long and text.language is not None:
        yield (
            f"{too_long}; if it is several sentences, end them by full stops or blank lines, or leave --sentences out "
            "where each has a line of its own"
        )
    elif too_long and stops * _LONG > tokens:
        yield f"{too_long}; if line ends are missing, --sentences {language} cuts it into sentences"
    elif too_long:
        yield f"{too_long}; if it is several sentences, give each a line of its own"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"
