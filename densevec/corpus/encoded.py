"""A corpus as ids: written once, read many times."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from densevec._cy.text import Tokens, WordTable
from densevec._validation import Instance, Interval, check_parameter, check_parameters
from densevec.corpus.omissions import Omissions, PackedOmissions, Packer, filled
from densevec.corpus.passes import Pool, Progress, load, map_in_order, pieces_in_sentences
from densevec.corpus.readers import Piece
from densevec.corpus.temporary import Folder, GrowingArrays
from densevec.corpus.text import TextCorpus, as_corpus
from densevec.corpus.vocabulary import RULES, Vocabulary
from densevec.errors import CorpusError, CorpusFileError

MEMORY_LIMIT = 256 << 20
_SENTENCE_TOKENS = 1 << 16  # tokens that are gathered from Python sentences before they are stored


class Encoded(NamedTuple):
    """Ids of one piece; lengths in ids of the sentences that end in it; ids of the sentence it leaves open; whether its
    last line ends; where words were left out, if any are."""

    ids: np.ndarray
    lengths: np.ndarray
    open_ids: int
    num_tokens: int
    ends_line: bool = True
    omissions: Omissions | None = None


class Whole(NamedTuple):
    """Of a text of which an EncodedCorpus has a part: sentences, tokens, those that stand for words, its digest."""

    num_sentences: int
    num_raw_tokens: int
    num_ids: int
    digest: str


class EncodedCorpus:
    """A corpus as flat ids and the bounds of its sentences, in memory or, when large, mapped from temporary files.

    Sentence s is ``ids[offsets[s]:offsets[s + 1]]``.  ``ids`` is int32 (N,), ``offsets`` int64 (S + 1,), both
    read-only.  ``num_raw_tokens`` is the number of tokens of the text, ``num_unknown`` of those that no word of the
    vocabulary stands for.  ``encode_corpus`` leaves these out, as it does sentences without a known word, so that no
    sentence is empty and ``num_raw_tokens == len(ids) + num_unknown``.  ``omissions`` tells where that was (None: all
    words have ids); who reads what the text says, and not only which words are near, asks for sentences ``with_marks``.

    One of several processes may have a part of a text.  Then ``whole`` says of what; ids and offsets are those of the
    part, and sizes and digest are those of the whole text.

    The temporary files have no name (where the system can do that): nobody can change or truncate them, and they
    vanish with the process, however it ends.  ``close()``, or leaving the ``with`` block, gives their space back.
    """

    def __init__(
        self,
        ids: np.ndarray,
        offsets: np.ndarray,
        num_raw_tokens: int,
        vocabulary_size: int,
        num_unknown: int | None = None,
        whole: Whole | None = None,
        omissions: PackedOmissions | None = None,
    ) -> None:
        ids.flags.writeable = False
        offsets.flags.writeable = False
        self._arrays: tuple[np.ndarray, np.ndarray, PackedOmissions | None] | None = (ids, offsets, omissions)
        self.whole = whole
        self._digest = None if whole is None else whole.digest
        self.num_ids = len(ids) if whole is None else whole.num_ids
        self.num_raw_tokens = num_raw_tokens if whole is None else whole.num_raw_tokens
        self.num_unknown = self.num_raw_tokens - self.num_ids if num_unknown is None else num_unknown
        self.num_sentences = len(offsets) - 1 if whole is None else whole.num_sentences
        self.vocabulary_size = vocabulary_size

    def __repr__(self) -> str:
        return f"EncodedCorpus({self.num_sentences} sentences, {self.num_raw_tokens} tokens)"

    @property
    def ids(self) -> np.ndarray:
        """The ids of all sentences, one after the other."""
        return self._open()[0]

    @property
    def offsets(self) -> np.ndarray:
        """Where each sentence begins in ``ids``, and the end of the last."""
        return self._open()[1]

    def with_marks(self, first: int, last: int, mark: int) -> tuple[np.ndarray, np.ndarray]:
        """Sentences ``first`` to ``last`` − 1 as ids, and bounds from 0 on; ``mark`` stands where words were left out,
        once for several in a row.

        >>> sentences = [["the", "old", "kiwi"], ["an", "egg"]]
        >>> encode_corpus(sentences, Vocabulary(["the", "kiwi", "egg"], [1, 1, 1])).with_marks(0, 2, 3)
        (array([0, 3, 1, 3, 2], dtype=int32), array([0, 3, 5]))
        """
        ids, offsets, omissions = self._open()
        bounds = offsets[first : last + 1]
        within = slice(int(bounds[0]), int(bounds[-1]))
        if omissions is None:
            return ids[within], bounds - within.start
        return filled(ids[within], bounds - within.start, omissions.of(within, slice(first, last)), mark)

    def beginning(self, share: float) -> EncodedCorpus:
        """The first of the sentences, so large a share of them and at least one, by the same arrays."""
        ids, offsets, omissions = self._open()
        end = max(1, int(share * (len(offsets) - 1)))
        bound = int(offsets[end])
        return EncodedCorpus(ids[:bound], offsets[: end + 1], bound, self.vocabulary_size, omissions=omissions)

    @property
    def is_mapped(self) -> bool:
        """Whether the ids lie in temporary files."""
        return isinstance(self.ids, np.memmap)

    def _open(self) -> tuple[np.ndarray, np.ndarray, PackedOmissions | None]:
        if self._arrays is None:
            raise CorpusError("this encoded corpus has been closed; encode the corpus again")
        return self._arrays

    def digest(self) -> str:
        """SHA-256 of ids, offsets and the size of the vocabulary: the corpus's identity for checkpoints."""
        if self._digest is None:
            digest = IdsDigest(self.vocabulary_size, len(self.ids))
            digest.add_ids(self.ids)
            digest.add_offsets(self.offsets)
            self._digest = digest.hexdigest()
        return self._digest

    def close(self) -> None:
        """Give memory and files back; arrays taken before stay valid as long as they are held."""
        self._arrays = None

    def __enter__(self) -> EncodedCorpus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class IdsDigest:
    """SHA-256 of a corpus of ids, given one after the other: all ids, then all offsets."""

    def __init__(self, vocabulary_size: int, num_ids: int) -> None:
        self._digest = hashlib.sha256(f"densevec ids 1 {vocabulary_size} {num_ids}\n".encode())

    def add_ids(self, ids: np.ndarray) -> None:
        """The next ids."""
        self._add(ids, "<i4")

    def add_offsets(self, offsets: np.ndarray) -> None:
        """The next offsets, of which the first is 0."""
        self._add(offsets, "<i8")

    def _add(self, array: np.ndarray, kind: str) -> None:
        for start in range(0, len(array), 1 << 22):
            self._digest.update(array[start : start + (1 << 22)].astype(kind, copy=False).data)

    def hexdigest(self) -> str:
        """The digest of all that was given."""
        return self._digest.hexdigest()


