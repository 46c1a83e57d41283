"""What was probably meant: commands, models and options that are written otherwise."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any

from densevec._calls import nearest

# Options of other tools that are not named as parameters of other libraries, without their dashes, and ours
_OTHERS = {
    "ws": "window",
    "epoch": "epochs",
    "thread": "workers",
    "jobs": "workers",
    "neg": "negative",
    "mincount": "min-count",
    "t": "sample",
    "pretrained-vectors": "init-from",
    "number": "topn",
    "top": "topn",
    "lower": "lowercase",
    "language": "sentences",
}
# Options of other tools that none of ours stands for alone: what one must have for the answer, and the answer
_SUBWORDS = "--subwords", "--subwords 3,6 is for n-grams of 3 to 6 characters"
_ANSWERS = {
    **dict.fromkeys(("sg", "cbow"), ("--window", "skipgram and cbow are models, to be named after train")),
    "hs": ("--output-layer", "--output-layer hierarchical is for what it does"),
    **dict.fromkeys(("min-n", "max-n", "minn", "maxn"), _SUBWORDS),
    **dict.fromkeys(("input", "corpus", "corpus-file"), ("--output", "what is read is named without an option")),
    "lr-update-rate": ("--learning-rate", "the rate falls with every step"),
    "save-output": ("--output-layer", "the file of a model has its output layer"),
}
_MOST_TOLD = 4  # models


def check_names(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """End with the parser's usage and one sentence where the first word is no command of it, or the next, if the
    command has kinds (train's models), none of those."""
    below = _below(parser)
    if below is None or not words:
        return
    given, *rest = words
    if given not in below.choices:
        meant = nearest(given, below.choices)
        hint = f"did you mean {meant}?" if meant else f"it is one of {', '.join(below.choices)}"
        parser.error(f"there is no {str(below.metavar).lower()} {given!r}; {hint}")
    check_names(below.choices[given], rest)


def _below(parser: argparse.ArgumentParser) -> Any:
    """What holds the commands of the program, or the kinds of a command; None where it has none."""
    return next((action for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)


def check_unrecognised(
    parser: argparse.ArgumentParser, unknown: Sequence[str], program: Callable[[], argparse.ArgumentParser]
) -> None:
    """End with what ``parse_known_args`` left over, and what may be meant.

    program : makes the parser of the program with all models to train
    """
    if not unknown:
        return
    given = next((each.partition("=")[0] for each in unknown if re.match("--?[a-zA-Z]", each)), None)
    hint = None if given is None else _hint(parser, given, program)
    parser.error(f"unrecognized arguments: {' '.join(unknown)}" + (f"; {hint}" if hint else ""))


def _hint(parser: argparse.ArgumentParser, given: str, program: Callable[[], argparse.ArgumentParser]) -> str | None:
    """What to do in the place of an option that a command has not."""
    from densevec._parameters import OTHER_NAMES  # and numpy, which help and usage do without

    options = _options(parser)
    if given in options:  # which the program, before its command, does not know
        return f"{given} goes after {parser.prog}"
    name = re.sub("(?<=[a-z])(?=[A-Z])|_", "-", given.lstrip("-")).lower()
    needed, answer = _ANSWERS.get(name, (None, None))
    if needed in options:
        return answer
    names = name, _OTHERS.get(name), OTHER_NAMES.get(name.replace("-", "_"), "").replace("_", "-")
    meant = next((each for each in names if f"--{each}" in options), None)
    if meant is None and parser.prog.split()[1:-1] == ["train"]:
        kinds = _below(_below(program()).choices["train"]).choices
        models = [model for model, its in kinds.items() if f"--{name}" in _options(its)]
        if models:
            more = f" and {len(models) - _MOST_TOLD} more models" if len(models) > _MOST_TOLD else ""
            return f"--{name} is an option of {', '.join(models[:_MOST_TOLD])}{more}"
    meant = meant or nearest(name, [option.removeprefix("--") for option in options])
    return f"did you mean --{meant}?" if meant else None


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
