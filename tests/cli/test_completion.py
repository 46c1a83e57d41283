"""Completion in the shells themselves, and what a report of the version says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import densevec as package
from densevec.cli.completion_scripts import SCRIPTS
from densevec.cli.main import COMMANDS, main
from densevec.cli.version import INSTRUCTION_SETS, OPTIONAL, REQUIRED
from densevec.densities import MEASURES

ROOT = Path(__file__).parents[2]
BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_densevec; printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { : }
source $1; shift
_describe() { [[ $1 == -o ]] && shift; print -rl -- ${${(P)2}%%:*} }
compadd() { shift; print -rl -- $@ }
_files() { print FILES }
words=("$@"); CURRENT=$#
PREFIX=$words[CURRENT]
_densevec
"""
FISH = "source $argv[1]; complete -C (string join ' ' -- $argv[2..])"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for shell in SCRIPTS:
        found[shell] = tmp_path_factory.mktemp(shell) / "densevec"
        with found[shell].open("w") as file, pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", file)
            assert main(["completion", shell]) == 0
    return found


def completed(scripts: dict[str, Path], shell: str, *words: str) -> set[str]:
    """What a shell offers at the end of a command line, in a folder with the file kiwi.txt."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    arguments = {"bash": [BASH, "bash"], "zsh": [ZSH, "zsh"], "fish": [FISH]}[shell]
    options = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}[shell]
    folder = scripts[shell].parent
    (folder / "kiwi.txt").write_text("")
    command = [shell, *options, *arguments, str(scripts[shell]), "densevec", *words]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60, check=False)
    assert not done.stderr, done.stderr
    return {line.partition("\t")[0] for line in done.stdout.splitlines() if line}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_commands_and_options(scripts: dict[str, Path], shell: str) -> None:
    def offered(*words: str) -> set[str]:
        return completed(scripts, shell, *words)

    assert offered("neigh") >= {"neighbors"}
    assert set(COMMANDS) <= offered("")
    assert {"skipgram", "nplm", "lsa"} <= offered("train", "")
    assert {"--topn", "--measure", "--table", "--json"} <= offered("neighbors", "--")
    assert {"--dim", "--window", "--no-shrink-windows", "--output"} <= offered("train", "skipgram", "x.txt", "--")
    assert "--hidden" not in offered("train", "skipgram", "--") and "--topn" not in offered("train", "skipgram", "--")
    assert set(MEASURES) <= offered("neighbors", "birds.vec", "kiwi", "--measure", "")
    assert {"negative", "nce"} <= offered("train", "cbow", "--output-layer", "")
    assert {"bash", "zsh", "fish"} <= offered("completion", "")
    files = offered("neighbors", "ki")
    assert {"bash": set(), "zsh": {"FILES"}, "fish": {"kiwi.txt"}}[shell] == files  # bash falls back to files itself


def test_bash_falls_back_to_files(scripts: dict[str, Path]) -> None:
    text = scripts["bash"].read_text()
    assert text.rstrip().endswith("complete -o bashdefault -o default -F _densevec densevec")
    assert len(text) < 60_000 and not re.search(r"\$\(densevec", text)  # nothing is started to complete


def test_usage(densevec: Any) -> None:
    assert densevec("completion", "powershell").status == 2
    assert densevec("completion", "bash", "--json").json["shell"] == "bash"


def test_a_report_of_the_version(densevec: Any) -> None:
    for order in (("--version", "--json"), ("--json", "--version")):
        found = densevec(*order).json
        assert found["densevec"] == package.__version__ and found["build"]["abi"]
        assert found["build"]["instruction_set"] == found["build"]["instruction_sets"][-1] in INSTRUCTION_SETS
        assert found["dependencies"]["numpy"] == version("numpy")
        assert set(found["dependencies"]) == {*REQUIRED, *OPTIONAL}
    assert densevec("--version").out == f"densevec {package.__version__}\n"


def test_the_report_has_all_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name = re.compile(r"[\w.-]+")
    assert {name.match(each)[0] for each in project["dependencies"]} == set(REQUIRED)  # type: ignore[index]
    extras = project["optional-dependencies"]
    optional = {
        name.match(each)[0]  # type: ignore[index]
        for extra in extras
        if extra not in ("dev", "bench", "docs")
        for each in extras[extra]
        if "[" not in each
    }
    assert optional <= set(OPTIONAL)
