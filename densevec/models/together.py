"""A text that several processes count and encode, each its part of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.text import Tokens, WordTable
from densevec._streams import is_remote
from densevec.corpus import EncodedCorpus, EncodedParallel, Vocabulary
from densevec.corpus.encoded import MEMORY_LIMIT, Encoded, IdsDigest, Marks, Sentences, Store, Whole, encode_sentences
from densevec.corpus.language import as_running_text, marks_of, select_language_words, without_marks
from densevec.corpus.omissions import Omissions
from densevec.corpus.readers import find_files
from densevec.corpus.text import TextCorpus
from densevec.corpus.vocabulary import count_words, select_words
from densevec.errors import CorpusError
from densevec.models.preparation import RUNNING_TEXT, SENTENCES, WORDS
from densevec.training.distributed import Group
from densevec.training.progress import Progress

_LOOKED_AT = 1 << 16  # bytes at either end of a file by which processes see whether they have the same
_WORDS_AT_ONCE = 1 << 20


def has_parts(text: Any) -> bool:
    """Whether processes can have parts of a corpus: it is read from files, and cut into words without Python."""
    return isinstance(text, TextCorpus) and text.is_native


def files_of(text: Any) -> list[tuple[str, int, str]]:
    """By which processes see that they read the same files: name, bytes, and a digest of their beginning and end."""
    paths = text.paths if isinstance(text, TextCorpus) else None
    return [] if paths is None else [_look_at(path) for path in find_files(paths)]


def _look_at(path: str) -> tuple[str, int, str]:
    if is_remote(path):
        return path, -1, ""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        ends = file.read(_LOOKED_AT)
        file.seek(max(size - _LOOKED_AT, 0))
        return os.path.basename(path), size, hashlib.sha256(ends + file.read(_LOOKED_AT)).hexdigest()


def count_together(text: TextCorpus, settings: Any, group: Group, progress: bool | None) -> Vocabulary:
    """The vocabulary of a text, the same that one process finds, of which each process counts its part."""
    kind = _KINDS[settings.preparation]
    own = kind.open(text, settings).part(group.rank, group.size)
    with Progress(None, enabled=progress, task="counting") as bar:
        table, num_sentences = count_words(own, settings.workers, bar.add, may_be_empty=True)
    counts = np.empty(len(table), np.int64)
    words = "\n".join(table.sorted_words(1, counts)).encode()
    all_words = group.gather_bytes(np.frombuffer(words, np.uint8))
    all_counts = group.gather_bytes(counts.view(np.uint8))
    whole, tokens = WordTable(), Tokens()
    for each, numbers in zip(all_words, all_counts, strict=True):
        begin = 0
        for part in _by_lines(each.tobytes()):
            end = begin + tokens.load(part)
            whole.add_values(tokens, numbers.view(np.int64)[begin:end])
            begin = end
    if whole.total() == 0:
        raise CorpusError(f"{text.name} is empty: it has no tokens")
    sentences = int(group.gather(np.array([num_sentences], float)).sum())
    return kind.select(whole, sentences, settings.min_count, settings.max_vocab_size, settings.trim_rule)


def _by_lines(text: bytes) -> Iterator[bytes]:
    """The text in parts of at most some MiB, cut at line ends."""
    begin = 0
    while begin < len(text):
        end = text.find(b"\n", begin + _WORDS_AT_ONCE) + 1 or len(text)
        yield text[begin:end]
        begin = end


def encode_together(
    text: TextCorpus, vocabulary: Vocabulary, settings: Any, group: Group, progress: bool | None
) -> EncodedCorpus:
    """This process's part of a text as ids, with the sizes and the digest of the whole."""
    with Progress(None, enabled=progress, task="encoding") as bar:
        part = encode_sentences(
            text.part(group.rank, group.size),
            vocabulary,
            Marks(),
            cache_dir=settings.cache_dir,
            memory_limit=MEMORY_LIMIT,
            workers=settings.workers,
            progress=bar.add,
        )
    sizes = group.gather(np.array([len(part.offsets) - 1, part.num_raw_tokens, len(part.ids)], float)).sum(axis=0)
    num_sentences, num_tokens, num_ids = (int(size) for size in sizes)
    if num_ids == 0:
        raise CorpusError(f"none of the {num_tokens} tokens of {text!r} is in the vocabulary")
    digest = _digest(part, len(vocabulary), num_ids, group)
    whole = Whole(num_sentences, num_tokens, num_ids, digest)
    return EncodedCorpus(
        part.ids, part.offsets, part.num_raw_tokens, len(vocabulary), whole=whole, omissions=part.omissions
    )


