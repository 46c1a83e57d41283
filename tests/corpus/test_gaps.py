"""Sentences with a gap: one contract of the blank, one splitting, in every script."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace

import pytest

from densevec.corpus import TextCorpus
from densevec.corpus.gaps import (
    BLANK,
    as_gapped,
    as_known,
    check_choices,
    own_tokenizer,
    split_at_runs,
    split_punctuation,
)
from densevec.corpus.tokenizers import split_words
from densevec.errors import ParameterError, ParameterTypeError

SENTENCES = {  # each: words before the gap, the missing word, words after it
    "Hindi": (["नमस्ते"], "दुनिया", ["सुंदर", "है"]),
    "Tamil": (["வணக்கம்"], "உலகம்", ["அழகானது"]),
    "Bengali": (["আমি"], "বাংলায়", ["গান", "গাই"]),
    "Thai": (["สวัสดี"], "ชาวโลก", ["ครับ"]),
    "Burmese": (["မင်္ဂလာပါ"], "ကမ္ဘာ", ["လောက"]),
    "Khmer": (["សួស្តី"], "ពិភពលោក", ["ស្អាត"]),
    "pointed Hebrew": (["בְּרֵאשִׁית"], "בָּרָא", ["אֱלֹהִים"]),
    "decomposed": ([unicodedata.normalize("NFD", "l'été")], unicodedata.normalize("NFD", "brûlé"), ["là"]),
    "Persian": (["می\u200cخواهم"], "کتاب\u200cها", ["را"]),
    "no-break": (["il", "y", "a"], "10\u00a0000", ["habitants"]),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_words_of_every_script_hold_together(name: str) -> None:
    before, word, after = SENTENCES[name]
    text = " ".join([*before, BLANK, *after])
    assert as_gapped(text) == (before, after)
    known = {*before, word, *after}
    cut = as_known(own_tokenizer(None), known.__contains__)
    assert as_gapped(f"{text}.", cut)[1] in (after, [*after, "."])
    assert cut(word) == [word]
    assert cut(f"{word}, {after[0]}!") == [word, ",", after[0], "!"]
    strange = as_known(own_tokenizer(None), {"nothing"}.__contains__)
    assert strange(text) == text.split(" ")  # unknown words stay what they are


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("the _____ sang", (["the"], ["sang"])),
        ("the __ sang", (["the"], ["sang"])),
        ("We got off, _____.", (["We", "got", "off,"], ["."])),
        ("_____", ([], [])),
        ("snake__case _____ b", (["snake__case"], ["b"])),
        (["the", None, "sang"], (["the"], ["sang"])),
        (("the", BLANK), (["the"], [])),
        (["a__b", BLANK], (["a__b"], [])),
    ],
)
def test_the_blank(sentence, parts) -> None:
    assert as_gapped(sentence) == parts


@pytest.mark.parametrize("sentence", ["no gap", "_____ _____", "a __ b ___", [], ["a"], [None, BLANK], ["a_____"]])
def test_there_is_exactly_one_blank(sentence) -> None:
    with pytest.raises(ParameterError, match=r"^sentence must have one gap '_____', got [02]"):
        as_gapped(sentence)


@pytest.mark.parametrize("sentence", [["_____", 3], 7, None])
def test_what_is_no_sentence(sentence) -> None:
    with pytest.raises(ParameterTypeError, match=r"^sentence(, token 2)? is of type .* must be a list of words"):
        as_gapped(sentence)


def test_runs_of_underscores() -> None:
    assert split_at_runs("a_b") == ["a_b"]
    assert split_at_runs("__ ___") == ["", " ", ""]
    assert split_at_runs("a ______ b") == ["a ", " b"]


def test_choices_are_cut_as_the_sentence_is() -> None:
    assert check_choices(["Don't", "go-on"], lambda text: split_words(text.lower())) == [["don't"], ["go", "on"]]
    assert check_choices(["10\u00a0000", "a b"]) == [["10\u00a0000"], ["a", "b"]]
    with pytest.raises(ParameterError, match="got '!!', in which the tokenizer finds none"):
        check_choices(["a", "!!"], split_words)


def test_the_tokenizer_of_a_model_and_of_vectors() -> None:
    text = "Don't Panic, 10\u00a0000!"
    for reader in (
        SimpleNamespace(lowercase=True, tokenizer="words"),
        SimpleNamespace(parameters={"lowercase": True, "tokenizer": "words", "dim": 3}),
        SimpleNamespace(models=[SimpleNamespace(lowercase=True, tokenizer="words")]),
    ):
        assert own_tokenizer(reader)(text) == ["don't", "panic", "10", "000"]
    assert own_tokenizer(object())(text) == ["Don't", "Panic,", "10\u00a0000!"]
    assert own_tokenizer(SimpleNamespace(tokenizer=str.split))(text) == text.split()
    cut = own_tokenizer(SimpleNamespace(parameters={"tokenizer": "mine.cut"}))
    with pytest.raises(ParameterError, match=r"must be lists of tokens.*'mine.cut'"):
        cut(text)


def test_raw_text_is_cut_where_its_words_are_known() -> None:
    known = {"the", "Mr", "mr", ".", ",", "sitting", "-", "room's", "co-op", "30,000", "Kiwi"}
    cut = as_known(TextCorpus([]).tokenize, known.__contains__)
    assert cut("The sitting-room’s co-op, Mr. X 30,000; kiwi, Co-op") == [
        *("the", "sitting", "-", "room's", "co-op", ",", "Mr", ".", "X", "30,000", ";", "kiwi", ",", "co-op")
    ]
    assert as_known(TextCorpus([]).tokenize, known.__contains__, lowercase=False)("The Mr kiwi") == [
        "The",
        "Mr",
        "kiwi",
    ]


def test_punctuation_of_every_script_is_cut_but_not_within_words() -> None:
    assert split_punctuation("«l'été»") == ["«", "l'été", "»"]
    assert split_punctuation("'tis") == ["'", "tis"]
    assert split_punctuation("dogs'") == ["dogs", "'"]
    assert split_punctuation("है।") == ["है", "।"]
    assert split_punctuation("צה״ל") == ["צה״ל"]
    assert split_punctuation("a_b") == ["a", "_", "b"]
    assert split_punctuation("...") == [".", ".", "."]
