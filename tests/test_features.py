"""The page of features: every call that it names is there."""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import densevec
from densevec.cli.main import COMMANDS, build_parser

PAGE = (Path(__file__).parents[1] / "docs" / "features.md").read_text(encoding="utf-8")


class Row(NamedTuple):
    """A row of the page's tables."""

    number: int
    feature: str
    known_from: str
    here: str
    calls: str


ROWS = [
    Row(int(cells[0]), *cells[1:])
    for cells in (line.strip("|").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line))
    for cells in [[cell.strip() for cell in cells]]
]


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """The options of a command and of what is below it."""
    found = {option for action in parser._actions for option in action.option_strings}
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found.union(*(options_of(each) for action in below for each in action.choices.values()))


def check_command(call: str) -> None:
    _, command, *options = call.split()
    assert command in COMMANDS
    parser, _ = build_parser([command])
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    assert set(options) <= options_of(commands.choices[command])


def named(path: str) -> Any:
    """What a dotted name is, from densevec's own names or as a module's."""
    module, _, name = path.rpartition(".")
    if path.startswith("densevec."):
        return getattr(importlib.import_module(module), name)
    found: Any = densevec
    for part in path.split("."):
        found = getattr(found, part)
    return found


def check_name(call: str) -> None:
    path, _, arguments = call.rstrip(")").partition("(")
    names = {argument.strip().removesuffix("=") for argument in arguments.split(",")} - {""}
    assert names <= set(inspect.signature(named(path)).parameters) if names else named(path) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}-{row.feature[:30]}")
def test_every_call_is_there(row: Row) -> None:
    calls = re.findall(r"`([^`]+)`", row.calls)
    assert row.here in ("there", "partly", "left out") and (calls or row.here == "left out")
    for call in calls:
        (check_command if call.startswith("densevec ") else check_name)(call)


def test_the_rows_are_counted_as_the_page_says() -> None:
    counts = Counter(row.here for row in ROWS)
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))
    wanted = (
        f"Of {len(ROWS)} rows {counts['there']} are there, {counts['partly']} partly, {counts['left out']} are left"
    )
    assert wanted in PAGE


def test_what_is_not_there_is_noticed() -> None:
    for wrong in ("KeyedVectors.most_similarly", "SkipGram(hs=)", "KeyedVectors.rank(wrong=)", "NoSuchThing"):
        with pytest.raises((AssertionError, AttributeError)):
            check_name(wrong)
    for wrong in ("densevec nothing", "densevec text --nothing"):
        with pytest.raises(AssertionError):
            check_command(wrong)
