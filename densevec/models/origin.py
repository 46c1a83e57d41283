"""What the result of a training was made with, and of."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from densevec._plain import plain_number
from densevec._validation import as_path
from densevec.corpus.phrases import Phrases
from densevec.corpus.text import paths_of
from densevec.corpus.tokenizers import tokenizer_name
from densevec.errors import DensevecError

_MAX_PATHS = 2**18  # characters of all paths that a file's header keeps


@dataclass(frozen=True)
class Origin:
    """What a result was made with; a model keeps it beside the result, so that it answers and is saved by it.

    parameters : as they were when training began, all but the corpus
    reading : how text is read, as ``Estimator.reading`` gives it
    described : the parameters, and the rules of reading, as plain JSON values; without those that nobody knows
    trained_on : what is said of the text, see ``Estimator.trained_on``; None where nothing is known
    """

    parameters: Mapping[str, Any]
    reading: Mapping[str, Any]
    described: Mapping[str, Any]
    trained_on: Mapping[str, Any] | None = None

    def knowing(self, names: Container[str]) -> Self:
        """The same of a result of which these parameters are known and no others."""
        return replace(self, described={name: value for name, value in self.described.items() if name in names})


def described(values: Mapping[str, Any], corpus: Any) -> dict[str, Any]:
    """Parameters as plain JSON values: functions by their names, the corpus by what it was."""
    return {**{name: plain(value) for name, value in values.items()}, "corpus": _corpus_name(corpus)}


def told_of(corpus: Any, encoded: Any, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What ``Estimator.trained_on`` says of an encoded corpus, or of one that is added to what was known ``before``."""
    source = getattr(encoded, "source", encoded)  # of pairs
    told = {
        "kind": corpus_kind(corpus),
        "sentences": int(encoded.num_sentences),
        "tokens": int(source.num_raw_tokens),
        "digest": encoded.digest(),
    }
    if before is None:
        return told
    earlier = int(before.get("earlier_tokens", 0)) + int(before.get("tokens", 0))
    return {**told, "updates": int(before.get("updates", 0)) + 1, "earlier_tokens": earlier}


def _corpus_name(corpus: Any) -> str | list[str] | None:
    """What a corpus was, without its words: the paths of files, else its kind and size."""
    if corpus is None:
        return None
    source = getattr(corpus, "source", corpus)  # of a TextCorpus
    paths = _paths(source)
    if paths is not None:
        if len(paths) == 1 and not isinstance(source, list | tuple):
            return paths[0]
        is_short = sum(map(len, paths)) <= _MAX_PATHS
        return paths if is_short else f"<{len(paths):,} paths from {paths[0]} to {paths[-1]}>"
    size = f" of {len(source)}" if hasattr(source, "__len__") else ""
    return f"<{type(source).__name__}{size}>"


def corpus_kind(corpus: Any) -> str:
    """What kind of corpus it is, for people.

    >>> corpus_kind(["a.txt", "b.txt"]), corpus_kind([["a", "kiwi"]] * 2000)
    ('2 paths', 'a list of 2,000 sentences')
    """
    source = getattr(corpus, "source", corpus)
    paths = _paths(source)
    if paths is not None:
        return "1 path" if len(paths) == 1 else f"{len(paths):,} paths"
    size = f" of {len(source):,} sentences" if hasattr(source, "__len__") else ""
    name = type(source).__name__
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}{size}"


def _paths(source: Any) -> list[str] | None:
    """All paths of a source that is made of them, those of both sides where they are pairs."""
    try:
        paths = paths_of(source)
        if paths is None and isinstance(source, tuple) and len(source) == 2:
            sides = [paths_of(side) for side in source]
            paths = [path for side in sides for path in side or ()] if all(sides) else None
    except DensevecError:
        return None
    return paths


def plain(value: Any) -> Any:
    """A JSON value for a parameter: itself where it is one, else a name that says what it was."""
    number = plain_number(value)
    if number is not None or value is None or isinstance(value, str):
        return value if number is None else number
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Phrases):
        return value.parameters
    if isinstance(value, os.PathLike):
        return as_path(value)
    if callable(value):
        return tokenizer_name(value)
    return repr(value)[:200]
