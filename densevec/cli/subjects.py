"""Files that are evaluated: what each test needs them to hold, and what is said of one that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Self

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

    @property
    def scorer(self) -> Any:
        """What scores the substitutes of a word in its sentence, None where nothing does."""
        return getattr(self.model, "substitution_scores", None) if _has_log_probs(self) else None

    def checked_for(self, name: str, asker: str) -> Self:
        """Itself; FormatError where it does not hold what a test needs, which ``asker`` asks for."""
        if lack := self.lacks([name], asker):
            raise FormatError(lack)
        return self

    def lacks(self, names: Sequence[str], asker: str | None = None) -> str | None:
        """A sentence about what the file would have to hold for a test and its options, None where it does.

        ``asker`` is what asks for it, the option of the test or setting by default.
        """
        unmet = next(((name, need) for name in names for need in _NEEDS[name] if not need.is_met(self)), None)
        if unmet is None:
            return None
        name, need = unmet
        held = self.vectors if self.model is None else self.model
        kind = self._file.container.metadata["class"] if held is None else type(held).__name__
        return f"{self.path}: the file holds a {kind}, and {asker or as_option(name)} needs {need.text}"


class _Need(NamedTuple):
    text: str
    is_met: Callable[[Subject], bool]


def _has_log_probs(subject: Subject) -> bool:
    """Whether its model, if that is a language model, has probabilities."""
    return getattr(subject.model, "has_log_probs", True)


# Of several needs each may take those before it to be met
_VECTORS = (_Need("word vectors", lambda subject: subject.vectors is not None),)
_DENSITIES = (_Need("word densities", lambda subject: hasattr(subject.vectors, "hypernym_scores")),)
_LINKS = (
    _Need("a model that aligns translations", lambda subject: hasattr(subject.model, "align_batch")),
    _Need(
        "a model of two languages, which one trained with monolingual=True is not",
        lambda subject: not getattr(subject.model, "monolingual", False),
    ),
)
_PROBABILITIES = _Need("probabilities, which output_layer='negative' does not give", _has_log_probs)
_OF_TESTS = {
    "similarity": _VECTORS,
    "analogies": _VECTORS,
    "entailment": _DENSITIES,
    "direction": _DENSITIES,
    "hypernyms": _DENSITIES,
    "lexsub": _VECTORS,
    "contextual": _VECTORS,
    "pseudo_words": (
        _Need(
            "a model that reads words in context",
            lambda subject: (
                subject.vectors is not None
                and (hasattr(subject.model, "posterior_batch") or hasattr(subject.model, "substitution_scores"))
            ),
        ),
        _PROBABILITIES,
    ),
    "senses": (
        _Need("a BayesianSkipGram, which finds senses", lambda subject: hasattr(subject.model, "senses_batch")),
    ),
    "alignment": _LINKS,
    "completion": (
        _Need("a model or vectors that fill gaps", lambda subject: hasattr(subject.completer, "complete")),
        _PROBABILITIES,
    ),
    "perplexity": (
        _Need(
            "a language model that predicts from the words before alone",
            lambda subject: hasattr(subject.model, "perplexity") and subject.model.is_one_sided,
        ),
        _PROBABILITIES,
    ),
}
_NEEDS = _OF_TESTS | {  # of options too
    "measure": _DENSITIES,
    "refine": (
        _Need("a BayesianSkipGram, whose posteriors have a bound", lambda subject: is_refined(subject.model)),
        _Need(
            "one of likelihood='density' with an objective of expected_softmax or elbo",
            lambda subject: subject.model.has_bound,
        ),
    ),
    "reverse": _LINKS,
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
