"""``densevec entails FILE NARROW BROAD``"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

from densevec.cli.files import File, as_known
from densevec.cli.output import Style, table


@dataclass(frozen=True)
class Entails:
    """The answer, the score in both directions, KL(narrow‖broad) and the bound it must keep; all in nats."""

    narrow: str
    broad: str
    entails: bool
    entailment: float
    reverse: float
    kl_divergence: float
    bound: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        answer = style.good("yes") if self.entails else style.bad("no")
        rows = [
            [f"{self.narrow} -> {self.broad}", f"{self.entailment:.2f} nats"],
            [f"{self.broad} -> {self.narrow}", f"{self.reverse:.2f} nats"],
        ]
        rows.append([f"KL({self.narrow} | {self.broad})", f"{self.kl_divergence:.2f} nats"])
        if self.bound is not None:
            rows.append(["KL of the closest 1 % of random pairs", f"{self.bound:.2f} nats"])
        lines = table(rows, align="lr", indent="  ")
        return f"{style.bold(self.narrow)} entails {style.bold(self.broad)}: {answer}\n{lines}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a densevec file with word densities")
    parser.add_argument("narrow", metavar="NARROW", help="such as kakapo")
    parser.add_argument("broad", metavar="BROAD", help="such as bird")


def run(args: argparse.Namespace) -> Entails:
    return ask(File(args.file).densities(), args.narrow, args.broad)


def ask(vectors: Any, narrow: str, broad: str) -> Entails:
    """Put the question to vectors."""
    narrow, broad = as_known(vectors, narrow), as_known(vectors, broad)
    answer = bool(vectors.entails(narrow, broad))
    return Entails(
        narrow=narrow,
        broad=broad,
        entails=answer,
        entailment=vectors.entailment(narrow, broad),
        reverse=vectors.entailment(broad, narrow),
        kl_divergence=vectors.kl_divergence(narrow, broad),
        bound=vectors.entailment_bound,
    )
