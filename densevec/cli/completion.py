"""``densevec completion SHELL``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from densevec.cli.completion_scripts import SCRIPTS, Option, Place
from densevec.cli.output import Style

PROGRAM = "densevec"


@dataclass(frozen=True)
class Completion:
    """A script that tells a shell what can be typed; it starts no Python itself."""

    shell: str
    script: str

    def as_dict(self) -> dict[str, Any]:
        return {"shell": self.shell, "script": self.script}

    def as_text(self, style: Style) -> str:
        return self.script


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=list(SCRIPTS), help=f"one of {', '.join(SCRIPTS)}")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "bash: densevec completion bash > ~/.local/share/bash-completion/completions/densevec\n"
        "zsh:  densevec completion zsh > a folder of $fpath, as _densevec\n"
        "fish: densevec completion fish > ~/.config/fish/completions/densevec.fish"
    )


def run(args: argparse.Namespace) -> Completion:
    from densevec.cli.main import COMMANDS, build_parser

    parser, _ = build_parser((), COMMANDS)
    return Completion(args.shell, SCRIPTS[args.shell](list(_places(parser, PROGRAM, COMMANDS))))


def _places(parser: argparse.ArgumentParser, name: str, summaries: dict[str, str]) -> Iterator[Place]:
    """Everywhere on a command line where other words can follow: the program, its commands, and theirs."""
    options, below = [], {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = dict(action.choices)
        elif action.option_strings and action.help != argparse.SUPPRESS:
            values = tuple("none" if value is None else str(value) for value in action.choices or ())
            options.append(Option(tuple(action.option_strings), _line(action.help), action.nargs != 0, values))
    words = () if below else _words_of(parser)
    commands = {each: summaries.get(each) or _line(below[each].description) for each in below}
    yield Place(name, options, commands, words)
    for each, other in below.items():
        yield from _places(other, f"{name} {each}", {})


def _words_of(parser: argparse.ArgumentParser) -> tuple[str, ...]:
    """The words that a command's first argument is one of, if it is."""
    first = next((action for action in parser._actions if not action.option_strings), None)
    return tuple(map(str, first.choices)) if first is not None and first.choices else ()


def _line(text: str | None) -> str:
    """The beginning of a help text, in a line."""
    return " ".join((text or "").replace("%%", "%").split()).partition(" (default:")[0][:80]