def encode_for_all(text: TextCorpus, vocabulary: Vocabulary, settings: Any, group: Group, progress: bool | None) -> Any:
    """A whole text as ids, the same that one process finds; each process encodes its part and tells the others."""
    kind = _KINDS[settings.preparation]
    marks = kind.marks(vocabulary)
    with Progress(None, enabled=progress, task="encoding") as bar:
        part = encode_sentences(
            kind.open(text, settings).part(group.rank, group.size),
            vocabulary,
            marks,
            cache_dir=settings.cache_dir,
            memory_limit=MEMORY_LIMIT,
            workers=settings.workers,
            progress=bar.add,
        )
    sizes = group.gather(np.array([part.num_raw_tokens, len(part.stretches)], float)).astype(int)
    num_tokens, rounds = int(sizes[:, 0].sum()), int(sizes[:, 1].max())
    with Store(settings.cache_dir, MEMORY_LIMIT, marks.leaves_out) as store:
        for number in range(rounds):
            for each in _stretches(part, number, group):
                store.append(each)
        all_ids, all_offsets, omissions = store.finish()
    if len(all_ids) == 0:
        raise CorpusError(f"none of the {num_tokens} tokens of {text!r} is in the vocabulary")
    return kind.finish(Sentences(all_ids, all_offsets, num_tokens, [], omissions), vocabulary)


def _stretches(part: Sentences, number: int, group: Group) -> Iterator[Encoded]:
    """The stretch of this number of every process; one without ids of a process that has fewer."""
    own = number < len(part.stretches)
    nothing = np.empty(0, np.int32)
    ids, lengths = (part.ids_of(number), part.lengths_of(number)) if own else (nothing, nothing)
    omissions = part.omissions_of(number) if own else None
    sent: list[npt.NDArray[Any]] = [ids, lengths]
    sent += [nothing, nothing] if omissions is None else [np.packbits(bits) for bits in omissions[:2]]
    gathered = [group.gather_bytes(np.ascontiguousarray(each).view(np.uint8)) for each in sent]
    for some, many, before, after in zip(*gathered, strict=True):
        told = Omissions(np.unpackbits(before, count=len(some) // 4), np.unpackbits(after, count=len(many) // 4))
        yield Encoded(some.view(np.int32), many.view(np.int32).astype(np.int64), 0, 0, omissions=told)


class _Kind(NamedTuple):
    """What differs between the kinds of text that processes share.

    open : the text, by the settings; select : the vocabulary of counts; marks : what is encoded beside words; finish :
    the encoded text of all sentences
    """

    open: Callable[[TextCorpus, Any], TextCorpus]
    select: Callable[..., Vocabulary]
    marks: Callable[[Vocabulary], Marks]
    finish: Callable[[Sentences, Vocabulary], Any]


def _as_it_is(text: TextCorpus, settings: Any) -> TextCorpus:
    return text


def _select(table: WordTable, num_sentences: int, *rules: Any) -> Vocabulary:
    return select_words(table, *rules)


def _known_words(text: Sentences, vocabulary: Vocabulary) -> EncodedCorpus:
    return EncodedCorpus(text.ids, text.offsets, text.num_raw_tokens, len(vocabulary), omissions=text.omissions)


def _all_words(text: Sentences, vocabulary: Vocabulary) -> EncodedParallel:
    return EncodedParallel(EncodedCorpus(text.ids, text.offsets, text.num_raw_tokens, len(vocabulary), 0), None)


def _running_text(text: Sentences, vocabulary: Vocabulary) -> EncodedCorpus:
    return as_running_text(text.ids, text.offsets, text.num_raw_tokens, vocabulary)


_KINDS = {
    WORDS: _Kind(_as_it_is, _select, lambda vocabulary: Marks(), _known_words),
    SENTENCES: _Kind(_as_it_is, _select, lambda vocabulary: Marks(unknown=len(vocabulary)), _all_words),
    RUNNING_TEXT: _Kind(
        lambda text, settings: without_marks(text, settings.skip_symbols),
        select_language_words,
        marks_of,
        _running_text,
    ),
}


def _digest(part: Sentences, vocabulary_size: int, num_ids: int, group: Group) -> str:
    """The digest of the whole text, which the first process takes of what the others hand it, stretch by stretch."""
    digest, end = IdsDigest(vocabulary_size, num_ids), 0
    for ids in _in_order(part.ids_of, part, group):
        digest.add_ids(ids)
    if group.rank == 0:
        digest.add_offsets(np.zeros(1, np.int64))
    for lengths in _in_order(part.lengths_of, part, group):
        offsets = end + np.cumsum(lengths, dtype=np.int64)
        end = int(offsets[-1]) if len(offsets) else end
        digest.add_offsets(offsets)
    told = np.frombuffer(digest.hexdigest().encode(), np.uint8)
    return group.gather_bytes(told)[0].tobytes().decode()


def _in_order(get: Any, part: Sentences, group: Group) -> Iterator[npt.NDArray[np.int32]]:
    """All stretches of the text, one after the other, at the first process; at others nothing: they give theirs."""
    rounds = group.gather(np.array([len(part.stretches)], float)).astype(int)[:, 0]
    for number in range(int(rounds.max())):
        own = get(number) if number < len(part.stretches) else np.empty(0, np.int32)
        stretches = group.collect(np.ascontiguousarray(own))
        if group.rank == 0:
            yield from stretches
