"""Corpora: sentences that can be read again and again, never whole in memory."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Set
from typing import Any

from densevec._cy.text import check_text, lower_non_ascii
from densevec._validation import Choice, Interval, Rule, check_parameters
from densevec.corpus.readers import FileState, Piece, describe_bad_byte, file_state, find_files, read_pieces
from densevec.corpus.tokenizers import LINE_END, NAMES, Tokenizer, resolve_tokenizer, tokenizer_name
from densevec.errors import CorpusError, CorpusTypeError, DensevecError, ParameterTypeError

_RULES: dict[str, Rule] = {
    "max_sentence_length": Interval(int, 1, (1 << 31) - 1),
    "errors": Choice(("strict", "replace", "ignore")),
}
_NOT_A_SENTENCE = "a sentence must be a list of words (str)"


class TextCorpus:
    """Sentences from text files or from a re-iterable of token lists.

    ``source`` is a path or URL (str or os.PathLike; anything smart_open reads, .gz .bz2 .xz .zst unpacked on the
    way), a list of them, a folder (all files in it and below, sorted by path, names with a leading dot left out), a
    glob pattern (sorted), or an object that gives token lists each time it is iterated (a list, a Dataset, an object
    with ``__iter__``; not a generator, which can be read only once).  Each pass must find what the first one found:
    local files the same size, time of change and inode, all other sources the same number of tokens.

    Policy for text files.  UTF-8; a byte order mark at the start of a file is left out.  One line is one sentence;
    ``\\n``, ``\\r\\n`` and ``\\r`` end lines, also mixed, and nothing else does.  Lines without a token are skipped.  A
    line of more than ``max_sentence_length`` tokens becomes several sentences of that length.  A NUL byte or malformed
    UTF-8 is an error (``errors="strict"``), or becomes U+FFFD ("replace"), or is left out ("ignore").  ``lowercase``
    applies ``str.lower`` to the text before it is cut into tokens.

    ``tokenizer``: "whitespace" cuts at space, tab, vertical tab and form feed, and only there (a no-break or
    ideographic space belongs to its token); "words" takes the runs of letters, marks and numbers, together with
    apostrophes between two of them; a function gets a line (str, without its end) and returns a list of str; it must
    not depend on what it was given before.  A line of more than about 1 MiB reaches it in parts cut at white space.

    Token lists are taken as they are: ``tokenizer`` is not used, ``lowercase`` lowers each token,
    ``max_sentence_length`` holds; a token may contain any character but lone surrogates (which ``errors`` governs).

    Errors: CorpusTypeError for a source or sentence of the wrong kind, CorpusFileError for a file that cannot be
    opened, CorpusError for text that cannot be read; each names file and line, or the number of the sentence (from 1).

    >>> list(TextCorpus([["A", "kiwi"], [], ["laid", "an", "egg"]], lowercase=True, max_sentence_length=2))
    [['a', 'kiwi'], ['laid', 'an'], ['egg']]
    """

    def __init__(
        self,
        source: Any,
        lowercase: bool = False,
        tokenizer: Tokenizer = "whitespace",
        max_sentence_length: int = 10_000,
        errors: str = "strict",
    ) -> None:
        check_parameters({"max_sentence_length": max_sentence_length, "errors": errors}, _RULES)
        if not callable(tokenizer) and tokenizer not in NAMES:
            names = ", ".join(repr(name) for name in NAMES)
            raise ParameterTypeError(f"tokenizer must be one of {names} or a function, got {tokenizer!r}")
        self.source = source
        self.lowercase = bool(lowercase)
        self.tokenizer = tokenizer
        self.max_sentence_length = int(max_sentence_length)
        self.errors = errors
        self._paths = as_paths(source)
        if self._paths is None:
            _check_iterable(source)
        # What the last counting pass has seen, so that a later pass can tell that the text has changed.
        self._files: dict[str, FileState | None] | None = None
        self._num_tokens: int | None = None

    def __repr__(self) -> str:
        source = repr(self.source) if self._paths is not None else f"<{type(self.source).__name__}>"
        return f"TextCorpus({source}, lowercase={self.lowercase}, tokenizer={tokenizer_name(self.tokenizer)!r})"

    def __iter__(self) -> Iterator[list[str]]:
        """The sentences as lists of words."""
        return self._sentences()

    @property
    def parameters(self) -> dict[str, Any]:
        """How text is read, to be kept with a model: lowercase, tokenizer's name, max_sentence_length, errors."""
        return {
            "lowercase": self.lowercase,
            "tokenizer": tokenizer_name(self.tokenizer),
            "max_sentence_length": self.max_sentence_length,
            "errors": self.errors,
        }

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a line of text, lowered and cut as those of the corpus."""
        return _tokenize(text.lower() if self.lowercase else text, resolve_tokenizer(self.tokenizer), "the text")

    def prepare(self, sentence: Any, place: str = "the sentence") -> list[str]:
        """A list of words as it would be as a sentence of the corpus: checked, lowered, mended; not cut when long.

        ``place`` names it in errors.
        """
        tokens = _check_sentence(sentence, place)
        if self.lowercase:
            tokens = [token.lower() for token in tokens]
        return self._mend(tokens, place)

    # -- for the counting and encoding passes --

    @property
    def is_native(self) -> bool:
        """Whether pieces of text can be counted and encoded without Python's lock."""
        return self._paths is not None and isinstance(self.tokenizer, str)

    def start_reading(self) -> None:
        """Begin anew: what earlier passes have seen no longer binds."""
        self._files = self._num_tokens = None

    def finish_pass(self, num_tokens: int) -> None:
        """Note how many tokens a whole pass gave; CorpusError when the pass before gave another number."""
        if self._num_tokens is not None and num_tokens != self._num_tokens:
            raise CorpusError(
                f"the corpus gave {self._num_tokens} tokens when it was counted and {num_tokens} when it was read "
                f"again; it must give the same sentences each time"
            )
        self._num_tokens = num_tokens

    def pieces(self) -> Generator[Piece]:
        """The text files as pieces of bytes (see read_pieces); CorpusError when a file changed since the last pass."""
        assert self._paths is not None
        files = find_files(self._paths)
        states = {path: file_state(path) for path in files}
        if self._files is not None and states != self._files:
            changed = [path for path in {**self._files, **states} if self._files.get(path, 0) != states.get(path, 0)]
            raise CorpusError(
                f"{changed[0]}: the file was changed, added or removed since the corpus was first read; "
                f"start again with a new one"
            )
        self._files = states
        for path in files:
            if file_state(path) != states[path]:
                raise CorpusError(f"{path}: the file was changed while the corpus was being read; start again")
            yield from read_pieces(path)

    def clean(self, piece: Piece) -> bytes:
        """Well-formed UTF-8 without NUL; with ``lowercase`` all tokens are lowered but those of ASCII only."""
        data: bytes = piece.data
        position, non_ascii = check_text(data)
        if position >= 0:
            if self.errors == "strict":
                raise CorpusError(describe_bad_byte(piece, position))
            text = data.decode("utf-8", self.errors).replace("\0", "\ufffd" if self.errors == "replace" else "")
            data, non_ascii = text.encode(), not text.isascii()
        return lower_non_ascii(data) if non_ascii and self.lowercase else data

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
            lines = LINE_END.split(text)
            if piece.ends_line:
                lines.pop()
            for number, line in enumerate(lines):
                ends_line = piece.ends_line or number < len(lines) - 1
                yield f"{piece.name}: line {piece.line + number}", line, ends_line

    def cut(self, text: str, place: str) -> list[str]:
        """The tokens of (part of) a line that has been lowered already; ``place`` is for errors."""
        return self._mend(_tokenize(text, resolve_tokenizer(self.tokenizer), place), place)

    def _given_sentences(self) -> Iterator[list[str]]:
        number = 0
        try:
            sentences = iter(self.source)
            if sentences is self.source:
                raise CorpusTypeError(ONCE.format(type(self.source).__name__))
            for number, sentence in enumerate(sentences, 1):
                yield self.prepare(sentence, f"sentence {number}")
        except DensevecError:
            raise
        except Exception as error:
            error.add_note(f"while reading sentence {number + 1} of the corpus")
            raise

    def _mend(self, tokens: list[str], place: str) -> list[str]:
        """Tokens without lone surrogates, which no UTF-8 can express."""
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


