"""``densevec entails FILE NARROW BROAD``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec.cli.files import File, as_known
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reasons import Reason, reason_for
from densevec.cli.tables import add_table_option, check_table, write_table

EVEN = 0.5
_COLUMNS = ("narrow", "broad", "entails", "probability", "entailment", "kl_divergence", "bound")


@dataclass(frozen=True)
class Entails:
    """The decision and its probability, what the text says, and what the densities do.

    probability, reverse_probability : that narrow entails broad and that broad entails narrow, for the prior
    entailment, reverse, kl_divergence, bound : the score in both directions, KL(narrow‖broad) and the bound up to which
        the densities alone are close enough; in nats
    """

    narrow: str
    broad: str
    entails: bool
    probability: float
    reverse_probability: float
    prior: float
    stated: Reason
    entailment: float
    reverse: float
    kl_divergence: float
    bound: float

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "stated": self.stated.as_dict()}

    def as_text(self, style: Style) -> str:
        answer = style.good("yes") if self.entails else style.bad("no")
        certain = f"with probability {self.probability:.3f}"
        if self.prior != EVEN:
            certain += f" where {self.prior:g} of all pairs entail"
        lines = [f"{style.bold(self.narrow)} entails {style.bold(self.broad)}: {answer}, {certain}"]
        lines.append(f"  {self.stated.summary(entails=self.entails)}")
        if self.stated.sentence is not None:
            lines.append(f"      {style.faint(self.stated.excerpt())}")
        rows = [
            [f"{self.narrow} -> {self.broad}", f"{self.probability:.3f}", f"{self.entailment:.2f} nats"],
            [f"{self.broad} -> {self.narrow}", f"{self.reverse_probability:.3f}", f"{self.reverse:.2f} nats"],
            [f"KL({self.narrow} | {self.broad})", "", f"{self.kl_divergence:.2f} nats"],
        ]
        rows.append(["KL up to which densities are close", "", f"{self.bound:.2f} nats"])
        return "\n".join([*lines, table(rows, align="lrr", indent="  ")])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a densevec file with word densities")
    parser.add_argument("narrow", type=str, metavar="NARROW", help="such as kakapo")
    parser.add_argument("broad", type=str, metavar="BROAD", help="such as bird")
    parser.add_argument(
        "--prior",
        type=float,
        default=EVEN,
        metavar="SHARE",
        help="which share of the pairs that you ask about entail, above 0 and below 1 (default: 0.5)",
    )
    add_table_option(parser, "the answer, both directions")


def run(args: argparse.Namespace) -> Entails:
    check_table(args.table)
    vectors = File(args.file).densities()
    result = ask(vectors, args.narrow, args.broad, args.prior)
    if args.table is not None:
        reverse = ask(vectors, args.broad, args.narrow, args.prior)
        write_table(args.table, {name: [getattr(each, name) for each in (result, reverse)] for name in _COLUMNS})
    return result


def ask(vectors: Any, narrow: str, broad: str, prior: float = EVEN) -> Entails:
    """Put the question to vectors."""
    narrow, broad = as_known(vectors, narrow), as_known(vectors, broad)
    probability = vectors.entailment_probability(narrow, broad, prior=prior)
    decision = vectors.entails(narrow, broad) if prior == EVEN else probability >= EVEN
    return Entails(
        narrow=narrow,
        broad=broad,
        entails=bool(decision),
        probability=probability,
        reverse_probability=vectors.entailment_probability(broad, narrow, prior=prior),
        prior=prior,
        stated=reason_for(vectors, narrow, broad),
        entailment=vectors.entailment(narrow, broad),
        reverse=vectors.entailment(broad, narrow),
        kl_divergence=vectors.kl_divergence(narrow, broad),
        bound=vectors.entailment_limit(narrow, broad),
    )
