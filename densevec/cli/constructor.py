"""Options for the parameters that a model declares: names, types, defaults, choices and help come from there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from densevec._parameters import Parameter, Parameters
from densevec._validation import Choice, Instance, LanguageCode, Pair
from densevec.cli.paths import PathOption, Role

_SIMPLE_TYPES = (int, float, str)
_OPTIONS = {"language": "sentences"}  # what says more where it stands alone


def add_parameter_options(parser: argparse._ActionsContainer, model: type[Parameters]) -> None:
    """One option for each parameter but the corpus.

    int, float, str, Literal and unions of them become options with a value, one of a few where the parameter's rule
    names them; ``--no-NAME`` comes with a bool, and "none" stands for None where that is allowed.  What no text can
    express is left out.
    """
    for parameter in _expressible(model):
        text = f"{parameter.meaning.rstrip('. ')} (default: {_shown(parameter.default)})"
        settings = _option_settings(parameter)
        parser.add_argument(
            f"--{_OPTIONS.get(parameter.name, parameter.name).replace('_', '-')}",
            dest=parameter.name,
            default=parameter.default,
            help=text.replace("%", "%%"),
            **settings or {},
        )


def parameter_values(args: argparse.Namespace, model: type[Parameters]) -> dict[str, Any]:
    """What was given for them."""
    return {each.name: getattr(args, each.name) for each in _expressible(model)}


def _expressible(model: type[Parameters]) -> Iterator[Parameter]:
    return (each for name, each in model.declared().items() if name != "corpus" and _option_settings(each) is not None)


def _shown(default: Any) -> Any:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "none" if default is None else default


def _option_settings(parameter: Parameter) -> dict[str, Any] | None:
    """Keywords for ``add_argument``, None for what no text can express."""
    hint, rule = parameter.hint, parameter.rule
    kinds = list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]
    is_optional = type(None) in kinds
    if isinstance(rule, Choice):
        return {"type": _reader([str], is_optional), "choices": [*rule.values, *([None] if is_optional else [])]}
    if isinstance(rule, Pair):
        return {"type": _pair, "metavar": "N,N"}
    if bool in kinds:
        return {"action": argparse.BooleanOptionalAction}
    if isinstance(rule, Instance) and os.PathLike in rule.kinds:
        return {"type": PathOption(Role.INPUT, is_optional), "metavar": "NAME"}
    literals = [type(value) for kind in kinds if get_origin(kind) is Literal for value in get_args(kind)]
    simple = [kind for kind in _SIMPLE_TYPES if kind in kinds or kind in literals]
    if not simple:
        return None
    metavar = "LANGUAGE" if isinstance(rule, LanguageCode) else {int: "N", float: "X", str: "NAME"}[simple[0]]
    return {"type": _reader(simple, is_optional), "metavar": metavar}


def _pair(text: str) -> tuple[int, int] | None:
    """Two integers with a comma between them, or "none"."""
    if text.lower() == "none":
        return None
    try:
        first, second = map(int, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be two integers such as 3,6, or none, got {text!r:.80}") from None
    return first, second


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
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r:.80}")

    return read
