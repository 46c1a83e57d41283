"""One pass over a corpus: pieces of text through worker threads, results in the order of the text."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from typing import TypeVar

from densevec._cy.text import Tokens
from densevec.corpus.readers import Piece
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import character_classes

Progress = Callable[[int], object]
Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_order(function: Callable[[Item], Result], items: Generator[Item], workers: int) -> Generator[Result]:
    """``map`` on ``workers`` threads: results in order, few items waiting, no thread left when it ends or fails.

    Close the generator when leaving it early.  The threads gain when the work is done without Python's lock.
    """
    with closing(items):
        if workers == 1:
            yield from map(function, items)
            return
        waiting: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(workers, thread_name_prefix="densevec-corpus") as pool:
            try:
                for item in items:
                    waiting.append(pool.submit(function, item))
                    if len(waiting) > 2 * workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()


class Pool(SimpleQueue[Item]):
    """Things of which each is used by one thread at a time."""

    def __init__(self, members: Iterable[Item]) -> None:
        super().__init__()
        for member in members:
            self.put(member)

    def lend(self, function: Callable[[Item], Result]) -> Result:
        """The result of ``function`` called with one of the members."""
        member = self.get()
        try:
            return function(member)
        finally:
            self.put(member)


def pieces_in_sentences(corpus: TextCorpus) -> Generator[tuple[Piece, int]]:
    """Each piece of text with the number of tokens that its first sentence has in the pieces before."""
    open_tokens, counter = 0, Tokens()
    for piece in corpus.pieces():
        yield piece, open_tokens
        if piece.ends_line:
            open_tokens = 0
        else:  # how far into a sentence the next piece begins must be known before this one is encoded
            load(corpus, counter, piece)
            _, open_tokens = counter.count_sentences(open_tokens, corpus.max_sentence_length)


def load(corpus: TextCorpus, tokens: Tokens, piece: Piece) -> int:
    """Cut a piece into the tokens of the corpus, phrases joined; returns their number."""
    characters = character_classes() if corpus.tokenizer == "words" else None
    number: int = tokens.load(corpus.clean(piece), corpus.lowercase, characters)
    return number if corpus.phrases is None else corpus.phrases.join_tokens(tokens)