def encode_corpus(
    corpus: Any,
    vocabulary: Vocabulary,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    memory_limit: int = MEMORY_LIMIT,
    workers: int = 1,
    progress: Progress | None = None,
) -> EncodedCorpus:
    """Read a corpus once and write the ids of its words.

    Above ``memory_limit`` bytes ids and offsets go to temporary files in ``cache_dir`` (the system's folder for such
    when None; it needs 4 bytes and a bit a token, 8 and a bit a sentence) and are mapped from there.  ``workers``
    threads encode; the result does not depend on their number.  ``progress`` is called with the number of tokens since
    its last call.

    Errors: CorpusError when the text cannot be read, differs from what ``build_vocabulary`` counted, or has no known
    word; CorpusFileError when the temporary files cannot be written.

    >>> sentences = [["the", "kiwi", "laid"], ["an", "egg"]]
    >>> encode_corpus(sentences, Vocabulary(["the", "egg", "kiwi"], [2, 2, 1])).ids.tolist()
    [0, 2, 1]
    """
    text = encode_sentences(
        corpus, vocabulary, Marks(), cache_dir=cache_dir, memory_limit=memory_limit, workers=workers, progress=progress
    )
    if len(text.ids) == 0:
        raise CorpusError(f"none of the {text.num_raw_tokens} tokens of {as_corpus(corpus)!r} is in the vocabulary")
    return EncodedCorpus(text.ids, text.offsets, text.num_raw_tokens, len(vocabulary), omissions=text.omissions)


