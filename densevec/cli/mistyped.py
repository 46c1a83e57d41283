"""What was probably meant: commands, models and options that are written otherwise."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence

# Options of other tools, and ours
_OTHERS = {
    "--size": "--dim",
    "--vector-size": "--dim",
    "--ws": "--window",
    "--alpha": "--learning-rate",
    "--lr": "--learning-rate",
    "--iter": "--epochs",
    "--epoch": "--epochs",
    "--threads": "--workers",
    "--thread": "--workers",
    "--jobs": "--workers",
    "--neg": "--negative",
    "--mincount": "--min-count",
    "--number": "--topn",
    "--top": "--topn",
    "--lower": "--lowercase",
    "--language": "--sentences",
}


def nearest(given: str, known: Collection[str]) -> str | None:
    """The known name that is spelled most like what was given; None where none is.

    >>> nearest("neighbours", ["neighbors", "text"])
    'neighbors'
    """
    from difflib import get_close_matches

    return next(iter(get_close_matches(given.lower(), known, 1, 0.7)), None)


def check_names(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """End with the parser's usage and one sentence where the first word is no command of it, or the next, if the
    command has kinds (train's models), none of those."""
    below = next((action for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)
    if below is None or not words:
        return
    given, *rest = words
    if given not in below.choices:
        meant = nearest(given, below.choices)
        hint = f"did you mean {meant}?" if meant else f"it is one of {', '.join(below.choices)}"
        parser.error(f"there is no {str(below.metavar).lower()} {given!r}; {hint}")
    check_names(below.choices[given], rest)


def check_unrecognised(parser: argparse.ArgumentParser, unknown: Sequence[str]) -> None:
    """End with what ``parse_known_args`` left over, and the option that may be meant."""
    if not unknown:
        return
    options = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    given = next((each.partition("=")[0] for each in unknown if each.startswith("--")), None)
    if given in options:  # which the program, before its command, does not know
        parser.error(f"unrecognized arguments: {' '.join(unknown)}; {given} goes after {parser.prog}")
    meant = None
    if given is not None:
        meant = _OTHERS.get(given) if _OTHERS.get(given) in options else nearest(given, options)
    parser.error(f"unrecognized arguments: {' '.join(unknown)}" + (f"; did you mean {meant}?" if meant else ""))
