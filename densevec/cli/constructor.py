"""Options derived from a model's constructor: names, types, defaults and help come from its signature and docstring."""

from __future__ import annotations

import argparse
import inspect
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from densevec._validation import Choice, Rule

_ENTRY = re.compile(r"(\w+(?:, *\w+)*) ?: (.*)")
_SIMPLE_TYPES = (int, float, str)


def add_constructor_options(parser: argparse._ActionsContainer, model: type) -> None:
    """One option for each parameter of the constructor after the first, the corpus.

    int, float, str, Literal and unions of them become options with a value, one of a few where the model has such a
    rule; ``--no-NAME`` comes with a bool, and "none" stands for None where that is allowed.  What no text can
    expresses is left out.
    """
    hints = get_type_hints(model.__init__)  # type: ignore[misc]
    texts = parameter_texts(model)
    rules: Mapping[str, Rule] = getattr(model, "rules", {})
    for name, default in constructor_defaults(model).items():
        settings = _option_settings(hints.get(name, str), rules.get(name))
        if settings is None:
            continue
        shown = {True: "yes", False: "no", None: "none"}.get(default, default) if default is not Ellipsis else ""
        text = texts.get(name, "").rstrip(". ")
        text = f"{text} (default: {shown})" if text else f"(default: {shown})"
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, default=default, help=text.replace("%", "%%"), **settings
        )


def constructor_defaults(model: type) -> dict[str, Any]:
    """Parameters of the constructor after the first, the corpus, with their defaults."""
    parameters = list(inspect.signature(model).parameters.values())[1:]
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


def constructor_values(args: argparse.Namespace, model: type) -> dict[str, Any]:
    """What was given for them."""
    return {name: getattr(args, name) for name in constructor_defaults(model) if hasattr(args, name)}


def parameter_texts(model: type) -> dict[str, str]:
    """The entries ``name : text`` under "Parameters" in the docstrings of a class, its constructor and its bases."""
    texts: dict[str, str] = {}
    for owner in model.__mro__:
        if owner is object:
            continue
        for doc in (owner.__doc__, owner.__init__.__doc__):  # type: ignore[misc]
            for name, text in _entries(inspect.cleandoc(doc or "")).items():
                texts.setdefault(name, text)
    return texts


def _entries(doc: str) -> dict[str, str]:
    """Entries of the section; a line further to the right goes on with the entry above it."""
    lines = doc.splitlines()
    starts = [
        n for n, line in enumerate(lines[:-1]) if line.strip() == "Parameters" and set(lines[n + 1].strip()) == {"-"}
    ]
    entries: dict[str, list[str]] = {}
    names: list[str] = []
    for number, line in enumerate(lines[starts[0] + 2 :] if starts else [], start=starts[0] + 2 if starts else 0):
        if number + 1 < len(lines) and lines[number + 1].strip() and set(lines[number + 1].strip()) == {"-"}:
            break  # the heading of the next section
        entry = _ENTRY.fullmatch(line) if line[:1].strip() else None
        if entry:
            names = [name.strip() for name in entry[1].split(",")]
            entries |= {name: [entry[2].strip()] for name in names}
        elif line.startswith(" "):
            for name in names:
                entries[name].append(line.strip())
        else:
            names = []
    return {name: " ".join(parts) for name, parts in entries.items()}


def _option_settings(hint: Any, rule: Rule | None) -> dict[str, Any] | None:
    """Keywords for ``add_argument``, None for what no text can express."""
    kinds = list(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else [hint]
    is_optional = type(None) in kinds
    if isinstance(rule, Choice):
        return {"type": _reader([str], is_optional), "choices": [*rule.values, *([None] if is_optional else [])]}
    if bool in kinds:
        return {"action": argparse.BooleanOptionalAction}
    for kind in kinds:
        if get_origin(kind) is Literal and not is_optional:
            return {"choices": list(get_args(kind))}
    literals = [type(value) for kind in kinds if get_origin(kind) is Literal for value in get_args(kind)]
    simple = [kind for kind in _SIMPLE_TYPES if kind in kinds or kind in literals]
    if not simple:
        return None
    metavar = {int: "N", float: "X", str: "NAME"}[simple[0]]
    return {"type": _reader(simple, is_optional), "metavar": metavar}


def _reader(kinds: Sequence[type], is_optional: bool) -> Callable[[str], Any]:
    """Reads a value as the first of the types that takes it."""

    def read(text: str) -> Any:
        if is_optional and text.lower() == "none":
            return None
        for kind in kinds:
            try:
                return kind(text)
            except ValueError:
                continue
        wanted = " or ".join("an integer" if kind is int else "a number" for kind in kinds)
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")

    return read
