"""Unicode normal forms, why two strings that look alike are not the same, and how wide a text is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_LONGEST = 1000  # characters of strings that are compared: a message must not cost seconds

_TWINS = dict(
    zip(
        "аеорсухіјѕһԁԛԝАВЕЅІЈКМНОРСТХУӀΑΒΕΖΗΙΚΜΝΟΡΤΥΧονı",
        "aeopcyxijshdqwABESIJKMHOPCTXYIABEZHIKMNOPTYXovi",
        strict=True,
    )
)  # letters of Cyrillic, Greek and Turkish that are drawn as Latin ones


def folding(normalize: str | None, lowercase: bool) -> Callable[[str], str] | None:
    """What is done to text before it is cut into tokens, None when nothing is.

    Text is brought into the normal form ``normalize``, then lowered by ``str.lower``, then brought into the form once
    more, because lowering can leave it (J with a caron has no composed capital, but a composed small letter) and
    because a compatibility form can bring capitals.  Doing it all again changes nothing.

    >>> folding("NFC", True)("J\\u030c") == "\\u01f0", folding("NFKC", True)("\\u2121"), folding(None, False)
    (True, 'tel', None)
    """
    if normalize is None:
        return str.lower if lowercase else None

    form: Any = normalize

    def fold(text: str) -> str:
        text = unicodedata.normalize(form, text)  # gives text back that is normalised already
        return unicodedata.normalize(form, text.lower()) if lowercase else text

    return fold


def folds_in(parameters: Mapping[str, Any]) -> tuple[str | None, bool]:
    """What was done to the text that vectors are of, as their parameters say: its form, and whether it was lowered."""
    form = parameters.get("normalize")
    return form if form in NORMAL_FORMS else None, parameters.get("lowercase") is True


def columns_of(text: str) -> int:
    """How many columns a text takes on a terminal: ideographs and the like two, marks and format characters none.

    Nor do the vowels and finals of Hangul that is written in parts: they are drawn into their syllable.

    >>> columns_of("kiwi"), columns_of("鳥は"), columns_of("cafe\\u0301"), columns_of("\\u1112\\u1161\\u11ab")
    (4, 4, 4, 2)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    is_drawn_into = "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7fb"
    if is_drawn_into or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, width: int, *, is_right: bool = False) -> str:
    """A text with blanks behind it, or before it if it stands at the right, up to so many columns."""
    blanks = " " * (width - columns_of(text))
    return blanks + text if is_right else text + blanks


def explain_difference(one: str, other: str) -> str | None:
    """Why two different strings look alike, and to ask for the other, as the end of a sentence; None when they do not.

    Nobody reads more than a thousand characters as one word: such strings are not compared.

    >>> explain_difference("cafe\\u0301", "caf\\u00e9")
    "the first is decomposed and the second composed; ask for 'caf\\\\xe9'"
    >>> explain_difference("10\\u00a0km", "10 km")
    "the first has U+00A0 NO-BREAK SPACE where the second has U+0020 SPACE; ask for '10 km'"
    >>> explain_difference("zero\\u200bwidth", "zerowidth")
    "the first has U+200B ZERO WIDTH SPACE, which is not seen; ask for 'zerowidth'"
    >>> explain_difference("kiwi", "emu") is None
    True
    """
    if one == other or max(len(one), len(other)) > _LONGEST:
        return None
    nfc, other_nfc = (unicodedata.normalize("NFC", text) for text in (one, other))
    if nfc != other_nfc and nfc.lower() == other_nfc.lower():
        return f"they differ in capitals; ask for {other!r}"
    reason = _explain_forms(one, other) if nfc == other_nfc else _explain_likeness(one, other)
    return None if reason is None else f"{reason}; ask for {other!a}"


def _explain_likeness(one: str, other: str) -> str | None:
    for is_alike, explain in _KINDS:
        if is_alike(one) == is_alike(other):
            return explain(one, other)
    if _skeleton(one) == _skeleton(other):  # several of these at once
        return f"they look alike but are {one!a} and {other!a}"
    return None


def _explain_forms(one: str, other: str) -> str:
    names = [_form_of(text) for text in (one, other)]
    if names[0] == names[1]:
        names = ["of one order of marks", "of another"]
    return f"the first is {names[0]} and the second {names[1]}"


def _form_of(text: str) -> str:
    if unicodedata.is_normalized("NFC", text):
        return "composed"
    return "decomposed" if unicodedata.is_normalized("NFD", text) else "partly composed"


def _is_invisible(character: str) -> bool:
    """Format characters (joiners, soft hyphens, marks of direction) and variation selectors."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f" or character == "\u034f"


def _visible(text: str) -> str:
    return "".join(character for character in text if not _is_invisible(character))


def _with_plain_spaces(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in text)


def _with_plain_letters(text: str) -> str:
    return "".join(_TWINS.get(character, character) for character in text)


def _skeleton(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _with_plain_letters(_with_plain_spaces(_visible(text))))
    return unicodedata.normalize("NFC", plain.casefold())


def _explain_invisible(one: str, other: str) -> str:
    found = [[c for c in text if _is_invisible(c)] for text in (one, other)]
    which = 0 if len(found[0]) >= len(found[1]) else 1
    unseen = next((c for c in found[which] if c not in found[1 - which]), found[which][0])
    return f"the {('first', 'second')[which]} has {_name(unseen)}, which is not seen"


def _explain_substitution(one: str, other: str) -> str:
    first, second = next((a, b) for a, b in zip(one, other, strict=True) if a != b)
    return f"the first has {_name(first)} where the second has {_name(second)}"


def _name(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def _explain_compatibility(one: str, other: str) -> str:
    return "they are compatibility forms of the same characters"


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


_KINDS: tuple[tuple[Callable[[str], str], Callable[[str, str], str]], ...] = (
    (_visible, _explain_invisible),
    (_with_plain_spaces, _explain_substitution),
    (_with_plain_letters, _explain_substitution),
    (_compatible, _explain_compatibility),
)
