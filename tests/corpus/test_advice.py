"""Words that are many for one reason, and the options that would make them few, said once when counting ends."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from densevec.corpus import ParallelCorpus, TextCorpus, Vocabulary, build_parallel_vocabulary, build_vocabulary
from densevec.corpus.advice import vocabulary_advice
from densevec.corpus.language import build_language_vocabulary
from densevec.corpus.raw import raw_text

BOOK = (
    '"I saw it," said the guide. "It laid an egg!" They looked: nothing; then, at dusk, (a kiwi) came out, slowly.\n'
    "The egg, he thought, was hers. What a bird! Was it cold? Yes, it was; the night was cold, and long.\n"
)
TOKENS = "the guide saw it lay an egg , they looked : nothing ; then at dusk a kiwi came out - 'tis n't 's\n"


def advise(words: list[str], lowercase: bool = False, tokenizer: object = "whitespace") -> str | None:
    return vocabulary_advice(words, lowercase, tokenizer)


def test_punctuation_and_capitals() -> None:
    edged = ["the", "kiwi,", "(egg", "bird"]
    assert advise(edged) == (
        "50 % of the words begin or end in punctuation, such as 'kiwi,'; "
        "tokenizer='words' and lowercase=True would make one word of each word's forms"
    )
    assert "tokenizer='words' would" in (advise(edged, lowercase=True) or "")
    assert advise(edged, tokenizer="words") is None and advise(edged, tokenizer=str.split) is None
    capital = ["The", "Kiwi", "egg", "the"]
    assert advise(capital) == (
        "50 % of the words have capitals, such as 'The'; "
        "tokenizer='words' and lowercase=True would make one word of each word's forms"
    )
    assert "; lowercase=True would" in (advise(capital, tokenizer="words") or "")
    assert advise(capital, lowercase=True) is None
    both = advise(["The", "kiwi,", "Egg."]) or ""
    assert (
        "67 % of the words begin or end in punctuation, such as 'kiwi,', and 67 % have capitals, such as 'The'" in both
    )


@pytest.mark.parametrize(
    "words",
    [
        [],
        [",", ".", "--", "(", "1,000", "..."],
        TOKENS.split(),
        ["नमस्ते", "ज़्", "naïve", "ё", "東京"],
        ["U.S", "don't", "well-known", "e.g", "a_b"],
        ["Kiwi", "egg", "the", "bird", "<unk>", "</s>", "a", "b", "c"],
    ],
)
def test_no_advice_where_there_is_no_reason(words: list[str]) -> None:
    assert advise(words) is None


def test_it_is_said_once_at_the_end_of_counting(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "book.txt"
    path.write_text(BOOK)

    def said() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        caplog.clear()
        return found

    for count in (build_vocabulary, build_language_vocabulary):
        count(path, min_count=1, workers=2)
        (message,) = said()
        assert message.startswith(f"TextCorpus({path!r}, lowercase=False")
        assert "begin or end in punctuation, such as" in message and "tokenizer='words' and lowercase=True" in message
        count(raw_text(path, "en", lowercase=False, tokenizer="whitespace"), min_count=1)
        assert ["begin or end in punctuation" in message for message in said()] == [True]
        count(TextCorpus(path, lowercase=True, tokenizer="words"), min_count=1)
        count([line.split() for line in BOOK.splitlines()], min_count=1)  # lists are taken as they are
        assert said() == []
    plain = tmp_path / "plain.txt"
    plain.write_text(TOKENS * 2)
    build_vocabulary(plain, min_count=1)
    assert said() == []
    build_parallel_vocabulary(ParallelCorpus((path, plain)).reversed(), min_count=1)
    assert [message.partition(",")[0] for message in said()] == [f"TextCorpus({path!r}"]


def test_it_costs_next_to_nothing() -> None:
    words = [f"word{i}," for i in range(300_000)]
    vocabulary = Vocabulary(words, [1] * len(words))
    start = time.perf_counter()
    assert vocabulary_advice(vocabulary.words, False, "whitespace") is not None
    assert time.perf_counter() - start < 0.5
