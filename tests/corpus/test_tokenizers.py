"""The tokenizer "words": the rules of UAX 29 case by case, and the kernel against them one by one on any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from densevec._cy.text import Tokens
from densevec.corpus import tokenizers
from densevec.corpus.tokenizers import character_classes, split_words

from . import plain

characters = st.sampled_from(
    "aZ09é \t\v\f\r'’‘\"·.:,_-!\u0301\u200d\u200c\u200b\u00ad\ufe0f\u2060\u0600צהש״׳中あアกခ٣٫🏽❤"
)
texts = st.one_of(
    st.text(characters, max_size=60),
    st.text(st.characters(exclude_characters="\0\n", exclude_categories=("Cs",)), max_size=60),
)


@given(texts)
@example("צ'\u0301a")
@example("a\u0301'\u0301\u0301'a")
@example('צ"\'"ה')
def test_any_text(text: str) -> None:
    assert split_words(text) == plain.words(text)


@given(st.lists(texts, max_size=4))
def test_lines_of_the_kernel(lines: list[str]) -> None:
    tokens = Tokens()
    tokens.load("\n".join(lines).encode(), False, character_classes())
    expected = [plain.words(line) for line in lines] or [[]]
    assert [[word.decode() for word in line] for line in tokens.words()] == expected


# ÷ where a word ends and what is no word is left out, × where the rules of the annex forbid a cut
CASES = {
    "WB3 lines": ("a\r\nb", ["a", "b"]),
    "WB3d white space": ("a  b\u3000c\u00a0d\u2028e\u0085f", ["a", "b", "c", "d", "e", "f"]),
    "WB4 a mark": ("a\u0308b", ["a\u0308b"]),
    "WB4 a joiner": ("می\u200cخواهم ක්\u200dෂ", ["می\u200cخواهم", "ක්\u200dෂ"]),
    "WB4 a soft hyphen": ("Donau\u00addampf", ["Donau\u00addampf"]),
    "WB4 at the end of a word": ("a\u0301\u200d b\u00ad", ["a\u0301\u200d", "b\u00ad"]),
    "WB4 nothing to extend": ("\u0301a \u200db ❤\ufe0f", ["a", "b"]),
    "WB4 a modifier of emoji is no word": ("👍\U0001f3fd", []),
    "a zero-width space parts words": ("ក\u200bខ", ["ក", "ខ"]),
    "WB5 letters of two scripts": ("aя", ["aя"]),
    "WB6 WB7 apostrophes": ("can't can’t Hawai‘i", ["can't", "can’t", "Hawai‘i"]),
    "WB6 WB7 the middle dot": ("col·legi", ["col·legi"]),
    "WB6 WB7 Greek and Armenian signs": ("α\u0387β ա\u055fբ", ["α\u0387β", "ա\u055fբ"]),
    "WB6 WB7 the hyphenation point": ("a\u2027b", ["a\u2027b"]),
    "WB6 WB7 with marks between": ("e\u0301\u00b7\u200de", ["e\u0301\u00b7\u200de"]),
    "WB6 WB7 twice": ("a''b a··b", ["a", "b", "a", "b"]),
    "WB6 WB7 at an end": ("'a' ·b·", ["a", "b"]),
    "WB6 WB7 not between numbers": ("3·4", ["3", "4"]),
    "WB6 WB7 not between ideographs": ("列·达 ア·ア ก·ก", ["列", "达", "ア", "ア", "ก", "ก"]),
    "WB7a geresh": ("ג' ג׳ צ'ק", ["ג'", "ג׳", "צ'ק"]),
    "WB7a with a point": ("גּ'\u05bc b", ["גּ'\u05bc", "b"]),
    "WB7b WB7c gershayim": ('צה"ל צה״ל', ['צה"ל', "צה״ל"]),
    "WB7b WB7c not at an end": ('"צה" a"b', ["צה", "a", "b"]),
    "WB8 WB9 WB10 letters and numbers": ("3a a3 35", ["3a", "a3", "35"]),
    "WB11 WB12 apostrophes in numbers": ("1'000", ["1'000"]),
    "WB13 kana": ("アー゛ア", ["アー゛ア"]),
    "Armenian signs inside words": ("ի\u055eնչ", ["ի\u055eնչ"]),
    "an Arabic decimal point": ("٣٫١٤", ["٣٫١٤"]),
    "no full stop, colon, comma or line": ("e.g. a:b 3,5 a_b ａ．ｂ", [*"egab35ab", "ａ", "ｂ"]),
    "runs without spaces": ("東京都に ภาษาไทย", ["東京都に", "ภาษาไทย"]),
    "superscripts, fractions": ("m² ½", ["m²", "½"]),
    "Indic, Burmese, Khmer": ("नमस्ते မြန်မာ ខ្មែរ", ["नमस्ते", "မြန်မာ", "ខ្មែរ"]),
    "pointed Hebrew": ("שָׁלוֹם", ["שָׁלוֹם"]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_the_rules(text: str, expected: list[str]) -> None:
    assert split_words(text) == expected == [word for line in text.split("\n") for word in plain.words(line)]


def test_plain_english_is_cut_at_all_but_letters_numbers_and_inner_apostrophes() -> None:
    text = "It's 3.14, 'tis the \"O'Neil\" -- a well-known e.g. (case_of) rock'n'roll; 5'4 #tag a@b.org 100%!"
    assert split_words(text) == [
        "It's", "3", "14", "tis", "the", "O'Neil", "a", "well", "known", "e", "g", "case", "of", "rock'n'roll",
        "5'4", "tag", "a", "b", "org", "100",
    ]  # fmt: skip


def test_a_form_of_unicode_does_not_change_where_words_end() -> None:
    text = "Ελλάδα naïve Ấn Độ कि שלום ёлка"
    composed = split_words(unicodedata.normalize("NFC", text))
    decomposed = split_words(unicodedata.normalize("NFD", text))
    assert [unicodedata.normalize("NFC", word) for word in decomposed] == composed == text.split()


def test_every_letter_and_number_begins_a_word() -> None:
    classes = character_classes()
    words = {tokenizers.LETTER, tokenizers.HEBREW, tokenizers.CHARACTER}
    halves = {0xFF9E, 0xFF9F}  # halfwidth sound marks, which extend kana
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category[0] in "LN" and code not in halves:
            assert classes[code] in words, hex(code)
        elif category[0] == "M":
            assert classes[code] == tokenizers.EXTEND, hex(code)
        elif category[0] in "Z" or category == "Cc":
            assert classes[code] == tokenizers.OTHER, hex(code)
