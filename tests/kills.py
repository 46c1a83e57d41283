"""Trainings that are killed with SIGKILL at random moments and gone on with: their results have the bits of one that
nobody disturbed, and nothing is left behind.

``python -m tests.kills`` kills fifty trainings of each model, ten of those that take long; ``make kills`` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from densevec import Aviary
from densevec.cli import main as densevec
from densevec.corpus import encoded
from densevec.corpus.aviary_bitext import AviaryBitext
from densevec.formats import read_container
from densevec.models import base, gradient_model
from densevec.models.gradient_model import GradientModel
from densevec.training.trainer import Trainer
from tests.contracts.cases import LEARNERS, SMALL
from tests.settings import usable

SLOW = {"EmbedAlign", "NPLM", "LogBilinear", "RNNLM"}
KILLS, KILLS_OF_SLOW = 50, 10
SENTENCES = {"BayesianSkipGram": 3000, "DensityWord2Vec": 3000}  # enough for evidence of what is a kind of what


class Bench:
    """A folder with a text, the command that trains a model on it, and the result of a run that nobody disturbed."""

    def __init__(self, kind: type[GradientModel], folder: Path) -> None:
        self.folder = folder
        self.output = folder / "model.safetensors"
        texts = {"text": SENTENCES.get(kind.__name__, 600), "held-out": 60}
        held_out = []
        for name, number in texts.items():
            corpus: Any = AviaryBitext(number) if kind.reads_pairs else Aviary(number)
            lines = ["\t".join(map(" ".join, pair)) for pair in corpus] if kind.reads_pairs else map(" ".join, corpus)
            (folder / name).write_text("".join(f"{line}\n" for line in lines))
        if "patience" in kind.declared() or kind.__name__ == "SkipGram":
            held_out = ["--validation", str(folder / "held-out")]
        options = {"patience": 1} if "patience" in kind.declared() else {}
        values = {name: value for name, value in SMALL.items() if name in kind.declared()}
        values = {**usable(kind, **values), **options, "epochs": 3}
        given = [each for name, value in values.items() for each in (f"--{name.replace('_', '-')}", str(value))]
        self.command = ["train", kind.command, str(folder / "text"), "-o", str(self.output), *held_out, *given]
        self.command += ["--checkpoint-minutes", "0", "--resume", "auto"]
        started = time.monotonic()
        assert self.run(lambda: census(folder / "calls")) == 0, "an undisturbed training must end"
        self.seconds = time.monotonic() - started
        self.wanted = self.result()
        self.calls = json.loads((folder / "calls").read_text())

    def run(self, disturb: Callable[[], None] | None = None) -> int:
        """Train in a process of its own, which ``disturb`` prepares; its exit status, negative for a signal."""
        child = os.fork()
        if child == 0:
            status = 70
            try:
                log = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                for stream in (1, 2):
                    os.dup2(log, stream)
                if disturb is not None:
                    disturb()
                status = densevec(self.command)
                sys.stdout.flush()
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def result(self) -> dict[str, bytes]:
        """Every tensor of the model's file, and its words; the file is gone afterwards."""
        container = read_container(self.output, mmap=False)
        tensors = {name: np.asarray(tensor).tobytes() for name, tensor in container.tensors.items()}
        self.output.unlink()
        return tensors

    def kill(self, choice: random.Random) -> str:
        """Kill once, go on, and compare; what the kill has met."""
        moment, disturb = a_moment(choice, self.seconds, self.calls)
        status = self.run(disturb)
        if status == 0:  # the end came first
            self.check(moment)
            return self.kill(choice)
        assert status == -signal.SIGKILL, f"{moment}: status {status}\n{self.log}"
        has_checkpoint = self.output.with_name(f"{self.output.name}.checkpoint").exists()
        moment += ", gone on from a checkpoint" if has_checkpoint else ", begun anew"
        assert self.run() == 0, f"{moment}\n{self.log}"
        assert ("found " in self.log) == has_checkpoint, moment
        self.check(moment)
        return moment

    @property
    def log(self) -> str:
        """What the last run has printed."""
        return (self.folder / "log").read_text()

    def check(self, moment: str) -> None:
        """The result is the one that is wanted, and nothing else is there."""
        found = self.result()
        assert found.keys() == self.wanted.keys(), moment
        differ = [name for name in self.wanted if found[name] != self.wanted[name]]
        assert not differ, f"{moment}: {differ} differ"
        left = {path.name for path in self.folder.iterdir()} - {"text", "held-out", "log", "calls"}
        assert not left, f"{moment}: {left} are left behind"


# What takes part in a training, and has calls to kill before or after
PLACES: dict[str, tuple[Any, str]] = {
    "counting": (base.Estimator, "count"),
    "encoding": (encoded.Store, "append"),
    "a step": (Trainer, "_step"),
    "writing": (os, "write"),
    "syncing": (os, "fsync"),
    "renaming": (os, "replace"),
    "the evidence": (gradient_model, "learn_inference"),
    "saving": (base, "write_container"),
}


def census(path: Path) -> None:
    """Write to a file how often each place is called, whenever a model is saved."""
    calls = dict.fromkeys(PLACES, 0)

    def count(name: str) -> None:
        calls[name] += 1
        if name == "saving":
            path.write_text(json.dumps(calls))

    for name, (place, function) in PLACES.items():
        _wrap(place, function, lambda name=name: count(name), lambda: None)


def a_moment(choice: random.Random, seconds: float, calls: Mapping[str, int]) -> tuple[str, Callable[[], None]]:
    """A moment to kill at: any time of a run of so many seconds, or one of so many calls."""
    name = choice.choice(["any time"] * 4 + [name for name, number in calls.items() if number])
    if name == "any time":
        delay = choice.uniform(0, seconds)
        return f"{delay:.2f} s of {seconds:.2f} s", lambda: _kill_after(delay)
    number, before = choice.randint(1, calls[name]), choice.random() < 0.5
    when = "before" if before else "after"
    return f"{name}, {when} call {number} of {calls[name]}", lambda: _kill_at_call(*PLACES[name], number, before)


def _kill_after(seconds: float) -> None:
    """By another process: a signal handler of Python's would wait for a kernel to return."""
    target = os.getpid()
    if os.fork() == 0:
        time.sleep(seconds)
        if os.getppid() == target:
            os.kill(target, signal.SIGKILL)
        os._exit(0)


def _kill_at_call(place: Any, name: str, number: int, before: bool) -> None:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1
        if before:
            kill()

    def kill() -> None:
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)

    _wrap(place, name, count, kill)


def _wrap(place: Any, name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    function = getattr(place, name)

    def call(*arguments: Any, **options: Any) -> Any:
        before()
        result = function(*arguments, **options)
        after()
        return result

    setattr(place, name, call)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(LEARNERS), help="classes (default: all)")
    parser.add_argument("--kills", type=int, help=f"of each (default: {KILLS}, {KILLS_OF_SLOW} of slow ones)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name in args.models:
        number = args.kills or (KILLS_OF_SLOW if name in SLOW else KILLS)
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(LEARNERS[name], Path(folder))
            choice = random.Random(f"{args.seed} {name}")
            for kill in range(number):
                print(f"{name} {kill + 1}/{number}: {bench.kill(choice)}", flush=True)


if __name__ == "__main__":
    main()
