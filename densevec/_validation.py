"""Rules for parameters, as data; a broken rule gives one sentence with name, rule and value."""

from __future__ import annotations

import math
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np

from densevec.errors import ParameterError, ParameterTypeError

_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_HOST = re.compile(r"\*|\*?[\w.-]+|\[?[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*(?:%\w+)?\]?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Rule(ABC):
    """What a value must be, or else None where it is ``optional``."""

    optional: bool = field(default=False, kw_only=True)

    def describe(self) -> str:
        """What follows "must be" in an error."""
        return self._noun() + (" or None" if self.optional else "")

    def check(self, value: Any) -> bool:
        """Whether a value follows the rule; TypeError for one of another type."""
        return (value is None and self.optional) or self._holds(value)

    @abstractmethod
    def _noun(self) -> str:
        """What it must be, but for None."""

    @abstractmethod
    def _holds(self, value: Any) -> bool:
        """``check``, but for None."""


@dataclass(frozen=True)
class Interval(Rule):
    """A number between two bounds; ``kind`` is int or float, bounds are closed unless ``open_low``."""

    kind: type
    low: float = float("-inf")
    high: float = float("inf")
    open_low: bool = False

    def _noun(self) -> str:
        noun = "an integer" if self.kind is int else "a number"
        parts = []
        if self.low != float("-inf"):
            parts.append(f"{'above' if self.open_low else 'at least'} {self.low:g}")
        if self.high != float("inf"):
            parts.append(f"at most {self.high:g}")
        if not parts and self.kind is float:
            noun = "a finite number"
        return f"{noun} {' and '.join(parts)}".strip()

    def _holds(self, value: Any) -> bool:
        if value is None:
            return False
        wanted = Integral if self.kind is int else Real
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise TypeError
        try:
            number = float(value)
        except OverflowError:  # an integer of more than 308 digits
            return False
        is_within = (number > self.low if self.open_low else number >= self.low) and number <= self.high
        return is_within and math.isfinite(number)


@dataclass(frozen=True)
class Choice(Rule):
    """One of a few strings."""

    values: tuple[str, ...]

    def _noun(self) -> str:
        return "one of " + ", ".join(map(repr, self.values))

    def _holds(self, value: Any) -> bool:
        if value is None:
            return False
        if not isinstance(value, str):
            raise TypeError
        return value in self.values


@dataclass(frozen=True)
class Instance(Rule):
    """An instance of one of the given types."""

    kinds: tuple[type, ...]
    description: str

    def _noun(self) -> str:
        return self.description

    def _holds(self, value: Any) -> bool:
        if not isinstance(value, self.kinds):
            raise TypeError
        return True


@dataclass(frozen=True)
class LanguageCode(Rule):
    """The code of a language."""

    def _noun(self) -> str:
        return "a code of a language ('en', 'pt')"

    def _holds(self, value: Any) -> bool:
        if not isinstance(value, str):
            raise TypeError
        return _CODE.fullmatch(value) is not None


@dataclass(frozen=True)
class HostName(Rule):
    """The name or address of a host, or the end of names after a ``*``."""

    def _noun(self) -> str:
        return "a host's name or address alone, without http:// and port, such as words.example, or * for any"

    def _holds(self, value: Any) -> bool:
        if not isinstance(value, str):
            raise TypeError
        return _HOST.fullmatch(value) is not None


@dataclass(frozen=True)
class Flag(Rule):
    """True or False, and nothing that merely counts as one of them."""

    def _noun(self) -> str:
        return "True, False" if self.optional else "True or False"

    def _holds(self, value: Any) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError
        return True


@dataclass(frozen=True)
class Pair(Rule):
    """Two integers from ``low`` to ``high``, the first at most the second."""

    low: int
    high: int

    def _noun(self) -> str:
        return f"two integers from {self.low} to {self.high}, the first at most the second"

    def _holds(self, value: Any) -> bool:
        if not isinstance(value, tuple | list):
            raise TypeError
        if any(isinstance(each, bool) or not isinstance(each, Integral) for each in value):
            raise TypeError
        return len(value) == 2 and self.low <= value[0] <= value[1] <= self.high


@dataclass(frozen=True)
class AnyOf(Rule):
    """What follows one of several rules."""

    rules: tuple[Rule, ...]

    def _noun(self) -> str:
        return " or ".join(rule.describe() for rule in self.rules)

    def _holds(self, value: Any) -> bool:
        is_kind = False
        for rule in self.rules:
            try:
                if rule.check(value):
                    return True
                is_kind = True
            except TypeError:
                continue
        if not is_kind:
            raise TypeError
        return False


@dataclass(frozen=True)
class Function(Rule):
    """Something that can be called."""

    description: str

    def _noun(self) -> str:
        return self.description

    def _holds(self, value: Any) -> bool:
        if not callable(value):
            raise TypeError
        return True


def check_parameter(name: str, value: Any, rule: Rule) -> None:
    """Raise ParameterError (or ParameterTypeError) unless ``value`` follows ``rule``."""
    try:
        holds = rule.check(value)
    except TypeError:
        raise ParameterTypeError(f"{name} must be {rule.describe()}, got {value!r:.80}") from None
    if not holds:
        raise ParameterError(f"{name} must be {rule.describe()}, got {value!r:.80}")


def as_path(path: Any, name: str = "a path") -> str:
    """A path or URL as a string; ParameterTypeError for anything else."""
    if isinstance(path, str | os.PathLike) and isinstance(found := os.fspath(path), str):
        return found
    raise ParameterTypeError(f"{name} must be a str or os.PathLike, got {type(path).__name__}: {path!r:.80}")


def check_position(position: Any, tokens: Sequence[str]) -> int:
    """The place of one of the tokens, counted from 0; a negative one counts from the end.

    Raises
    ------
    ParameterTypeError, ParameterError : for what is no integer, and for a place that no token has
    """
    if isinstance(position, bool) or not isinstance(position, Integral):
        raise ParameterTypeError(
            f"position must be an integer, the place of a token from 0 on, got {position!r:.80}; tokens.index(word) "
            "gives that of a word"
        )
    place = int(position)
    if not tokens:
        raise ParameterError(f"tokens must be at least one word, of which position says the place, got {list(tokens)}")
    if not -len(tokens) <= place < len(tokens):
        raise ParameterError(f"position must be that of one of the {len(tokens)} tokens, got {place}")
    return place % len(tokens)


def check_parameters(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Check every value that has a rule."""
    for name, rule in rules.items():
        if name in values:
            check_parameter(name, values[name], rule)
