"""``densevec info FILE``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.files import format_of, size_of
from densevec.cli.output import Style, bytes_after, pairs_as_json, table
from densevec.cli.paths import PathOption, Role
from densevec.evaluation import broadest_words, narrowest_words, variance_frequency_correlation
from densevec.formats import FORMATS, Container, WordVectors, read_container, read_vectors
from densevec.formats.card import amounts_read
from densevec.formats.table import CLOSENESS

_STATED = ("inference.narrow", "evidence.narrow")  # tensors of pairs that the text states, learned from or not


@dataclass(frozen=True)
class Breadth:
    """What the variances of the words say."""

    broadest: list[tuple[str, float]]
    narrowest: list[tuple[str, float]]
    correlation: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "broadest": pairs_as_json(self.broadest),
            "narrowest": pairs_as_json(self.narrowest),
            "variance_frequency_correlation": self.correlation,
        }


@dataclass(frozen=True)
class Info:
    """What lies in a file: class, sizes, parameters, versions, and the breadth of its words if it has densities."""

    file: str
    container: Container
    breadth: Breadth | None

    def as_dict(self) -> dict[str, Any]:
        metadata, tensors = self.container.metadata, self.container.tensors
        mean, counts = tensors.get("mean"), tensors.get("counts.trained", tensors.get("counts"))
        report: dict[str, Any] = {
            "file": self.file,
            "bytes": size_of(self.file),
            "class": metadata["class"],
            "format_version": metadata["format_version"],
            "densevec_version": metadata["densevec_version"],
            "library_versions": metadata["library_versions"],
            "words": 0 if self.container.words is None else len(self.container.words),
            "dim": None if mean is None or mean.ndim < 2 else int(mean.shape[-1]),
            "covariance": _covariance(self.container),
            "counted_tokens": None if counts is None else sum(counts.tolist()),
            "corpus": metadata.get("corpus"),
            **{key: metadata.get(key) for key in CLOSENESS},
            "stated_pairs": next((len(tensors[name]) for name in _STATED if name in tensors), None),
            "parameters": metadata["parameters"],
            "tensors": {name: {"dtype": _dtype(t.dtype), "shape": list(t.shape)} for name, t in tensors.items()},
        }
        return report | (self.breadth.as_dict() if self.breadth else {})

    def as_text(self, style: Style) -> str:
        report = self.as_dict()
        covariance = f", {report['covariance']} densities" if report["covariance"] else ""
        dim = "" if report["dim"] is None else f", dim {report['dim']}"
        size = f"{report['words']:,} words{dim}{covariance}{bytes_after(report['bytes'])}"
        lines = [f"{style.bold(str(report['class']))}  {size}", ""]
        rows = [["counted tokens", f"{report['counted_tokens']:,}"]] if report["counted_tokens"] is not None else []
        if isinstance(report["corpus"], dict):
            last = " last" if report["corpus"].get("updates") else ""
            rows.append([f"learned{last} from", _corpus(report["corpus"])])
        if report["entailment_bound"] is not None:
            rows.append(["entailment bound", f"{report['entailment_bound']:.2f} nats"])
        if report["entailment_contrast"] is not None:
            rows.append(["entailment from", f"a contrast of {report['entailment_contrast']:.2f} on"])
        if report["stated_pairs"] is not None:
            rows.append(["of kinds of things", f"its text says {report['stated_pairs']:,} pairs of words"])
        versions = ", ".join(f"{name} {version}" for name, version in report["library_versions"].items())
        rows.append(["made with", f"densevec {report['densevec_version']}, {versions}"])
        if self.breadth:
            rows += [
                ["broadest", ", ".join(word for word, _ in self.breadth.broadest)],
                ["narrowest", ", ".join(word for word, _ in self.breadth.narrowest)],
            ]
            if self.breadth.correlation is not None:
                rows.append(["log variance against log frequency", f"correlation {self.breadth.correlation:.2f}"])
        lines.append(table(rows))
        if report["parameters"]:
            lines += ["", style.faint("parameters")]
            lines.append(table([[name, str(value)] for name, value in report["parameters"].items()], indent="  "))
        lines += ["", style.faint("tensors")]
        shapes = [[name, t["dtype"], " x ".join(map(str, t["shape"]))] for name, t in report["tensors"].items()]
        return "\n".join([*lines, table(shapes, indent="  ")])


@dataclass(frozen=True)
class ForeignInfo:
    """What lies in a file of another format: the whole of it is read."""

    file: str
    format: str
    table: WordVectors

    def as_dict(self) -> dict[str, Any]:
        counts, variances = self.table.counts, self.table.variances
        return {
            "file": self.file,
            "bytes": size_of(self.file),
            "format": self.format,
            "words": len(self.table),
            "dim": self.table.dim,
            "covariance": None if variances is None else ("spherical" if variances.ndim == 1 else "diagonal"),
            "counted_tokens": None if counts is None else sum(counts.tolist()),
            "first_words": self.table.words[:10],
        }

    def as_text(self, style: Style) -> str:
        report = self.as_dict()
        size = f"{report['words']:,} words, dim {report['dim']}{bytes_after(report['bytes'])}"
        rows = [["first words", ", ".join(word[:40] for word in report["first_words"])]]
        if report["covariance"] is not None:
            rows.append(["covariance", report["covariance"]])
        if report["counted_tokens"] is not None:
            rows.append(["counted tokens", f"{report['counted_tokens']:,}"])
        return f"{style.bold(FORMATS[self.format].summary)}  {size}\n\n{table(rows)}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=PathOption(Role.INPUT), metavar="FILE", help="a densevec file, or word vectors in another format"
    )
    parser.add_argument(
        "--words", type=int, default=5, metavar="N", help="how many of the broadest and narrowest words (default: 5)"
    )


def run(args: argparse.Namespace) -> Info | ForeignInfo:
    from densevec.vectors import DensityVectors

    check_parameter("--words", args.words, Interval(int, 0))
    name = format_of(args.file)
    if name != "native":
        return ForeignInfo(args.file, name, read_vectors(args.file, name))
    container = read_container(args.file)
    breadth = None
    if args.words > 0 and container.words is not None and "variance" in container.tensors:
        vectors = DensityVectors.from_container(container, args.file)
        correlation = variance_frequency_correlation(vectors)
        breadth = Breadth(
            broadest_words(vectors, args.words),
            narrowest_words(vectors, args.words),
            correlation.as_dict()["pearson"] if correlation else None,
        )
    return Info(args.file, container, breadth)


def _dtype(dtype: Any) -> str:
    """A type's name; bfloat16 is NumPy's structured type of one field of that name."""
    return str(dtype.names[0] if dtype.names else dtype)


def _corpus(facts: dict[str, Any]) -> str:
    """What a model learned from, in a line."""
    digest = facts.get("digest")
    identity = [f"SHA-256 of their ids {digest[:16]}..."] if isinstance(digest, str) else []
    return "; ".join([str(facts.get("kind")), amounts_read(facts), *identity])


def _covariance(container: Container) -> str | None:
    mean, variance = container.tensors.get("mean"), container.tensors.get("variance")
    if mean is None or variance is None:
        return None
    return "spherical" if variance.ndim < mean.ndim else "diagonal"
