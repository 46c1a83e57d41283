"""From a line of text to its words.

**"whitespace"** gives what stands between blanks (see ``_text_rules``).

**"words"** gives words by the rules of Unicode's annex on text segmentation (UAX 29, "Word Boundary Rules"), without
what stands between them, and with the differences stated below.  A word begins with a letter or a number, and goes on

- with letters and numbers (rules WB5, WB8 to WB10), kana (WB13) and whatever *extends* the character before: marks,
  zero-width joiners and non-joiners, soft hyphens and other format characters, modifiers of emoji (WB4).  The
  zero-width space U+200B, which parts words in scripts without spaces, ends it;
- over an apostrophe (' U+2018 U+2019 U+FF07) that has a letter or number on both sides (WB6, WB7, WB11, WB12);
- over a middle dot, a hyphenation point, an Armenian abbreviation mark or a Hebrew gershayim (U+00B7 U+0387 U+2027
  U+055F U+05F4) between two letters (WB6, WB7), where letters are those of alphabets and syllabaries: no ideographs
  or kana, and none of Thai, Lao, Khmer, Burmese and the other scripts of South East Asia that are written without
  spaces;
- in Hebrew over an apostrophe even at the end of a word (WB7a) and over a quotation mark between two letters (WB7b,
  WB7c).

Characters that extend come between the parts of a rule as if they were not there.

Differences.  A word ends at ":", ".", ",", "_", their kinds of full width, and the narrow no-break space, which the
annex lets join letters or numbers: "e.g." is two words, and so is "3.14", as it is in most lists of words.  An
apostrophe may stand between a letter and a number.  Superscripts, fractions and numbers in circles belong to words.
A run of ideographs, kana or letters of a script without spaces is one word; the annex cuts at every ideograph and
leaves the others to a dictionary.

**A function** gets a line in which a carriage return, which is a blank, has become a space (see ``_text_rules``); what
else separates tokens is its own affair.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from densevec._cy.text import Tokens
from densevec._text_rules import returns_as_spaces, tokens_of
from densevec.errors import CorpusTypeError, DensevecError, ParameterError

Tokenizer = str | Callable[[str], list[str]]

NAMES = ("whitespace", "words")

# Classes of characters, as the kernel knows them (_cy/tokens.h)
OTHER, LETTER, HEBREW, CHARACTER, EXTEND, MIDDLE, APOSTROPHE, SINGLE_QUOTE, DOUBLE_QUOTE = range(9)

# Letters by UAX 29's list of exceptions: modifiers, Armenian signs that stand inside words, the Hebrew geresh.
_MORE_LETTERS = (
    (0x02C2, 0x02C5), (0x02D2, 0x02D7), (0x02DE, 0x02DF), (0x02E5, 0x02EB), (0x02ED, 0x02ED), (0x02EF, 0x02FF),
    (0x055A, 0x055C), (0x055E, 0x055E), (0x058A, 0x058A), (0x05F3, 0x05F3), (0x070F, 0x070F), (0x24B6, 0x24E9),
    (0xA708, 0xA716), (0xA720, 0xA721), (0xA789, 0xA78A), (0xAB5B, 0xAB5B), (0x1F130, 0x1F149), (0x1F150, 0x1F169),
    (0x1F170, 0x1F189),
)  # fmt: skip
# Numbers and kana by the same lists: signs before Arabic numbers, the Arabic decimal point, kana's voiced sound marks.
_MORE_CHARACTERS = (
    (0x0600, 0x0605), (0x066B, 0x066B), (0x06DD, 0x06DD), (0x0890, 0x0891), (0x08E2, 0x08E2), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x309B, 0x309C), (0x30A0, 0x30A0), (0x32D0, 0x32FE), (0x3300, 0x3357),
)  # fmt: skip
# Ideographs, kana, and the scripts of South East Asia that are written without spaces.
_NOT_OF_ALPHABETS = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19FF), (0x1A20, 0x1AAF), (0x3005, 0x3007),
    (0x3021, 0x3029), (0x3031, 0x3035), (0x3038, 0x303A), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF), (0xAA60, 0xAADF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x11700, 0x1174F),
    (0x16FE0, 0x18DFF), (0x1AFF0, 0x1B2FF), (0x20000, 0x3FFFF),
)  # fmt: skip
_MODIFIERS = (0x1F3FB, 0x1F3FF)  # of emoji: shades of skin
_SINGLE = {
    OTHER: "\u200b",
    EXTEND: "\u200c\u200d\uff9e\uff9f",
    MIDDLE: "\u00b7\u0387\u055f\u05f4\u2027",
    APOSTROPHE: "\u2018\u2019\uff07",
    SINGLE_QUOTE: "'",
    DOUBLE_QUOTE: '"',
}


@dataclass(frozen=True)
class LostTokenizer:
    """What stands for a function of which a file has kept the name: lists of tokens need none, and text is refused.

    >>> LostTokenizer("japanese.cut")("a kiwi")
    Traceback (most recent call last):
    densevec.errors.ParameterError: text must be lists of tokens, as from Python, got a string: the model's text was cut
    by a function, 'japanese.cut', which its file does not hold
    """

    name: str
    advice: str = field(default="", compare=False)

    def __call__(self, line: str) -> list[str]:
        raise ParameterError(
            "text must be lists of tokens, as from Python, got a string: the model's text was cut by a function, "
            f"{self.name!r}, which its file does not hold{self.advice}"
        )

    def __repr__(self) -> str:
        return repr(self.name)


def found_tokenizer(tokenizer: Tokenizer, advice: str = "") -> Tokenizer:
    """A tokenizer as it is, or what stands for a function of which there is no more than the name, as in a file.

    advice : what its error says can be done
    """
    if isinstance(tokenizer, str) and tokenizer not in NAMES and "." in tokenizer:
        return LostTokenizer(tokenizer, advice)
    return tokenizer


def tokenizer_name(tokenizer: Tokenizer) -> str:
    """The name to keep with a model: of a function, its module and qualified name."""
    if isinstance(tokenizer, LostTokenizer):
        return tokenizer.name
    if isinstance(tokenizer, str):
        return tokenizer
    name = getattr(tokenizer, "__qualname__", None) or type(tokenizer).__qualname__
    return f"{getattr(tokenizer, '__module__', None) or type(tokenizer).__module__}.{name}"


@lru_cache(maxsize=1)
def character_classes() -> np.ndarray:
    """One byte for each code point: its class for "words"."""
    of_category = {"L": LETTER, "Nl": LETTER, "N": CHARACTER, "M": EXTEND, "Cf": EXTEND}
    names = map(unicodedata.category, map(chr, range(0x110000)))
    kinds = (of_category.get(name) or of_category.get(name[0], OTHER) for name in names)
    found = np.fromiter(kinds, np.uint8, 0x110000)
    for first, last in _MORE_LETTERS:
        found[first : last + 1] = LETTER
    for first, last in _NOT_OF_ALPHABETS:
        part = found[first : last + 1]
        part[part == LETTER] = CHARACTER
    for first, last in _MORE_CHARACTERS:
        found[first : last + 1] = CHARACTER
    for first, last in ((0x0590, 0x05F2), (0xFB1D, 0xFB4F)):
        part = found[first : last + 1]
        part[part == LETTER] = HEBREW
    found[_MODIFIERS[0] : _MODIFIERS[1] + 1] = EXTEND
    for kind, characters in _SINGLE.items():
        found[[ord(character) for character in characters]] = kind
    return found


def split_words(line: str) -> list[str]:
    """Words by the rules that this module states.

    >>> split_words("Don't panic: it's 3.14, 'tis naïve")
    ["Don't", 'panic', "it's", '3', '14', 'tis', 'naïve']
    >>> split_words('col·legi צה"ל Donau\\u00addampf')
    ['col·legi', 'צה"ל', 'Donau\\xaddampf']
    """
    tokens = Tokens()
    tokens.load(line.encode("utf-8", "surrogatepass"), False, character_classes())
    return [word.decode() for words in tokens.words() for word in words]


def resolve_tokenizer(tokenizer: Tokenizer) -> Callable[[str], list[str]]:
    """The function behind a tokenizer's name, or the function itself, which never sees a carriage return."""
    if tokenizer == "whitespace":
        return tokens_of
    if tokenizer == "words":
        return split_words
    assert callable(tokenizer)
    function = tokenizer
    return lambda line: function(returns_as_spaces(line))


def tokenize(line: str, tokenizer: Tokenizer, place: str) -> list[str]:
    """What a tokenizer makes of a line; CorpusTypeError when that is no list of str; ``place`` names the line."""
    try:
        tokens: Any = resolve_tokenizer(tokenizer)(line)
    except DensevecError:
        raise
    except Exception as error:
        error.add_note(f"while the tokenizer was reading {place}")
        raise
    if not isinstance(tokens, list | tuple) or not all(isinstance(token, str) for token in tokens):
        raise CorpusTypeError(f"{place}: the tokenizer must return a list of str, got {tokens!r:.80}")
    return list(tokens)
