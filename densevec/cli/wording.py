"""What the library says to callers in Python, in the words of the command line."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
from typing import Any

_STRING = r"'[^']*'|\"[^\"]*\""
_VALUE = rf"{_STRING}|\([^()]*\)|\[[^\[\]]*\]|[-+]?\.?\w[\w.+-]*(?<![.+-])"
# What is looked at from left to right; a call and a quoted text are passed over, whatever stands in them.
_PARTS = re.compile(
    r"[\w.]+\((?:[^()]|\([^()]*\))*\)"
    rf"|(?<!\w)(?<!=)(?:{_STRING})(?!\w)"
    rf"|(?<![\w./?&=-])(?P<name>[a-z]\w*)=(?P<value>{_VALUE})?(?P<others>(?: or (?:{_STRING}))*)"
    r"(?P<told> \([^()]*--[^()]*\))?"
    r"|(?<![\w./?&=-])(?P<bare>[a-z]+(?:_[a-z]+)+|[a-z]+(?= \(--))(?![\w./=(])(?P<said> \([^()]*--[^()]*\))?"
    r"|\A(?P<first>[a-z]+)(?= must )"
)


def as_options(text: str, parser: argparse.ArgumentParser) -> str:
    """A sentence about parameters as one about the options of a command, wherever it has those.

    An option stands for the parameter that it sets, its ``dest``.  Settings (``lowercase=True``), names that are no
    English words (``min_count``) and a name of which something must hold are rewritten; calls and what is quoted are
    left, and so is what no option can say.

    >>> parser = argparse.ArgumentParser("densevec train")
    >>> _ = parser.add_argument("--min-count", type=int)
    >>> _ = parser.add_argument("--lower", action="store_true", dest="lowercase")
    >>> as_options("lower min_count, or say lowercase=True; normalize='NFC' too", parser)
    "lower --min-count, or say --lower; normalize='NFC' too"
    """
    actions = {action.dest: action for action in parser._actions if _option(action) is not None}

    def spelled(found: re.Match[str]) -> str:
        action = actions.get(found["name"] or found["bare"] or found["first"] or "")
        if action is None:
            return found[0]
        option = str(_option(action)) if found["name"] is None else _with_value(action, found["value"], found["others"])
        if option is None:
            return found[0]
        told = found["told"] or found["said"] or ""  # how this, or another command, says it
        return option + ("" if told.startswith((" (--", f" ({parser.prog} ")) else told)

    return _PARTS.sub(spelled, text)


def _option(action: argparse.Action) -> str | None:
    return next((option for option in action.option_strings if option.startswith("--")), None)


def _with_value(action: argparse.Action, value: str | None, others: str) -> str | None:
    """The option as it is given for a value, and for others that would do; None where it cannot be."""
    option = _option(action)
    if value is None:
        return option
    try:
        wanted: Any = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        wanted = value
    if isinstance(action, argparse.BooleanOptionalAction):
        start = "--" if wanted is True else "--no-"
        signs = (each for each in action.option_strings if each.startswith(start))
        return next(signs, None) if isinstance(wanted, bool) else None
    if action.nargs == 0:
        return option if wanted == action.const else None
    texts = [wanted, *(ast.literal_eval(each) for each in re.findall(_STRING, others))]
    words = [_as_text(action, each) for each in texts]
    return None if None in words else f"{option} {' or '.join(map(str, words))}"


def _as_text(action: argparse.Action, value: Any) -> str | None:
    if value is None:
        return "none" if callable(action.type) and action.type("none") is None else None
    if isinstance(value, tuple | list):
        return ("," if action.nargs is None else " ").join(map(str, value))
    return shlex.quote(str(value))
