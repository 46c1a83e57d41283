"""Files that are evaluated: what each test needs them to hold, and what is said of one that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from densevec.cli.files import File
from densevec.cli.refining import is_refined
from densevec.errors import FormatError


class Subject:
    """A file that is evaluated, its vectors and model opened once, when a test first asks for them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = File(path)

    @cached_property
    def vectors(self) -> Any:
        """Its vectors, None where it has none."""
        return self._file.vectors() if self._file.has_vectors else None

    @cached_property
    def model(self) -> Any:
        """Its model, n-grams of an ARPA file too; None where it has none."""
        if self._file.is_arpa:
            return self._file.language_model()
        return self._file.model() if self._file.has_model else None

    @property
    def completer(self) -> Any:
        """What fills gaps: its model if it can, else its vectors."""
        return self.model if hasattr(self.model, "complete") else self.vectors

    def lacks(self, names: Sequence[str]) -> str | None:
        """A sentence about what the file would have to hold for a test and its options, None where it does."""
        name = next((name for name in names if not _NEEDS[name].is_met(self)), None)
        if name is None:
            return None
        held = self.vectors if self.model is None else self.model
        kind = self._file.container.metadata["class"] if held is None else type(held).__name__
        return f"{self.path}: the file holds a {kind}, and {as_option(name)} needs {_NEEDS[name].text}"


class _Need(NamedTuple):
    text: str
    is_met: Callable[[Subject], bool]


_VECTORS = _Need("word vectors", lambda subject: subject.vectors is not None)
_DENSITIES = _Need("word densities", lambda subject: hasattr(subject.vectors, "hypernym_scores"))
_OF_TESTS = {
    "similarity": _VECTORS,
    "analogies": _VECTORS,
    "entailment": _DENSITIES,
    "direction": _DENSITIES,
    "hypernyms": _DENSITIES,
    "lexsub": _VECTORS,
    "contextual": _VECTORS,
    "pseudo_words": _Need(
        "a model that reads words in context",
        lambda subject: (
            subject.vectors is not None
            and (hasattr(subject.model, "posterior_batch") or hasattr(subject.model, "substitution_scores"))
        ),
    ),
    "senses": _Need("a BayesianSkipGram, which finds senses", lambda subject: hasattr(subject.model, "senses_batch")),
    "alignment": _Need("a model that aligns translations", lambda subject: hasattr(subject.model, "align_batch")),
    "completion": _Need("a model or vectors that fill gaps", lambda subject: hasattr(subject.completer, "complete")),
    "perplexity": _Need(
        "a language model that predicts from the words before alone",
        lambda subject: hasattr(subject.model, "perplexity") and subject.model.is_one_sided,
    ),
}
_NEEDS = _OF_TESTS | {  # of options too
    "measure": _DENSITIES,
    "refine": _Need("a BayesianSkipGram, whose posteriors have a bound", lambda subject: is_refined(subject.model)),
}
TESTS = tuple(_OF_TESTS)


def as_option(name: str) -> str:
    """The option of a test or a setting."""
    return f"--{name.replace('_', '-')}"


def unanswered(subjects: Sequence[Subject], asked: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """By path, what each file lacks for the tests that it cannot answer; FormatError where no file can answer one.

    asked : the names of tests, and for each its own and those of options that need something too
    """
    lacking = {
        subject.path: {test: lack for test, names in asked.items() if (lack := subject.lacks(names))}
        for subject in subjects
    }
    for test in asked:
        if all(test in each for each in lacking.values()):
            raise FormatError(next(iter(lacking.values()))[test])
    return lacking
