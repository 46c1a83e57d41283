"""``densevec text FILES...``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_corpus, add_reading_options, open_text
from densevec.cli.tables import check_table, write_table
from densevec.cli.wording import as_options
from densevec.corpus.inspection import TextReport, inspect_text
from densevec.corpus.readers import find_files
from densevec.corpus.sources import by_language, look_at, source_problems
from densevec.corpus.text import TextCorpus
from densevec.errors import CorpusError


@dataclass(frozen=True)
class Text:
    """The first sentences as a model will read them, and what the text looks like."""

    files: list[str]
    languages: dict[str, list[str]]
    report: TextReport
    topn: int

    def as_dict(self) -> dict[str, Any]:
        shown = {**self.report.as_dict(), "frequent": self.report.frequent[: self.topn]}
        return {"files": self.files, "languages": self.languages, **shown}

    def as_text(self, style: Style) -> Iterator[str]:
        report = self.report
        yield style.faint("the first sentences, their words apart by a blank")
        yield from (f"  {' '.join(words)}" for words in report.first)
        frequent = ", ".join(f"{word} {count:,}" for word, count in report.frequent[: self.topn])
        rows = [
            ["files", f"{len(self.files):,}", ""],
            ["languages", ", ".join(self.languages) or "?", "by the most frequent words of each file"],
            ["sentences", f"{report.sentences:,}", ""],
            ["tokens", f"{report.tokens:,}", ""],
            ["types", f"{report.types:,}", f"{report.kept:,} of them are there {report.min_count} times or more"],
            [
                "outside",
                f"{100 * report.outside:.1f} %",
                "of the tokens are other words, which are dropped",
            ],
            [
                "longest",
                f"{report.longest:,}",
                f"tokens{' or more' if report.longest_is_cut else ''}, sentence {report.longest_number:,}",
            ],
        ]
        yield ""
        yield table(rows, align="lr")
        yield f"{style.faint('most frequent')}  {frequent}"
        if report.problems:
            yield ""
            yield style.bad("what looks wrong")
            yield from (f"  {problem}" for problem in report.problems)
        else:
            yield style.good("nothing stands out as odd")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus(parser, "FILES")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="sentences (default: 5)")
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="most frequent words (default: 10)")
    parser.add_argument("--min-count", type=int, default=5, metavar="N", help="that train will be given (default: 5)")
    parser.add_argument(
        "--frequencies",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help="write all words here, the most frequent first, with count, share per million, and the share of the text "
        "that they and those before make up: .csv, .tsv, .parquet, or .md",
    )
    add_reading_options(parser)


def run(args: argparse.Namespace) -> Text:
    for name, least in (("show", 0), ("topn", 0), ("min_count", 1)):
        check_parameter(f"--{name.replace('_', '-')}", getattr(args, name), Interval(int, least))
    check_table(args.frequencies, "--frequencies")
    files = find_files(args.corpus)
    signs = look_at(files)
    languages = by_language(signs)
    code = next(iter(languages), None)
    limits = {"min_count": args.min_count, "show": args.show, "topn": args.topn if args.frequencies is None else None}
    limits |= {} if code is None else {"language": code}
    complaints = source_problems(signs)
    try:
        report = _inspect(args, limits, complaints)
    except CorpusError as error:  # what train will stop at is told, and the rest looked at
        no_texts = {each.path for each in signs if not each.is_text}
        args.corpus = [path for path in files if path not in no_texts]
        if not args.corpus or (args.errors != "strict" and not no_texts):
            raise
        args.errors = "replace" if args.errors == "strict" else args.errors
        report = _inspect(args, limits, [f"train will stop at this: {error}", *complaints])
    report = replace(report, problems=[as_options(problem, args.parser) for problem in report.problems])
    if args.frequencies is not None:
        write_table(args.frequencies, _frequencies(report))
    return Text(files, languages, report, args.topn)


def _frequencies(report: TextReport) -> dict[str, list[Any]]:
    """Columns of all words."""
    words, counts = (list(column) for column in zip(*report.frequent, strict=True)) if report.frequent else ([], [])
    total = max(report.tokens, 1)
    return {
        "rank": list(range(1, len(words) + 1)),
        "word": words,
        "count": counts,
        "per_million": [1e6 * count / total for count in counts],
        "cumulative_share": [number / total for number in accumulate(counts)],
    }


def _inspect(args: argparse.Namespace, limits: dict[str, Any], complaints: list[str]) -> TextReport:
    lines = (text for _, text, _ in TextCorpus(args.corpus, errors=args.errors).line_parts())
    text = open_text(args)
    return inspect_text(text, lines if text.language is None else (), complaints=complaints, **limits)
