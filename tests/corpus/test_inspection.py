"""What a text looks like, and the signs that something is wrong with it."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from densevec import Aviary
from densevec.corpus.concordance import concordance
from densevec.corpus.inspection import inspect_text
from densevec.corpus.raw import raw_text
from densevec.corpus.text import TextCorpus
from densevec.corpus.vocabulary import build_vocabulary
from densevec.errors import CorpusError, ParameterError

SENTENCES = list(Aviary(400, seed=2))


def test_the_figures() -> None:
    report = inspect_text(TextCorpus(SENTENCES), min_count=4, show=3, topn=4)
    counts = Counter(word for words in SENTENCES for word in words)
    assert report.first == SENTENCES[:3] and report.sentences == 400
    assert (report.tokens, report.types) == (counts.total(), len(counts))
    kept = [word for word, count in counts.items() if count >= 4]
    assert report.kept == len(kept)
    assert report.outside == pytest.approx(1 - sum(counts[word] for word in kept) / counts.total())
    assert report.longest == max(map(len, SENTENCES)) == len(SENTENCES[report.longest_number - 1])
    assert not report.longest_is_cut
    assert [count for _, count in report.frequent] == [count for _, count in counts.most_common(4)]
    assert report.problems == []


def test_an_empty_text() -> None:
    report = inspect_text(TextCorpus([]))
    assert (report.sentences, report.tokens, report.outside, report.first) == (0, 0, 0.0, [])
    assert report.problems == ["train will stop at this: the text is empty, it has no tokens"]


def test_a_text_of_rare_words() -> None:
    """Said as training says it, and only where it says it."""
    text = TextCorpus([["a", "kiwi"], ["a", "plum"]])
    assert inspect_text(text, min_count=2).problems == []
    with pytest.raises(CorpusError) as refused:
        build_vocabulary(text, min_count=3)
    assert inspect_text(text, min_count=3).problems == [f"train will stop at this: {refused.value}"]


@pytest.mark.parametrize(
    ("sentences", "options", "sign"),
    [
        ([["caf\ufffd", "is"]], {}, "lost (U+FFFD), such as 'caf\ufffd'"),
        ([["CafÃ©".lower().replace("ã", "Ã"), "is"]], {}, "look like UTF-8 that was once read as Windows-1252"),
        ([["donâ€™t", "go"]], {}, "such as 'donâ€™t'"),
        ([["The", "Kiwi", "Sleeps"]], {"min_count": 1}, "lowercase=True"),
        ([["kiwi,", "plum."]], {"min_count": 1}, "tokenizer='words'"),
        ([["caf\u00e9", "cafe\u0301"]], {}, "two normal forms, such as 'cafe\u0301'; --normalize NFC"),
        ([["kiwi"] * 600], {}, "sentence 1 has 600 tokens; if it is several sentences, give each a line"),
        (
            [["kiwi"] * 600],
            {"lines": ["the kiwi sleeps " * 200], "language": "en"},
            "sentence 1 has 600 tokens; if it is several sentences, give each a line of its own",
        ),
        (
            [["kiwi"] * 600],
            {"lines": ["the kiwi sleeps. " * 200], "language": "en"},
            "sentence 1 has 600 tokens; if line ends are missing, --sentences en cuts it into sentences",
        ),
        (
            [["鳥"] * 600],
            {"lines": ["鳥は飛ぶ。" * 600], "language": "ja"},
            "sentence 1 has 600 tokens; if line ends are missing, --sentences ja cuts it into sentences",
        ),
        (
            [["kiwi"] * 10_001],
            {},
            "sentence 1 has 10,000 tokens, to which max_sentence_length=10000 cut it; if it is several sentences",
        ),
        (
            [["a", "kiwi", "fell", "down"]] * 9,
            {},
            "89 % of the sentences were there before, such as 'a kiwi fell down'",
        ),
        ([["kiwi"] * 20, ["киви"]], {}, "5 % of the words are Cyrillic, such as 'киви', and most are Latin"),
        (
            [["kiwi"]],
            {"lines": ["The kiwi laid", "an egg in the", "nest. It left.", "Good."]},
            "50 % of the lines go on",
        ),
        (
            [["kiwi"]],
            {"lines": ["The kiwi laid an egg. It left."] * 3 + ["Good."], "language": "en"},
            "75 % of the lines have several sentences, such as 'The kiwi laid an egg. It left.', and a line is read as "
            "one; --sentences en cuts them",
        ),
        ([["kiwi"]], {"lines": ["*** START OF THE PROJECT GUTENBERG EBOOK", "x."]}, "licence of Project Gutenberg"),
        ([["kiwi"]], {"lines": ["***START OF THE PROJECT GUTENBERG EBOOK X***"] * 2}, "around 2 of the texts"),
        ([["kiwi"]], {"complaints": ["it is odd"]}, "it is odd"),
    ],
)
def test_signs(sentences: list[list[str]], options: dict[str, Any], sign: str) -> None:
    tokenizer = "words" if options.get("language") == "ja" else "whitespace"
    problems = inspect_text(TextCorpus(sentences, tokenizer=tokenizer), **options).problems
    assert sum(sign in problem for problem in problems) == 1, problems


def test_a_long_sentence_of_raw_text_whose_lines_are_joined(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("the kiwi sleeps\n" * 200)
    (problem,) = inspect_text(raw_text(tmp_path / "text", "en"), min_count=1).problems
    assert problem == (
        "sentence 1 has 600 tokens; if it is several sentences, end them by full stops or blank lines, or leave "
        "--sentences out where each has a line of its own"
    )


@pytest.mark.parametrize(
    ("sentences", "lines"),
    [
        ([["naïve", "café", "señor", "straße"]], []),
        ([["Ã"], ["â"]], []),
        ([["caf\u00e9"]], []),
        ([["東京", "は", "ひらがな", "カタカナ"]], []),
        ([["kiwi"]], ["the kiwi laid an egg", "it left", "they stayed at 3. p. m."]),
        ([["kiwi"]], ["The kiwi laid an egg.", "It left", "They stayed!", ""]),
        ([["a", "kiwi"]] * 9, []),  # short ones come again anywhere
    ],
)
def test_no_false_alarms(sentences: list[list[str]], lines: list[str]) -> None:
    problems = inspect_text(TextCorpus(sentences, lowercase=True), lines, min_count=1).problems
    assert not [problem for problem in problems if "two languages" not in problem]


@pytest.mark.parametrize(("min_count", "has_advice"), [(1, False), (2, True), (3, False), (4, False)])
def test_advice_about_words_is_that_of_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, min_count: int, has_advice: bool
) -> None:
    """Of the words that are kept."""
    path = tmp_path / "text.txt"
    path.write_text("the kiwi kiwi, the kiwi kiwi, the kiwi\n" + " ".join(f"a{chr(97 + n)}" for n in range(20)))
    text = TextCorpus(path)
    problems = inspect_text(text, min_count=min_count).problems
    with contextlib.suppress(CorpusError):
        build_vocabulary(text, min_count=min_count)
    assert [each for each in problems if "punctuation" in each] == [
        record.args[1] for record in caplog.records if "punctuation" in record.getMessage()
    ]
    assert has_advice == any("'kiwi,'" in each for each in problems)


def test_a_concordance() -> None:
    found = list(concordance(SENTENCES, ["the"]))
    assert len(found) == sum(words.count("the") for words in SENTENCES)
    for line in found:
        assert [*line.before, *line.words, *line.after] == SENTENCES[line.sentence - 1]
    twice = list(concordance([["a", "a", "a"], ["b"]], ["a", "a"]))
    assert [(line.sentence, line.before, line.after) for line in twice] == [(1, [], ["a"]), (1, ["a"], [])]
    with pytest.raises(ParameterError, match="at least one word to look for"):
        concordance(SENTENCES, [])