ONCE = (
    "a corpus is read more than once, and {} objects can be read only once; "
    "give a list, or an object whose __iter__ begins anew each time"
)


def as_corpus(corpus: Any) -> TextCorpus:
    """A TextCorpus as it is, anything else as the source of one."""
    return corpus if isinstance(corpus, TextCorpus) else TextCorpus(corpus)


def as_paths(source: Any) -> list[str] | None:
    """The paths a source names, None when it is something to iterate."""
    if isinstance(source, str | os.PathLike):
        source = [source]
    is_list = isinstance(source, list | tuple) and len(source) > 0
    if not is_list or not all(isinstance(item, str | os.PathLike) for item in source):
        return None
    paths = [os.fspath(item) for item in source]
    for path in paths:
        if not isinstance(path, str):
            raise CorpusTypeError(f"a path must be str, got {path!r}")
        if not path or "\0" in path:
            raise CorpusTypeError(f"{path!r} is not a path of a corpus")
    return paths


def _check_iterable(source: Any) -> None:
    kind = type(source).__name__
    if hasattr(source, "__next__"):
        raise CorpusTypeError(ONCE.format(kind))
    has_order = isinstance(source, Iterable) and not isinstance(source, bytes | bytearray | memoryview | Mapping | Set)
    if not has_order:
        raise CorpusTypeError(
            f"a corpus must be a path, a URL, a folder, a glob pattern, a list of them, "
            f"or something that gives lists of words in order each time it is iterated, got {kind}"
        )


def _check_sentence(sentence: Any, place: str) -> list[str]:
    if isinstance(sentence, str):
        raise CorpusTypeError(f"{place} is a string, and {_NOT_A_SENTENCE}; split it first, got {sentence[:40]!r}")
    if not isinstance(sentence, Iterable) or isinstance(sentence, bytes | bytearray | Mapping | Set):
        raise CorpusTypeError(f"{place} is of type {type(sentence).__name__}, and {_NOT_A_SENTENCE}")
    tokens = list(sentence)
    try:
        "".join(tokens)  # the fastest way to ask whether all are strings
    except TypeError:
        position = next(i for i, token in enumerate(tokens) if not isinstance(token, str))
        kind = type(tokens[position]).__name__
        raise CorpusTypeError(f"{place}, token {position + 1} is of type {kind}, and {_NOT_A_SENTENCE}") from None
    return tokens


def _tokenize(line: str, tokenize: Any, place: str) -> list[str]:
    try:
        tokens = tokenize(line)
    except Exception as error:
        error.add_note(f"while the tokenizer was reading {place}")
        raise
    if not isinstance(tokens, list | tuple) or not all(isinstance(token, str) for token in tokens):
        raise CorpusTypeError(f"{place}: the tokenizer must return a list of str, got {tokens!r:.80}")
    return list(tokens)


def _split_long(sentences: Iterable[list[str]], length: int) -> Iterator[list[str]]:
    for sentence in sentences:
        for start in range(0, len(sentence), length):
            yield sentence[start : start + length]
