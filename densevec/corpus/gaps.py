"""Sentences with a gap: one contract of every model and of vectors for what the blank is and how text is cut.

A sentence is a list of tokens, in which None or ``BLANK`` stands where a word is missing, or a string.  In a string the
blank is ``BLANK``, or, where that is not there, any other run of two or more underscores; what stands before and after
it is cut into tokens by the tokenizer and in the case of the model that is asked.  There is exactly one blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from densevec._containers import is_missing, plain
from densevec._roles import as_words
from densevec._text_rules import tokens_of
from densevec.corpus.own_text import own_text
from densevec.corpus.roles import as_tokens, listed_tokens
from densevec.corpus.text import TextCorpus
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
    sentence = plain(sentence)
    if isinstance(sentence, str):
        parts = split_at_runs(sentence)
        _check_one(len(parts) - 1, sentence)
        return tokenize(parts[0]), tokenize(parts[1])
    given = [plain(token) for token in listed_tokens(sentence, "sentence", ParameterTypeError)]
    tokens = as_tokens([BLANK if is_missing(token) else token for token in given], "sentence", ParameterTypeError)
    _check_one(tokens.count(BLANK), " ".join(tokens))
    place = tokens.index(BLANK)
    return tokens[:place], tokens[place + 1 :]


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


def as_choices(choices: Any) -> list[str]:
    """The choices for a gap as a list of words.

    Errors: ParameterTypeError for what is no list of at least one word.
    """
    words = as_words(choices, "choices")
    if not words or not all(map(tokens_of, words)):
        raise ParameterTypeError(f"choices must be a list of at least one word, got {words!r:.80}")
    return words


def check_choices(choices: Any, tokenize: Tokenize = tokens_of) -> list[list[str]]:
    """The tokens of every choice; "country-dance" may be several.

    Errors: as of ``as_choices``, and ParameterError for a choice without a token.
    """
    words = as_choices(choices)
    cut = [tokenize(word) for word in words]
    for choice, tokens in zip(words, cut, strict=True):
        if not tokens:
            raise ParameterError(f"choices must be words, got {choice!r:.80}, in which the tokenizer finds none")
    return cut


class Gap(NamedTuple):
    """A sentence with a gap and what may stand there: the tokens before and after it, the choices and their tokens."""

    before: list[str]
    after: list[str]
    choices: list[str]
    cut: list[list[str]]

    def ranked(self, scores: Sequence[float]) -> Ranking:
        """(choice, score) from the best to the worst; equals in the order given."""
        return ranked(self.choices, scores)


def as_question(sentence: Gapped, choices: Any, text: TextCorpus) -> Gap:
    """A sentence with a gap and the choices for it, read as the sentences of ``text`` are.

    Where the sentence is a list of words, the choices are cut at blanks alone.
    Errors: as of ``as_gapped`` and ``check_choices``.

    >>> as_question("The ___ sleeps", ["Kiwi"], TextCorpus([], lowercase=True))
    Gap(before=['the'], after=['sleeps'], choices=['Kiwi'], cut=[['kiwi']])
    >>> as_question(["The", None, "sleeps"], ["Kiwi"], TextCorpus([], lowercase=True))
    Gap(before=['the'], after=['sleeps'], choices=['Kiwi'], cut=[['kiwi']])
    """
    words = as_choices(choices)
    if isinstance(plain(sentence), str):
        return Gap(*as_gapped(sentence, text.tokenize), words, check_choices(words, text.tokenize))
    before, after = map(text.prepare, as_gapped(sentence))
    return Gap(before, after, words, check_choices(words, lambda choice: text.prepare(tokens_of(choice))))


def ranked(choices: Sequence[str], scores: Sequence[float]) -> Ranking:
    """(choice, score) from the best to the worst; equals in the order given."""
    order = sorted(range(len(choices)), key=lambda place: -scores[place])
    return [(choices[place], float(scores[place])) for place in order]


def own_tokenizer(reader: Any) -> Tokenize:
    """How a model cuts text; see ``own_text``, whose errors it has."""
    return own_text(reader).tokenize


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
