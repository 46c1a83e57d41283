"""``densevec convert IN OUT``"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from densevec.cli.files import File, reported_warnings
from densevec.cli.output import Style
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import RULES, add_rules
from densevec.errors import FormatError, FormatWarning, ParameterError
from densevec.formats import FORMATS, format_of_name, guess_format
from densevec.formats.endings import check_ending, is_arpa
from densevec.formats.native import check_values
from densevec.formats.registry import get_format
from densevec.vectors import KeyedVectors

_WITHOUT_MODEL = "the vectors alone are written, without the model: a copy of the file has both"


@dataclass(frozen=True)
class Converted:
    """What was read and written, and what was said on the way."""

    source: str
    source_format: str
    target: str
    target_format: str
    words: int
    dim: int
    notes: list[str]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        return (
            f"{self.source} ({self.source_format}) to {self.target} ({self.target_format}): "
            f"{self.words:,} words, dim {self.dim}"
        )


@dataclass(frozen=True)
class ConvertedNGrams:
    """N-grams that were read and written, how many of each order."""

    source: str
    target: str
    ngrams: list[int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        numbers = ", ".join(f"{number:,}" for number in self.ngrams)
        return f"{self.source} to {self.target}: n-grams of orders 1 to {len(self.ngrams)}: {numbers}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    writable = [each.name for each in FORMATS.values() if each.write is not None]
    parser.add_argument(
        "source",
        type=PathOption(Role.VECTORS),
        metavar="IN",
        help="a file, URL or folder of word vectors, or n-grams: ours or .arpa",
    )
    parser.add_argument(
        "target", type=PathOption(Role.OUTPUT), metavar="OUT", help="where to write them; .arpa or .arpa.gz for n-grams"
    )
    parser.add_argument(
        "--from", dest="source_format", choices=list(FORMATS), help="format of IN (default: by its contents)"
    )
    parser.add_argument("--to", dest="target_format", choices=writable, help="format of OUT (default: by its name)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N words")
    parser.add_argument("--on-duplicate", choices=["error", "first", "last"], help="what to do when a word comes twice")
    parser.add_argument(
        "--drop-nonfinite",
        action="store_true",
        default=None,
        help="leave out the words whose vectors have nan or infinity in them",
    )
    parser.add_argument(
        "--words-with-spaces",
        action="store_true",
        default=None,
        help="a line's last numbers are the vector, the rest the word",
    )
    parser.add_argument(
        "--no-strict",
        dest="strict",
        action="store_false",
        default=None,
        help="read on after the number of words in the header",
    )
    group = parser.add_argument_group("how text is read by n-grams of an .arpa IN, as in train; --errors for words too")
    add_rules(group)
    group.add_argument(
        "--sentences", type=str, dest="language", metavar="LANGUAGE", help="language of raw text, by its code (en)"
    )
    group.add_argument("--skip-symbols", action="store_true", help="leave out <s> and </s> where a text has them")


def run(args: argparse.Namespace) -> Converted | ConvertedNGrams:
    names = ("limit", "on_duplicate", "drop_nonfinite", "words_with_spaces", "strict")
    rules = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    reading = {name: getattr(args, name) for name in (*RULES, "language", "skip_symbols")}
    reading = {name: value for name, value in reading.items() if value != args.parser.get_default(name)}
    if is_arpa(args.source) or is_arpa(args.target):
        if rules or args.source_format or args.target_format:
            raise ParameterError(
                "options for word vectors must be left out where IN or OUT is an .arpa file, which holds n-grams; "
                "those of how text is read may be given"
            )
        return _convert_ngrams(args.source, args.target, reading)
    if "errors" in reading:
        rules["errors"] = reading.pop("errors")
    _refuse_reading(reading, args.source)
    target_format = get_format(args.target_format or format_of_name(args.target)).name
    check_ending(args.target, target_format)
    with reported_warnings(args.parser) as notes:
        source_format = args.source_format or guess_format(args.source)
        if source_format == "native":
            check_values(File(args.source).container.tensors, args.source)
        vectors = KeyedVectors.from_file(args.source, source_format, **rules)
        if source_format == target_format == "native" and File(args.source).has_model:
            warnings.warn(_WITHOUT_MODEL, FormatWarning, stacklevel=1)
        vectors.to_file(args.target, target_format)
    number, dim = len(vectors), vectors.vector_size
    return Converted(args.source, source_format, args.target, target_format, number, dim, notes)


def _refuse_reading(reading: Mapping[str, Any], source: str) -> None:
    if reading:
        given = ", ".join(f"{name}={value!r}" for name, value in reading.items())
        raise ParameterError(
            f"{given} must be left out unless IN is an .arpa file, which does not say how text is read, got {source}"
        )


def _convert_ngrams(source: str, target: str, reading: Mapping[str, Any]) -> ConvertedNGrams:
    from densevec.models import NGram

    if is_arpa(source):
        model: Any = NGram.from_arpa(source, **reading)
    else:
        _refuse_reading(reading, source)
        model = File(source).language_model()
    if not isinstance(model, NGram):
        raise FormatError(f"{source}: the file holds a {type(model).__name__}, and an ARPA file is for n-grams")
    if is_arpa(target):
        model.write_arpa(target)
    elif format_of_name(target) == "native":
        model.save(target)
    else:
        raise ParameterError(f"OUT must be a densevec file (.safetensors) or .arpa for n-grams, got {target!r}")
    return ConvertedNGrams(source, target, list(model.num_ngrams))