class Marks(NamedTuple):
    """The ids that stand for unknown words and for the end of every sentence; no such id where negative."""

    unknown: int = -1
    end: int = -1

    @property
    def leaves_out(self) -> bool:
        """Whether unknown words have no id."""
        return self.unknown < 0


class Sentences(NamedTuple):
    """A text as ids (N,) and bounds (S + 1,), its number of tokens, how many ids and sentences there are up to the end
    of each stretch of it, and where words were left out, if they are."""

    ids: np.ndarray
    offsets: np.ndarray
    num_raw_tokens: int
    stretches: Sequence[tuple[int, int]]
    omissions: PackedOmissions | None

    def ids_of(self, number: int) -> np.ndarray:
        """The ids of a stretch, int32."""
        return self.ids[self._places(number, 0)]

    def lengths_of(self, number: int) -> np.ndarray:
        """How many ids each sentence of a stretch has, int32."""
        places = self._places(number, 1)
        return np.diff(self.offsets[places.start : places.stop + 1]).astype(np.int32)

    def omissions_of(self, number: int) -> Omissions | None:
        """Where a stretch has words that are left out; None of a text of which none are."""
        return None if self.omissions is None else self.omissions.of(self._places(number, 0), self._places(number, 1))

    def _places(self, number: int, of: int) -> slice:
        return slice(self.stretches[number - 1][of] if number else 0, self.stretches[number][of])


def encode_sentences(
    corpus: Any,
    vocabulary: Vocabulary,
    marks: Marks,
    *,
    cache_dir: str | os.PathLike[str] | None,
    memory_limit: int,
    workers: int,
    progress: Progress | None,
) -> Sentences:
    """The ids of a corpus, with marks (see encode_corpus)."""
    rules = {**RULES, "memory_limit": Interval(int, 0)}
    check_parameters({"workers": workers, "progress": progress, "memory_limit": memory_limit}, rules)
    if cache_dir is not None and not os.path.isdir(cache_dir):
        raise CorpusFileError(f"cache_dir must be an existing folder, got {os.fspath(cache_dir)!r}")
    check_parameter("vocabulary", vocabulary, Instance((Vocabulary,), "a Vocabulary, as build_vocabulary makes it"))
    corpus = as_corpus(corpus)
    encode = _encode_text if corpus.is_native else _encode_lists
    num_raw_tokens = 0
    pieces = encode(corpus, vocabulary.make_table(), marks, workers)
    with Store(cache_dir, memory_limit, marks.leaves_out) as store, closing(pieces) as parts:
        for part in parts:
            store.append(part)
            num_raw_tokens += part.num_tokens
            if progress is not None:
                progress(part.num_tokens)
        corpus.finish_pass(num_raw_tokens)
        ids, offsets, omissions = store.finish()
    return Sentences(ids, offsets, num_raw_tokens, store.stretches, omissions)


