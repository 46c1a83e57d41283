"""Sentences with a gap: one contract of every model and of vectors for what the blank is and how text is cut.

A sentence is a list of tokens, in which None or ``BLANK`` stands where a word is missing, or a string.  In a string the
blank is ``BLANK``, or, where that is not there, any other run of two or more underscores; what stands before and after
it is cut into tokens by the tokenizer and in the case of the model that is asked.  There is exactly one blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from densevec._text_rules import tokens_of
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import NAMES
from densevec.errors import ParameterError, ParameterTypeError

BLANK = "_____"
Ranking = list[tuple[str, float]]
Gapped = Sequence[str | None] | str
Tokenize = Callable[[str], list[str]]

_RUN = re.compile("_{2,}")
_WITHIN_WORDS = "'\u2019\u05f3\u05f4\u00b7"  # apostrophes, geresh, gershayim, middle dot


def as_gapped(sentence: Gapped, tokenize: Tokenize = tokens_of) -> tuple[list[str], list[str]]:
    """The tokens before and after the gap of a sentence; a string is cut by ``tokenize``.

    Errors: ParameterError unless there is exactly one blank, ParameterTypeError for what is no sentence.

    >>> as_gapped("The kiwi _____, says he.", lambda text: text.lower().split())
    (['the', 'kiwi'], [',', 'says', 'he.'])
    >>> as_gapped(["the", None, "sleeps"])
    (['the'], ['sleeps'])
    """
    if isinstance(sentence, str):
        parts = split_at_runs(sentence)
        _check_one(len(parts) - 1, sentence)
        return tokenize(parts[0]), tokenize(parts[1])
    try:
        tokens = list(sentence)
    except TypeError:
        raise ParameterTypeError(f"sentence must be a list of words or a string, got {sentence!r:.80}") from None
    places = [place for place, token in enumerate(tokens) if token is None or token == BLANK]
    _check_one(len(places), " ".join(map(str, tokens)))
    before, after = tokens[: places[0]], tokens[places[0] + 1 :]
    words = [token for token in (*before, *after) if isinstance(token, str)]
    if len(words) != len(tokens) - 1:
        raise ParameterTypeError(f"sentence must be a sequence of words (str), got {tokens!r:.80}")
    return words[: len(before)], words[len(before) :]


def split_at_runs(text: str) -> list[str]:
    """What stands between the blanks of a string.

    >>> split_at_runs("a _____ with snake__case"), split_at_runs("a ___.")
    (['a ', ' with snake__case'], ['a ', '.'])
    """
    runs = [found.span() for found in _RUN.finditer(text)]
    runs = [(start, end) for start, end in runs if end - start == len(BLANK)] or runs
    edges = [0, *(edge for run in runs for edge in run), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _check_one(number: int, sentence: str) -> None:
    if number != 1:
        raise ParameterError(f"sentence must have one gap {BLANK!r}, got {number} in {sentence!r:.80}")


def check_choices(choices: Sequence[str], tokenize: Tokenize = tokens_of) -> list[list[str]]:
    """The tokens of every choice; "country-dance" may be several.

    Errors: ParameterTypeError for what is no list of strings, ParameterError for a choice without a token.
    """
    if isinstance(choices, str) or not len(choices) or not all(isinstance(c, str) and tokens_of(c) for c in choices):
        raise ParameterTypeError(f"choices must be a list of at least one word, got {choices!r:.80}")
    cut = [tokenize(choice) for choice in choices]
    for choice, tokens in zip(choices, cut, strict=True):
        if not tokens:
            raise ParameterError(f"choices must be words, got {choice!r:.80}, in which the tokenizer finds none")
    return cut


def as_question(
    sentence: Gapped, choices: Sequence[str], tokenize: Tokenize
) -> tuple[list[str], list[str], list[list[str]]]:
    """The tokens before the gap, those after it and those of each choice, which are cut as the sentence is.

    Errors: as of ``as_gapped`` and ``check_choices``.

    >>> as_question("The ___ sleeps", ["Kiwi"], lambda text: text.lower().split())
    (['the'], ['sleeps'], [['kiwi']])
    """
    before, after = as_gapped(sentence, tokenize)
    return before, after, check_choices(choices, tokenize if isinstance(sentence, str) else tokens_of)


def ranked(choices: Sequence[str], scores: Sequence[float]) -> Ranking:
    """(choice, score) from the best to the worst; equals in the order given."""
    order = sorted(range(len(choices)), key=lambda place: -scores[place])
    return [(choices[place], float(scores[place])) for place in order]


def own_tokenizer(reader: Any) -> Tokenize:
    """How a model cuts text, its ``lowercase``, ``tokenizer`` and ``normalize``; of vectors, the model's they are from.

    What says nothing of it cuts at blanks.
    Errors: ParameterError where only the name of a function is known, as of vectors that were loaded.
    """
    first = getattr(reader, "models", None)  # of a mixture
    if isinstance(first, Sequence) and len(first):
        return own_tokenizer(first[0])
    if callable(reading := getattr(reader, "reading", None)):  # of a model
        return own_tokenizer(SimpleNamespace(**reading()))
    parameters = getattr(reader, "parameters", None)
    given = dict(parameters) if isinstance(parameters, Mapping) else {}
    names = ("lowercase", "tokenizer", "normalize")
    rules = {name: given[name] for name in names if given.get(name) is not None}
    rules |= {name: getattr(reader, name) for name in names if getattr(reader, name, None) is not None}
    tokenizer = rules.get("tokenizer", NAMES[0])
    if isinstance(tokenizer, str) and tokenizer not in NAMES:
        raise ParameterError(
            f"sentence must be a list of tokens, as from Python, got a string: the model's text was cut by a function, "
            f"{tokenizer!r}, which its file does not hold"
        )
    return TextCorpus([], **rules).tokenize


# -- raw text for models whose words were cut by somebody else --


def as_known(tokenize: Tokenize, is_known: Callable[[str], bool], lowercase: bool = True) -> Tokenize:
    """A tokenizer for raw text that keeps to the words a model knows.

    Many models learned from text that was cut, and lowered, before they saw it: what they say of their own tokenizer
    ("whitespace") does not tell how.  Their words do.  A token that is known stays; else it is put in lower case, if
    that is known (and ``lowercase``); else it is cut where its punctuation begins and ends, if one of the pieces is
    known.  Anything else stays as it is, whatever its script.

    >>> cut = as_known(str.split, {"the", "kiwi", "room's", ","}.__contains__)
    >>> cut("The kiwi, the sitting-room's, 3.14")
    ['the', 'kiwi', ',', 'the', 'sitting', '-', "room's", ',', '3.14']
    """

    def spelled(token: str) -> str | None:
        spellings = [token, token.replace("\u2019", "'")]
        if lowercase:
            spellings += [spelling.lower() for spelling in spellings]
        return next((spelling for spelling in spellings if is_known(spelling)), None)

    def fitted(token: str) -> list[str]:
        whole = spelled(token)
        if whole is not None:
            return [whole]
        pieces, result, is_met, start = split_punctuation(token), [], False, 0
        while start < len(pieces):  # the longest known run of pieces, else one piece
            ends = range(len(pieces), start, -1)
            found = ((end, spelled("".join(pieces[start:end]))) for end in ends)
            end, word = next((each for each in found if each[1] is not None), (start + 1, None))
            result.append(pieces[start] if word is None else word)
            is_met, start = is_met or word is not None, end
        return result if is_met else [token]

    return lambda text: [piece for token in tokenize(text) for piece in fitted(token)]


def split_punctuation(token: str) -> list[str]:
    """A token cut at its punctuation and symbols, each a piece of its own, but not at apostrophes within words.

    Letters, marks, numbers and joiners hold together in every script.

    >>> split_punctuation("sitting-room's."), split_punctuation("\u0939\u093f\u0928\u094d\u0926\u0940!")
    (['sitting', '-', "room's", '.'], ['\u0939\u093f\u0928\u094d\u0926\u0940', '!'])
    """
    pieces: list[str] = []
    goes_on = False
    for place, character in enumerate(token):
        stays = not _separates(character) or (
            character in _WITHIN_WORDS and goes_on and place + 1 < len(token) and not _separates(token[place + 1])
        )
        if stays and goes_on:
            pieces[-1] += character
        else:
            pieces.append(character)
        goes_on = stays
    return pieces


def _separates(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
