"""Parameters that a sentence names are the options of the command that says it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

import densevec.models
from densevec.cli.main import COMMANDS, build_parser
from densevec.cli.wording import as_options


def parser_of(command: str, model: str | None = None) -> argparse.ArgumentParser:
    found = build_parser([command, *([model] if model else [])])[0]
    for name in (command, *([model] if model else [])):
        (below,) = (each for each in found._actions if isinstance(each, argparse._SubParsersAction))
        found = below.choices[name]
    return found


PARSERS = {command: parser_of(command) for command in COMMANDS if command != "train"}
PARSERS["train"] = parser_of("train", "skipgram")


def settings(action: argparse.Action) -> Iterator[tuple[str, Any]]:
    """Settings in Python, and what the option for each is to set."""
    if isinstance(action, argparse.BooleanOptionalAction):
        yield from ((f"{action.dest}={value}", value) for value in (True, False))
    elif isinstance(action, argparse._StoreConstAction):
        yield f"{action.dest}={action.const!r}", action.const
    elif action.choices:
        yield from ((f"{action.dest}={value!r}", value) for value in action.choices if action.nargs is None)
    elif action.nargs is None and action.type is int:
        yield f"{action.dest}=3", 3
    elif action.nargs is None and action.type is float:
        yield from ((f"{action.dest}={value}", value) for value in (0.5, 1e-7))


@pytest.mark.parametrize("command", PARSERS)
def test_every_option_that_is_declared_is_named_as_it_is_given(command: str) -> None:
    parser = PARSERS[command]
    for action in parser._actions:
        if not any(option.startswith("--") for option in action.option_strings) or action.dest == "help":
            continue
        for setting, value in settings(action) if type(action).__module__ == "argparse" else ():
            said = as_options(f"mend it, or say {setting}, and go on", parser)
            assert said.startswith("mend it, or say --") and said.endswith(", and go on"), said
            given = shlex.split(said.removeprefix("mend it, or say ").removesuffix(", and go on"))
            again = argparse.ArgumentParser(allow_abbrev=False)
            again._add_action(action)
            assert getattr(again.parse_args(given), action.dest) == value, (setting, said)
        if "_" in action.dest:
            option = as_options(f"lower {action.dest}", parser).removeprefix("lower ")
            assert parser._option_string_actions[option].dest == action.dest


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("dim must be an integer at least 1, got 0", "--dim must be an integer at least 1, got 0"),
        ("choose errors='replace' or 'ignore'", "choose --errors replace or ignore"),
        (
            "errors='replace' (densevec convert --errors replace)",
            "--errors replace (densevec convert --errors replace)",
        ),
        ("use subwords=(3, 6) or subwords=None", "use --subwords 3,6 or --subwords none"),
        ("use learning_rate=.5.", "use --learning-rate 0.5."),
    ],
)
def test_sentences_of_train(said: str, wanted: str) -> None:
    assert as_options(said, PARSERS["train"]) == wanted


def test_what_a_value_must_be_names_no_option() -> None:
    for model in (getattr(densevec.models, name) for name in densevec.models.__all__):
        for parameter in model.declared().values() if hasattr(model, "declared") else ():
            rule = f"it must be {parameter.rule and parameter.rule.describe()}"
            assert as_options(rule, PARSERS["train"]) == as_options(rule, PARSERS["update"]) == rule


def test_what_is_said_of_this_command_is_not_said_twice() -> None:
    said = "errors='replace' (densevec convert --errors replace) helps; leave out strict (--no-strict)"
    assert as_options(said, PARSERS["convert"]) == "--errors replace helps; leave out --no-strict"


@pytest.mark.parametrize(
    "said",
    [
        "TextCorpus('a.txt', lowercase=True) is read",
        "set_params(tokenizer=...) is what it needs",
        "'lowercase=True' is not among the 5 words",
        "'min_count' is not among the 5 words",
        "folder/min_count: no such file",
        "https://example.org/?errors=strict: cannot be opened",
        "no_such_parameter=True",
        "lowercase=False",  # which the command does without saying so
        "a window of the text, its errors and its dim light",
    ],
)
def test_what_is_left_as_it_is(said: str) -> None:
    assert as_options(said, PARSERS["text"]) == said
