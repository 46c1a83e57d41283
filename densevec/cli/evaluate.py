"""``densevec evaluate FILE... --similarity PATH... --analogies PATH ...``"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from densevec._validation import Interval, check_parameter
from densevec.cli.align import DEFAULT_METHOD, add_symmetrisation, check_symmetrisation, open_reverse
from densevec.cli.combining import Answers, check_mixed, complete, predict
from densevec.cli.output import Style, fraction, table
from densevec.cli.paths import PathOption, Role
from densevec.cli.reading import add_own_reading_options, own_reading
from densevec.cli.refining import add_refine_option, set_refinement
from densevec.cli.subjects import TESTS, Subject, as_option, unanswered
from densevec.corpus.own_text import own_text
from densevec.densities import MEASURES
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.evaluation import (
    evaluate_alignment,
    evaluate_analogies,
    evaluate_contextual,
    evaluate_direction,
    evaluate_entailment,
    evaluate_hypernyms,
    evaluate_lexsub,
    evaluate_pseudo_words,
    evaluate_senses,
    evaluate_similarity,
    read_sense_instances,
    variance_frequency_correlation,
)
from densevec.evaluation.report import Report, Row, compare_rows
from densevec.evaluation.senses import SensesResult
from densevec.evaluation.similarity import SimilarityResult

_ANALOGY_WORDS, _HYPERNYM_WORDS = 30_000, 20_000
COMBINED = "combined"  # what several files do together
_OF_TESTS = {  # options that say how some tests are done
    "columns": ("similarity", "entailment", "direction", "hypernyms"),
    "restrict_vocab": ("analogies",),
    "hypernym_vocab": ("hypernyms",),
    "measure": ("lexsub",),
    "refine": ("lexsub", "contextual", "pseudo_words", "senses"),
    "reverse": ("alignment",),
    "turn_gold": ("alignment",),
    "links_from": ("alignment",),
    "validation": ("perplexity",),
    "weights": ("perplexity",),
    "sentences": ("perplexity", "senses"),
    "errors": ("perplexity", "senses", "alignment"),
}


@dataclass(frozen=True)
class Evaluation:
    """The report of every file; of a single file, its own."""

    reports: dict[str, Report]

    def as_dict(self) -> dict[str, Any]:
        reports = {name: report.as_dict() for name, report in self.reports.items()}
        return next(iter(reports.values())) if len(reports) == 1 else reports

    def as_text(self, style: Style) -> str:
        """One line a figure, one column a file, and how much of a test set each used; what files lack at the end."""
        names = _short_names(list(self.reports)) if len(self.reports) > 1 else [""]
        rows = [["", *names, ""]]
        reports = list(self.reports.values())
        for of_each in compare_rows(reports):
            row = next(filter(None, of_each))
            cells = [" / ".join(map(fraction, each.values)) if each else "" for each in of_each]
            if row.values:
                cells = [cell or "-" * bool(report.unanswered) for cell, report in zip(cells, reports, strict=True)]
            note, *more = _notes(names, of_each)
            rows.append([f"{'  ' * row.depth}{row.label}", *cells, note])
            rows += [["", *[""] * len(names), each] for each in more]
        text = table(rows, align="l" + "r" * len(names)).lstrip("\n")
        lines = [line if line.startswith(" ") else style.bold(line) for line in text.splitlines()]
        remarks = [remark for report in reports for remark in report.unanswered.values()]
        return "\n".join([*lines, *([""] if remarks else []), *remarks])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=PathOption(Role.INPUT), metavar="FILE", nargs="+", help="densevec files; several are compared"
    )
    several: dict[str, Any] = {"nargs": "+", "metavar": "PATH", "default": []}
    parser.add_argument(
        "--similarity",
        type=PathOption(Role.INPUT),
        **several,
        help="'word1 word2 score' files as published; HyperLex too (graded entailment)",
    )
    parser.add_argument(
        "--analogies", type=PathOption(Role.INPUT), metavar="PATH", help="a file like Google's questions-words.txt"
    )
    parser.add_argument(
        "--entailment", type=PathOption(Role.INPUT), **several, help="'narrow broad True|False' files (Baroni, BLESS)"
    )
    parser.add_argument(
        "--direction", type=PathOption(Role.INPUT), **several, help="files of true pairs, 'narrow broad True'"
    )
    parser.add_argument(
        "--hypernyms",
        type=PathOption(Role.INPUT),
        **several,
        help="files of true pairs: the right words among all words ranked as hypernyms",
    )
    parser.add_argument(
        "--columns",
        type=str,
        nargs=3,
        metavar=("FIRST", "SECOND", "VALUE"),
        help="columns of the words and of the score or label in files of pairs, by number from 1 or by heading "
        "(default: those of published layouts)",
    )
    parser.add_argument(
        "--lexsub",
        type=PathOption(Role.INPUT),
        metavar="DIR",
        help="SemEval-2007's folder, or one part of it: DIR/lst_test",
    )
    parser.add_argument(
        "--contextual", type=PathOption(Role.INPUT), metavar="PATH", help="SCWS: similarity of words in their sentences"
    )
    parser.add_argument(
        "--pseudo-words",
        type=PathOption(Role.INPUT),
        metavar="QUESTIONS",
        help="those that 'densevec pseudo-words' wrote with the training text",
    )
    add_refine_option(parser)
    parser.add_argument(
        "--senses",
        type=PathOption(Role.INPUT),
        nargs=2,
        metavar=("INSTANCES", "TEXT"),
        help="those that 'densevec pseudo-words --senses' wrote, and the text in which the senses are found",
    )
    parser.add_argument(
        "--alignment",
        type=PathOption(Role.INPUT),
        nargs=3,
        metavar=("SOURCE", "TARGET", "GOLD"),
        help="two texts and their gold links, as NAACL-2003 has them or Pharaoh lines (i-j sure, i?j possible)",
    )
    parser.add_argument("--turn-gold", action="store_true", help="the links of GOLD are from TARGET to SOURCE")
    parser.add_argument(
        "--links-from",
        type=int,
        choices=[0, 1],
        help="number of a sentence's first word in GOLD (default: 1 for NAACL, 0 for Pharaoh unless GOLD shows 1)",
    )
    add_symmetrisation(parser)
    parser.add_argument(
        "--completion",
        type=PathOption(Role.INPUT),
        nargs=2,
        metavar=("QUESTIONS", "ANSWERS"),
        help="the MSR Sentence Completion Challenge; several files are combined too, with fitted weights",
    )
    parser.add_argument(
        "--perplexity",
        type=PathOption(Role.TEXT),
        metavar="TEXT",
        help="of language models; several files are mixed too",
    )
    add_own_reading_options(parser)
    mixture = parser.add_mutually_exclusive_group()
    mixture.add_argument(
        "--validation",
        type=PathOption(Role.TEXT),
        metavar="TEXT",
        help="perplexity: held-out text that the mixture's weights fit",
    )
    mixture.add_argument(
        "--weights", type=float, nargs="+", metavar="X", help="perplexity: weights of the mixture (default: equal ones)"
    )
    parser.add_argument(
        "--restrict-vocab", type=int, metavar="N", help=f"analogies: the N first words (default: {_ANALOGY_WORDS})"
    )
    parser.add_argument(
        "--hypernym-vocab",
        type=int,
        metavar="N",
        help=f"hypernyms: the N first words are ranked (default: {_HYPERNYM_WORDS})",
    )
    parser.add_argument(
        "--measure",
        choices=list(MEASURES),
        metavar="NAME",
        help="lexical substitution: how candidates are scored (default: "
        "kl_to_query, or cosine for vectors without variances)",
    )
    parser.add_argument("--seed", type=int, default=1, help="folds and ties (default: 1)")


def run(args: argparse.Namespace) -> Evaluation:
    check_symmetrisation(args)
    if args.hypernym_vocab is not None:
        check_parameter("--hypernym-vocab", args.hypernym_vocab, Interval(int, 1))
    paths = list(dict.fromkeys(args.files))
    _check_used(args, len(paths))
    subjects, tests = [Subject(path) for path in paths], [test for test in TESTS if getattr(args, test)]
    options = ["refine"] * bool(args.refine) + ["measure"] * (args.measure not in (None, "cosine"))
    lacking = unanswered(
        subjects, {test: [test, *(name for name in options if test in _OF_TESTS[name])] for test in tests}
    )
    answering = {test: [each for each in subjects if test not in lacking[each.path]] for test in tests}
    reverse = open_reverse(args)
    together: dict[str, Answers] = {}
    if args.completion:
        together["completion"] = complete(answering["completion"], *args.completion)
    if args.perplexity:
        lacks = [each["perplexity"] for each in lacking.values() if "perplexity" in each]
        together["perplexity"] = predict(answering["perplexity"], args, lacks)
    reports = {}
    for subject in subjects:
        path, asked = subject.path, [test for test in tests if test not in lacking[subject.path]]
        report = _evaluate(subject, args, asked, reverse)
        results: dict[str, Any] = {test: answers.of_each.get(path) for test, answers in together.items()}
        reports[path] = replace(report, **results, unanswered={**lacking[path], **report.unanswered})
    if not any(report.as_dict() for report in reports.values()):
        raise ParameterError(f"a test must be named by one of {', '.join(map(as_option, TESTS))}; got none")
    if args.similarity and not any(report.similarity for report in reports.values()):
        raise FormatError(next(iter(reports.values())).unanswered["similarity"])
    of_all: dict[str, Any] = {test: answers.combined for test, answers in together.items()}
    combined = Report(**of_all, unanswered={test: each.lack for test, each in together.items() if each.lack})
    if combined.as_dict():
        name = COMBINED
        while name in reports:  # a file of that name
            name = f"({name})"
        reports[name] = combined
    return Evaluation(reports)


def _check_used(args: argparse.Namespace, num_files: int) -> None:
    """ParameterError for an option that no test that is asked for uses."""
    for name, tests in _OF_TESTS.items():
        value = getattr(args, name)
        if value is None or value is False or value == {}:
            continue
        if not any(getattr(args, test) for test in tests):
            wanted = " or ".join(map(as_option, tests))
            raise ParameterError(f"{as_option(name)} must come with {wanted}, which alone uses it, got none")
    check_mixed(args, num_files)


def _evaluate(subject: Subject, args: argparse.Namespace, asked: Collection[str], reverse: Any) -> Report:
    """The results of the tests that are asked of one file, of those that are not of several files at once."""
    vectors: Any = subject.vectors
    columns = {"columns": args.columns}
    num_words = _HYPERNYM_WORDS if args.hypernym_vocab is None else args.hypernym_vocab
    of_pairs: dict[str, Callable[[str], Any]] = {
        "similarity": lambda test: _similarity(vectors, test, args.columns),
        "entailment": lambda test: evaluate_entailment(vectors, test, seed=args.seed, **columns),
        "direction": lambda test: evaluate_direction(vectors, test, **columns),
        "hypernyms": lambda test: evaluate_hypernyms(vectors, test, restrict_vocab=num_words, **columns),
    }
    report: dict[str, Any] = {
        name: _each(getattr(args, name), evaluate) for name, evaluate in of_pairs.items() if name in asked
    }
    if "similarity" in asked and (missing := set(_short_names(args.similarity)) - report["similarity"].keys()):
        lack = subject.lacks(["entailment"], f"--similarity {', '.join(sorted(missing))} (graded entailment)")
        report["unanswered"] = {"similarity": lack}
    if vectors is not None:
        report["variance_frequency_correlation"] = variance_frequency_correlation(vectors)
    if "analogies" in asked:
        among = _ANALOGY_WORDS if args.restrict_vocab is None else args.restrict_vocab
        report["analogies"] = evaluate_analogies(vectors, args.analogies, restrict_vocab=among)
    report |= _in_context(subject, args, asked)
    if "alignment" in asked:
        method = args.symmetrize or DEFAULT_METHOD
        report["alignment"] = evaluate_alignment(
            subject.model,
            *args.alignment,
            reverse=reverse,
            method=method,
            turned=args.turn_gold,
            links_from=args.links_from,
            errors=args.errors,
        )
    return Report(**report)


def _similarity(vectors: Any, path: str, columns: Sequence[str] | None) -> SimilarityResult | None:
    """None of graded entailment, which points cannot score."""
    try:
        return evaluate_similarity(vectors, path, columns=columns)
    except ParameterTypeError:
        if hasattr(vectors, "entailment_batch"):
            raise
        return None


def _in_context(subject: Subject, args: argparse.Namespace, asked: Collection[str]) -> dict[str, Any]:
    """What is asked of words in their sentences, which vectors without a model can answer by themselves at most."""
    if not {"lexsub", "contextual", "pseudo_words", "senses"} & set(asked):
        return {}
    vectors, model = subject.vectors, subject.model
    set_refinement(model, args.refine)
    encoder, scorer = getattr(model, "posterior_batch", None), subject.scorer
    report: dict[str, Any] = {}
    if "lexsub" in asked:
        report["lexsub"] = evaluate_lexsub(
            vectors, args.lexsub, encoder=encoder, scorer=scorer, measure=args.measure, seed=args.seed
        )
    if "contextual" in asked:
        own = getattr(model, "vectors", vectors)  # which read sentences as the model does
        report["contextual"] = evaluate_contextual(own, args.contextual, encoder=encoder)
    if "pseudo_words" in asked:
        report["pseudo_words"] = evaluate_pseudo_words(vectors, args.pseudo_words, encoder=encoder, scorer=scorer)
    if "senses" in asked:
        instances, text = args.senses
        report["senses"] = _find_senses(model, instances, model.open_text(text, **own_reading(args)))
    return report


def _find_senses(model: Any, instances_path: str, text: Any) -> SensesResult:
    instances = read_sense_instances(instances_path)
    words = own_text(model, tokenizer="whitespace").spell([instance.word for instance in instances])
    words = [word for word in dict.fromkeys(words) if word in model.vectors]
    return evaluate_senses(model.senses_batch(words, text, num_examples=0), instances)


def _each(paths: Sequence[str], evaluate: Callable[[str], Any]) -> dict[str, Any]:
    """Results by the name of the file; of those that there are."""
    results = {name: evaluate(path) for name, path in zip(_short_names(paths), paths, strict=True)}
    return {name: result for name, result in results.items() if result is not None}


def _notes(names: Sequence[str], rows: Sequence[Row | None]) -> list[str]:
    """The remark that files agree on, or each one with the names of those that it is of."""
    of: dict[str, list[str]] = {}
    for name, row in zip(names, rows, strict=True):
        if row is not None:
            of.setdefault(row.note, []).append(name)
    return list(of) if len(of) == 1 else [f"{', '.join(files)}: {note}" for note, files in of.items()]


def _short_names(paths: Sequence[str]) -> list[str]:
    """File names with their endings; whole paths where two names are equal."""
    names = [Path(path).name for path in paths]
    times = Counter(names)
    return [name if times[name] == 1 else path for name, path in zip(names, paths, strict=True)]
