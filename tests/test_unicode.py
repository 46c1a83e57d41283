"""Normal forms, and why strings that look alike are not the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._unicode import NORMAL_FORMS, columns_of, explain_difference, folding, padded

texts = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("aAéÉJ\u030c\u0301ΑΣσİ℡ ﬁ")))


@given(texts, st.sampled_from((None, *NORMAL_FORMS)), st.booleans())
def test_folded_text_is_lower_and_normal_and_stays_so(text: str, form: str | None, lowercase: bool) -> None:
    fold = folding(form, lowercase)
    if fold is None:
        assert form is None and not lowercase
        return
    found = fold(text)
    assert form is None or unicodedata.is_normalized(form, found)
    assert not lowercase or found == found.lower()
    assert fold(found) == found


@given(texts, st.sampled_from(NORMAL_FORMS), st.booleans())
def test_forms_of_the_same_text_fold_to_the_same(text: str, form: str, lowercase: bool) -> None:
    fold = folding(form, lowercase)
    assert fold is not None
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("café", "cafe\u0301", "the first is composed and the second decomposed; ask for 'cafe\\u0301'"),
        (
            "a\u0323\u0301",
            "a\u0301\u0323",
            "the first is decomposed and the second partly composed; ask for 'a\\u0301\\u0323'",
        ),
        ("10\u00a0000", "10 000", "the first has U+00A0 NO-BREAK SPACE where the second has U+0020 SPACE"),
        ("می‌خواهم", "میخواهم", "the first has U+200C ZERO WIDTH NON-JOINER, which is not seen"),
        ("kiwi", "ki\u00adwi", "the second has U+00AD SOFT HYPHEN, which is not seen"),
        ("❤", "❤\ufe0f", "the second has U+FE0F VARIATION SELECTOR-16, which is not seen"),
        ("kiwi", "kіwi", "where the second has U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I"),
        ("ﬁn", "fin", "they are compatibility forms of the same characters; ask for 'fin'"),
        ("Kiwi", "kiwi", "they differ in capitals; ask for 'kiwi'"),
        ("Cafe\u0301\u200d", "café", "they look alike but are 'Cafe\\u0301\\u200d' and 'caf\\xe9'"),
    ],
)
def test_the_reason_is_said(one: str, other: str, why: str) -> None:
    assert why in (explain_difference(one, other) or "")
    assert explain_difference(other, one) is not None


@pytest.mark.parametrize(("one", "other"), [("kiwi", "kiwi"), ("kiwi", "kea"), ("", "a"), ("naïve", "naive")])
def test_no_reason_for_strings_that_do_not_look_alike(one: str, other: str) -> None:
    assert explain_difference(one, other) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("kiwi", 4),
        ("हिन्दी", 5),  # two of its marks stand beside letters
        ("ที่นี่", 2),
        ("שָׁלוֹם", 4),
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab한", 4),
        ("a\u00adb\u200b", 2),
        ("a\u20dd", 1),
        ("鳥Ａｱ", 5),
    ],
)
def test_columns_of_a_terminal(text: str, number: int) -> None:
    assert columns_of(text) == number
    assert padded(text, 9) == text + " " * (9 - number) and padded(text, 9, is_right=True) == " " * (9 - number) + text
