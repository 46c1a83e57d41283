"""Corpora: sentences that can be read again and again, never whole in memory."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from densevec._cy.text import check_text, map_non_ascii
from densevec._unicode import NORMAL_FORMS, folding
from densevec._validation import Choice, Interval, Rule, check_parameters
from densevec.corpus._symbols import Symbols
from densevec.corpus.readers import (
    FileState,
    OfFiles,
    Piece,
    as_paths,
    describe_bad_byte,
    file_state,
    find_files,
    part_size,
    read_pieces,
)
from densevec.corpus.reading import MAX_SENTENCE_LENGTH, JoinsPhrases, rules_of_both
from densevec.corpus.roles import ONCE, as_places, as_tokens, check_corpus
from densevec.corpus.tokenizers import NAMES, Tokenizer, tokenize, tokenizer_name
from densevec.errors import CorpusError, CorpusTypeError, DensevecError, ParameterTypeError

_LONGEST = (1 << 31) - 1  # sentence, in tokens
_RULES: dict[str, Rule] = {
    "max_sentence_length": Interval(int, 1, _LONGEST),
    "errors": Choice(("strict", "replace", "ignore")),
    "normalize": Choice(NORMAL_FORMS, optional=True),
}


@dataclass
class _Seen:
    """What the last counting pass of a kind has seen, so that a later one can tell that the text has changed."""

    files: dict[str, FileState | None] | None = None
    num_tokens: int | None = None


class TextCorpus:
    """Sentences from text files or from a re-iterable of token lists.

    ``source`` is a path or URL (str or os.PathLike; anything smart_open reads, .gz .bz2 .xz .zst unpacked on the
    way), a list of them, a folder (all files in it and below, also by links, each folder once, sorted by path, names
    with a leading dot left out), a glob pattern (sorted), or an object that gives token lists each time it is iterated
    (a list, a Dataset, an object with ``__iter__``; not a generator, which can be read only once), or another
    TextCorpus (see below).  Each pass must find what the first one found: local files the same size, time of change and
    inode, all other sources the same number of tokens.

    Policy for text files.  UTF-8; a byte order mark at the start of a file is left out.  One line is one sentence;
    ``\\n`` and ``\\r\\n`` end lines, and a lone ``\\r`` is a blank (only a file without any ``\\n`` is read by
    ``\\r``, as old Macintosh files are).  Lines without a token are skipped.  A line of more than
    ``max_sentence_length`` tokens becomes several sentences of that length.  A NUL byte or malformed UTF-8 is an
    error (``errors="strict"``), or becomes U+FFFD ("replace"), or is left out ("ignore"); a file that is no text by
    its first bytes (a picture, an archive, a model, UTF-16) is an error always.  ``normalize`` ("NFC",
    "NFD", "NFKC", "NFKD", None for none) brings the text into a Unicode normal form, ``lowercase`` applies
    ``str.lower`` to that (and the form again), both before it is cut into tokens.

    ``tokenizer``: "whitespace" cuts at space, tab, vertical tab, form feed and carriage return, and only there (a
    no-break or ideographic space belongs to its token); "words" takes the runs of letters, marks and numbers by the
    rules that ``corpus.tokenizers`` states; a function gets a line (str, without its end, with a space for each lone
    ``\\r``) and returns a list of str; it must not depend on what it was given before.  A line of more than about
    1 MiB reaches it in parts cut at blanks.

    ``phrases``, which ``densevec.corpus.phrases.Phrases`` learned, are joined in every line: *new york* is one token.
    None goes over the end of such a part of a long line.

    Token lists are taken as they are: ``tokenizer`` is not used, ``normalize`` and ``lowercase`` change each token,
    ``max_sentence_length`` holds; a token may contain any character but lone surrogates (which ``errors`` governs).

    The text of another TextCorpus is read by the rules of both: lowered if either says so, NFKD where one says NFKC and
    these NFD, its phrases joined before these, and in the end cut at the smaller ``max_sentence_length`` that is not
    the default.  It has its own ``tokenizer`` (of token lists one that is named) and ``errors``, and, once it joins
    phrases, ``lowercase`` and ``normalize``: others are refused.

    Errors: CorpusTypeError for a source or sentence of the wrong kind, ParameterError for rules that do not go with
    those of the source, CorpusFileError for a file that cannot be opened, CorpusError for text that cannot be read;
    each names file and line, or the number of the sentence (from 1).

    >>> list(TextCorpus([["A", "kiwi"], [], ["laid", "an", "egg"]], lowercase=True, max_sentence_length=2))
    [['a', 'kiwi'], ['laid', 'an'], ['egg']]
    """

    def __init__(
        self,
        source: Any,
        lowercase: bool = False,
        tokenizer: Tokenizer = "whitespace",
        max_sentence_length: int = MAX_SENTENCE_LENGTH,
        errors: str = "strict",
        normalize: str | None = None,
        phrases: JoinsPhrases | None = None,
    ) -> None:
        values = {"max_sentence_length": max_sentence_length, "errors": errors, "normalize": normalize}
        check_parameters(values, _RULES)
        rules: dict[str, Any] = {**values, "lowercase": lowercase, "tokenizer": tokenizer, "phrases": phrases}
        if not callable(tokenizer) and tokenizer not in NAMES:
            names = ", ".join(repr(name) for name in NAMES)
            raise ParameterTypeError(f"tokenizer must be one of {names} or a function, got {tokenizer!r:.80}")
        if not (phrases is None or hasattr(phrases, "join_tokens")):
            raise ParameterTypeError(f"phrases must be Phrases, as Phrases.load opens, or None, got {phrases!r:.80}")
        if isinstance(source, TextCorpus | OfFiles):
            own = source.reading_beside(rules) if isinstance(source, TextCorpus) else source.reading
            rules = rules_of_both(own, rules, type(source).__name__)
        self._symbols: Symbols | None = None
        self._part: tuple[int, int] | None = None  # which one of how many
        if isinstance(source, TextCorpus):
            self._symbols, self._part, source = source._symbols, source._part, source.source
        self.source: Any = source
        self.lowercase, self.tokenizer = bool(rules["lowercase"]), rules["tokenizer"]
        self.max_sentence_length = int(rules["max_sentence_length"])
        self.errors, self.normalize, self.phrases = rules["errors"], rules["normalize"], rules["phrases"]
        self._paths = as_paths(source)
        if self._paths is None:
            check_corpus(source)
        self._all_seen: dict[Symbols | None, _Seen] = {}  # by passes with each rule of symbols, of all copies

    def __repr__(self) -> str:
        paths = self._paths
        source = f"<{type(self.source).__name__}>" if paths is None else repr(self.source)
        if paths is not None and len(paths) > 3:
            source = f"[{paths[0]!r}, ... {len(paths) - 1} more]"
        form = f", normalize={self.normalize!r}" if self.normalize else ""
        return f"TextCorpus({source}, lowercase={self.lowercase}, tokenizer={tokenizer_name(self.tokenizer)!r}{form})"

    @property
    def name(self) -> str:
        """What a sentence about it calls it: its path, or the first of its paths, or what gives its sentences."""
        paths = self.paths
        if not paths:
            return f"the text, a {type(self.source).__name__},"
        return paths[0] if len(paths) == 1 else f"{paths[0]!r} with {len(paths) - 1} more"

    def __iter__(self) -> Iterator[list[str]]:
        """The sentences as lists of words."""
        return self._sentences()

    @property
    def parameters(self) -> dict[str, Any]:
        """How text is read, to be kept with a model: all parameters but the source, the tokenizer by its name."""
        given = {
            "lowercase": self.lowercase,
            "tokenizer": tokenizer_name(self.tokenizer),
            "max_sentence_length": self.max_sentence_length,
            "errors": self.errors,
            "normalize": self.normalize,
        }
        return given if self.phrases is None else {**given, "phrases": self.phrases.parameters}

    @property
    def reading(self) -> dict[str, Any]:
        """``parameters`` with the tokenizer and the phrases themselves."""
        return {**self.parameters, "tokenizer": self.tokenizer, "phrases": self.phrases}

    def reading_beside(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """``reading`` with the language; of token lists, which are not cut, with what is ``asked`` of either, but for
        a tokenizer that is there already."""
        rules = {**self.reading, "language": self.language}
        if self.paths is None:
            rules["language"] = asked.get("language")
            if self.tokenizer == "whitespace":
                rules["tokenizer"] = asked.get("tokenizer", "whitespace")
        return rules

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a line of text, folded, cut and joined as those of the corpus."""
        if not isinstance(text, str):
            raise ParameterTypeError(f"text must be a string, got {type(text).__name__}: {text!r:.80}")
        return self._join(tokenize(self._fold(text), self.tokenizer, "the text"))

    def prepare(self, sentence: Any, place: str = "the sentence") -> list[str]:
        """A list of words as it would be as a sentence of the corpus: checked, folded, mended, joined; it is not cut.

        ``place`` names it in errors.
        """
        return self._join(self._checked(sentence, place))

    def prepare_place(self, tokens: Sequence[str], position: int) -> tuple[list[str], int]:
        """``prepare`` of a sentence, and where the word at ``position``, from 0, is in it, by itself or in a phrase."""
        parts = (tokens[:position], tokens[position : position + 1], tokens[position + 1 :])
        before, words, after = (self._checked(part, "the sentence") for part in parts)
        if not words:
            raise CorpusError(
                f"the sentence has at place {position} no word once errors='ignore' has left out what is no text"
            )
        if self.phrases is None:
            return [*before, *words, *after], len(before)
        found = self.phrases.join([*before, *words, *after])
        return found.tokens, found.places[len(before)]

    def prepare_places(self, items: Any) -> list[tuple[list[str], int]]:
        """``prepare_place`` of several (tokens, position), whose positions may count from the end."""
        return [self.prepare_place(*place) for place in as_places(items)]

    def spell(self, words: Any, name: str = "words") -> list[str]:
        """Words as the corpus would spell them, one for one: folded and mended, neither cut nor joined."""
        tokens = as_tokens(words, name)
        return self._mend_each(self._fold_each(tokens), name)

    def _join(self, tokens: list[str]) -> list[str]:
        if self.phrases is None:
            return tokens
        joined: list[str] = self.phrases.join(tokens).tokens
        return joined

    def _checked(self, sentence: Any, place: str) -> list[str]:
        return self._mend(self._fold_each(as_tokens(sentence, place)), place)

    def _fold_each(self, tokens: list[str]) -> list[str]:
        is_folded = self.normalize is not None or self.lowercase
        return [self._fold(token) for token in tokens] if is_folded else tokens

    def every_line(self) -> Iterator[list[str]]:
        """The tokens of each line of the files, or of each sentence given: empty ones too, and long ones whole.

        For results that are wanted line by line.  Use ``iter`` for sentences.

        >>> list(TextCorpus([["a", "kiwi"], [], ["an", "egg"]], max_sentence_length=1).every_line())
        [['a', 'kiwi'], [], ['an', 'egg']]
        """
        if self._paths is None:
            yield from self._given_sentences()
            return
        begun: list[str] = []
        for place, text, ends_line in self.line_parts():
            begun += self.cut(text, place)
            if ends_line:
                yield begun
                begun = []

    def sentences_of(self, line: list[str]) -> list[list[str]]:
        """The sentences that a line of ``every_line`` is cut into; of a blank one the empty sentence.

        >>> TextCorpus([], max_sentence_length=2).sentences_of(["an", "egg", "hatches"])
        [['an', 'egg'], ['hatches']]
        """
        return list(_split_long([line], self.max_sentence_length)) or [line]

    def with_symbols(self, symbols: Symbols | None) -> TextCorpus:
        """The same corpus, in which some words are refused or left out; all passes that do so must find the same."""
        corpus = copy.copy(self)
        corpus._symbols = symbols
        return corpus

    def part(self, number: int, size: int) -> TextCorpus:
        """The same corpus, of whose files passes see one of ``size`` parts: short stretches of whole lines, in turn.

        Together the parts, 0 to size - 1, have every line once.  Only files have parts that are read apart.
        """
        corpus = copy.copy(self)
        corpus._part, corpus._all_seen = (number, size), {}
        return corpus

    def _fold(self, text: str) -> str:
        fold = folding(self.normalize, self.lowercase)
        return text if fold is None else fold(text)

    # -- for the counting and encoding passes --

    @property
    def paths(self) -> list[str] | None:
        """The paths of the files that the text is from, whoever makes sentences of them; None of a text in memory."""
        return paths_of(self.source)

    @property
    def language(self) -> str | None:
        """The language by whose rules sentences are found in raw text; None where lines, or lists, are sentences."""
        return self.source.language if isinstance(self.source, TextCorpus | OfFiles) else None

    @property
    def is_text(self) -> bool:
        """Whether the source is text files, whose lines are cut into tokens here."""
        return self._paths is not None

    @property
    def is_native(self) -> bool:
        """Whether pieces of text can be counted and encoded without Python's lock."""
        return self._paths is not None and isinstance(self.tokenizer, str)

    @property
    def _seen(self) -> _Seen:
        return self._all_seen.setdefault(self._symbols, _Seen())

    def start_reading(self) -> None:
        """Begin anew: what earlier passes have seen no longer binds."""
        self._seen.files = self._seen.num_tokens = None

    def finish_pass(self, num_tokens: int) -> None:
        """Note how many tokens a whole pass gave; CorpusError when the pass before gave another number."""
        if self._seen.num_tokens is not None and num_tokens != self._seen.num_tokens:
            raise CorpusError(
                f"the corpus gave {self._seen.num_tokens} tokens when it was counted and {num_tokens} when it was read "
                f"again; it must give the same sentences each time"
            )
        self._seen.num_tokens = num_tokens

    def pieces(self) -> Generator[Piece]:
        """The text files as pieces of bytes (see read_pieces); CorpusError when a file changed since the last pass."""
        assert self._paths is not None
        files = find_files(self._paths)
        states = {path: file_state(path) for path in files}
        seen = self._seen.files
        if seen is not None and states != seen:
            changed = [path for path in {**seen, **states} if seen.get(path, 0) != states.get(path, 0)]
            raise CorpusError(
                f"{changed[0]}: the file was changed, added or removed since the corpus was first read; "
                f"start again with a new one"
            )
        self._seen.files = states
        number, size = self._part or (0, 1)
        piece_size = (
            None if size == 1 else part_size([None if state is None else state.size for state in states.values()], size)
        )
        place = 0  # of a stretch that ends a line
        for path in files:
            if file_state(path) != states[path]:
                raise CorpusError(f"{path}: the file was changed while the corpus was being read; start again")
            for piece in read_pieces(path, piece_size):
                if place % size == number:
                    yield piece
                place += piece.ends_line

    def clean(self, piece: Piece) -> bytes:
        """Well-formed UTF-8 without NUL; all tokens are folded but those of ASCII only, which remain to be lowered."""
        data: bytes = piece.data
        position, non_ascii = check_text(data)
        if position >= 0:
            if self.errors == "strict":
                raise CorpusError(describe_bad_byte(piece, position))
            text = data.decode("utf-8", self.errors).replace("\0", "\ufffd" if self.errors == "replace" else "")
            data, non_ascii = text.encode(), not text.isascii()
        fold = folding(self.normalize, self.lowercase) if non_ascii else None
        if fold is not None:
            data = map_non_ascii(data, fold)
        return data if self._symbols is None else self._symbols.in_text(data, piece)

    def _sentences(self) -> Iterator[list[str]]:
        if self._paths is None:
            yield from _split_long(self._given_sentences(), self.max_sentence_length)
            return
        begun: list[str] = []  # the tokens of a line that goes on
        for place, text, ends_line in self.line_parts():
            begun += self.cut(text, place)
            # A full sentence is kept back while its line goes on, lest an empty one follow it.
            while len(begun) > self.max_sentence_length:
                yield begun[: self.max_sentence_length]
                del begun[: self.max_sentence_length]
            if ends_line:
                if begun:
                    yield begun
                begun = []

    def line_parts(self) -> Iterator[tuple[str, str, bool]]:
        """Place and text of every line of the files, and whether the line ends: a very long one comes in parts."""
        for piece in self.pieces():
            text = self.clean(piece).decode()
            if self.lowercase:
                text = text.lower()
            lines = text.split("\n")
            if piece.ends_line:
                lines.pop()
            for number, line in enumerate(lines):
                ends_line = piece.ends_line or number < len(lines) - 1
                yield f"{piece.name}: line {piece.line + number}", line.removesuffix("\r"), ends_line

    def cut(self, text: str, place: str) -> list[str]:
        """The tokens of (part of) a line that has been folded already; ``place`` is for errors."""
        return self._join(self._keep(self._mend(tokenize(text, self.tokenizer, place), place), place))

    def _keep(self, tokens: list[str], place: str) -> list[str]:
        return tokens if self._symbols is None else self._symbols.in_tokens(tokens, place)

    def _given_sentences(self) -> Iterator[list[str]]:
        number = 0
        try:
            sentences = iter(self.source)
            if sentences is self.source:
                raise CorpusTypeError(ONCE.format(type(self.source).__name__))
            for number, sentence in enumerate(sentences, 1):
                place = f"sentence {number}"
                yield self._join(self._keep(self._checked(sentence, place), place))
        except DensevecError:
            raise
        except Exception as error:
            error.add_note(f"while reading sentence {number + 1} of the corpus")
            raise

    def _mend(self, tokens: list[str], place: str) -> list[str]:
        """Tokens without lone surrogates, and without those of which nothing is left."""
        mended = self._mend_each(tokens, place)
        if mended is tokens:
            return tokens
        return [token for token, given in zip(mended, tokens, strict=True) if token or not given]

    def _mend_each(self, tokens: list[str], place: str) -> list[str]:
        """Tokens without lone surrogates, which no UTF-8 can express, one for one."""
        try:
            "".join(tokens).encode()
            return tokens
        except UnicodeEncodeError:
            if self.errors == "strict":
                raise CorpusError(
                    f"{place} has a token with a lone surrogate, which is not text; "
                    f"mend it or choose errors='replace' or errors='ignore'"
                ) from None
        return [
            "".join(("\ufffd" if self.errors == "replace" else "") if "\ud800" <= c <= "\udfff" else c for c in token)
            for token in tokens
        ]


def paths_of(source: Any) -> list[str] | None:
    """The paths of the files that a corpus, or the source of one, is from; None of one in memory.

    >>> paths_of(TextCorpus(["a.txt", "b.txt"])), paths_of([["a", "kiwi"]])
    (['a.txt', 'b.txt'], None)
    """
    return source.paths if isinstance(source, TextCorpus | OfFiles) else as_paths(source)


def as_corpus(corpus: Any, **reading: Any) -> TextCorpus:
    """The one way from what a user hands over as a corpus to a TextCorpus.

    A TextCorpus is taken as it is, with its own parameters (``corpus.parameters`` has them); anything else becomes
    the source of one that is read with ``reading``: lowercase, tokenizer and the other parameters of TextCorpus.

    >>> as_corpus(TextCorpus([["A"]], lowercase=True), lowercase=False).lowercase
    True
    """
    return corpus if isinstance(corpus, TextCorpus) else TextCorpus(corpus, **reading)


def _split_long(sentences: Iterable[list[str]], length: int) -> Iterator[list[str]]:
    for sentence in sentences:
        for start in range(0, len(sentence), length):
            yield sentence[start : start + length]