def _encode_text(corpus: TextCorpus, table: WordTable, marks: Marks, workers: int) -> Generator[Encoded]:
    length = corpus.max_sentence_length
    unknown, end = marks
    pool = Pool(Tokens() for _ in range(workers))

    def encode(job: tuple[Piece, int]) -> Encoded:
        piece, open_tokens = job

        def with_tokens(tokens: Tokens) -> Encoded:
            number = load(corpus, tokens, piece)
            lengths = np.empty(tokens.num_line_ends + (open_tokens + number) // length, np.int64)
            ids = np.empty(number + (len(lengths) if end >= 0 else 0), np.int32)
            before, after = np.empty(len(ids), np.uint8), np.empty(len(lengths), np.uint8)
            num_ids, num_lengths, open_ids, _, is_open = table.encode(
                tokens, open_tokens, length, ids, lengths, unknown, end, before, after
            )
            omissions = Omissions(before[:num_ids], after[:num_lengths], is_open)
            return Encoded(ids[:num_ids], lengths[:num_lengths], open_ids, number, piece.ends_line, omissions)

        return pool.lend(with_tokens)

    return map_in_order(encode, pieces_in_sentences(corpus), workers)


def _encode_lists(corpus: TextCorpus, table: WordTable, marks: Marks, workers: int) -> Generator[Encoded]:
    unknown, end = marks
    ids, before, filled, number = np.empty(0, np.int32), np.empty(0, np.uint8), 0, 0
    lengths: list[int] = []
    after: list[int] = []

    def gathered() -> Encoded:
        omissions = Omissions(before[:filled], np.array(after, np.uint8))
        return Encoded(ids[:filled], np.array(lengths, np.int64), 0, number, omissions=omissions)

    for sentence in corpus:
        if filled + len(sentence) + 1 > len(ids):
            if number:
                yield gathered()
            room = max(_SENTENCE_TOKENS, len(sentence) + 1)
            ids, before, filled, number = np.empty(room, np.int32), np.empty(room, np.uint8), 0, 0
            lengths, after = [], []
        start = filled
        filled = table.encode_words(sentence, ids, filled, unknown, before)
        after.append(int(before[filled]))
        if end >= 0 and sentence:
            ids[filled] = end
            filled += 1
        lengths.append(filled - start)
        number += len(sentence)
    if number:
        yield gathered()


class Store:
    """Ids and bounds of sentences that grow in memory and move to temporary files when they pass a limit.

    With ``has_omissions`` it keeps where words are left out too, which all that is appended must tell.
    """

    def __init__(self, folder: Folder, memory_limit: int, has_omissions: bool) -> None:
        self.has_omissions = has_omissions
        dtypes = (np.int32, np.int64, np.uint8, np.uint8)[: 4 if has_omissions else 2]
        self.arrays = GrowingArrays(dtypes, folder, memory_limit, "encoded text")
        self.packers = Packer(), Packer()
        self.open_ids = 0  # ids of the sentence that is not yet ended
        self.is_open = False  # whether words were left out at its end
        self.end = 0  # of the last sentence
        self.stretches: list[tuple[int, int]] = []  # of text, which end lines: ids and sentences up to their ends
        self.arrays.append(1, np.zeros(1, np.int64))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.arrays.close()

    def append(self, part: Encoded) -> None:
        """Add what follows in the text."""
        lengths = part.lengths
        before, after, is_open = self._continued(part)
        if len(lengths):
            lengths[0] += self.open_ids
            self.open_ids = part.open_ids
            after, lengths = after[lengths > 0], lengths[lengths > 0]
            offsets = np.cumsum(lengths) + self.end
            if len(offsets):
                self.end = int(offsets[-1])
                self.arrays.append(1, offsets)
        else:
            self.open_ids += part.open_ids
        self.arrays.append(0, part.ids)
        self._pack(before, after)
        self.is_open = is_open
        if part.ends_line:
            num_ids, num_offsets = self.arrays.lengths[:2]
            self.stretches.append((num_ids, num_offsets - 1))

    def _continued(self, part: Encoded) -> Omissions:
        """Where a part has words left out, those at the end of what it goes on with among them."""
        if part.omissions is None:
            return Omissions(np.zeros(len(part.ids), np.uint8), np.zeros(len(part.lengths), np.uint8))
        before, after, is_open = part.omissions
        if self.is_open:
            if part.lengths[0] if len(part.lengths) else part.open_ids:
                before[0] = 1
            elif len(part.lengths):
                after[0] = 1
            else:
                is_open = True
        return Omissions(before, after, is_open)

    def _pack(self, *omissions: np.ndarray) -> None:
        if self.has_omissions:
            for which, (packer, bits) in enumerate(zip(self.packers, omissions, strict=True), 2):
                self.arrays.append(which, packer.add(bits))

    def finish(self) -> tuple[np.ndarray, np.ndarray, PackedOmissions | None]:
        """The ids, the offsets, and where words are left out."""
        if self.open_ids:  # the last line of a file is always ended, so this is for safety only
            self.arrays.append(1, np.array([self.end + self.open_ids], np.int64))
            self._pack(np.empty(0, np.uint8), np.array([self.is_open], np.uint8))
            self.open_ids = 0
        if not self.has_omissions:
            ids, offsets = self.arrays.finish("r")
            return ids, offsets, None
        for which, packer in enumerate(self.packers, 2):
            self.arrays.append(which, packer.finish())
        ids, offsets, *packed = self.arrays.finish("r")
        return ids, offsets, PackedOmissions(*packed)
