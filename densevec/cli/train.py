"""``densevec train MODEL CORPUS... -o FILE``"""

from __future__ import annotations

import argparse
import inspect
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from densevec._processes import is_distributed, is_first
from densevec.cli import resuming
from densevec.cli.constructor import add_parameter_options, parameter_values
from densevec.cli.files import check_savable
from densevec.cli.options import common_options
from densevec.cli.output import Style, amount, duration, log, table
from densevec.cli.paths import PathOption, Role, check_apart
from densevec.errors import DensevecError, FileError, MissingPackageError, NotTrainedError, ParameterError
from densevec.formats.atomic import remove_leftovers
from densevec.formats.fallback import cache_folder, check_fallback
from densevec.models.limits import peak_memory
from densevec.vectors import DensityVectors

# Options for those arguments of ``train()`` that a model has
TRAIN_OPTIONS: dict[str, dict[str, Any]] = {
    "init_from": {"type": PathOption(Role.INPUT), "metavar": "FILE", "help": "vectors that known words start from"},
    "validation": {
        "type": PathOption(Role.TEXT),
        "metavar": "TEXT",
        "help": "held-out text whose loss is reported every epoch",
    },
    "checkpoint": {
        "type": PathOption(Role.CHECKPOINT),
        "metavar": "FILE",
        "help": "written now and then, and when training is interrupted "
        "(default: the file of --resume, which stays, or the output with .checkpoint at its end, removed when the "
        "model is saved; none for a URL)",
    },
    "checkpoint_minutes": {
        "type": float,
        "default": 10.0,
        "metavar": "X",
        "help": "time between checkpoints (default: 10)",
    },
    "resume": {
        "type": PathOption(Role.RESUMED),
        "nargs": "?",
        "const": resuming.OWN,
        "metavar": "FILE",
        "help": "go on from this checkpoint; without a name from the output's own, and with the name auto from that if "
        "it is there, else from the beginning (for job scripts).  Text and parameters must be the same, all but "
        "--workers, --device and --cache-dir",
    },
}


# What --dry-run does not look at
_NOT_ESTIMATED = {
    "validation": "held-out text is not estimated, which takes some more memory, and time after each epoch",
    "init_from": "vectors to start from are not opened, and change neither memory nor time",
    "resume": "a training is estimated from its beginning",
}

FALLBACK_HELP = "where the model is kept if FILE cannot be written in the end (default: the user's cache, densevec)"


@dataclass(frozen=True)
class Trained:
    """What was trained, where it lies, and what it cost."""

    file: str
    model: str
    words: int
    dim: int | None
    seconds: float
    peak_memory_bytes: int
    epochs: list[dict[str, Any]] = field(default_factory=list)
    has_densities: bool = True

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, style: Style) -> str:
        size = f"{self.words:,} words" + ("" if self.dim is None else f", dim {self.dim}")
        cost = f"{duration(self.seconds)}, {amount(self.peak_memory_bytes)}B of memory at the most"
        lines = [f"{style.bold(self.model)}  {size}, {cost}", f"saved to {style.bold(self.file)}"]
        return "\n".join(
            [
                *lines,
                "",
                style.faint("what next"),
                self._next_steps(),
            ]
        )

    def _next_steps(self) -> str:
        if self.dim is None:
            steps = [
                [f"densevec score {self.file} TEXT", "how probable a text is"],
                [f"densevec info {self.file}", "what the file holds"],
            ]
            return table(steps, indent="  ")
        return next_steps(self.file, pair="NARROW BROAD" if self.has_densities else "")


@dataclass(frozen=True)
class Estimated:
    """What a training would take (``densevec.models.estimate.MemoryEstimate``)."""

    estimate: Any

    def as_dict(self) -> dict[str, Any]:
        values: dict[str, Any] = self.estimate.as_dict()
        return values

    def as_text(self, style: Style) -> str:
        told = self.estimate
        low, high = (told.seconds * (1 + sign * told.seconds_error) for sign in (-1, 1))
        place = "files" if told.ids_on_disk else "memory"
        rows = [
            ["vocabulary", f"{amount(told.vocabulary)}B", f"{told.words:,} words of {told.tokens:,} tokens"],
            ["tables", f"{amount(told.tables)}B", ""],
            ["optimiser", f"{amount(told.optimiser)}B", ""],
            ["encoded text", f"{amount(told.ids_on_disk or told.ids_in_memory)}B", f"in {place}"],
            ["scratch", f"{amount(told.scratch)}B", ""],
            ["peak of memory", f"{amount(told.peak)}B", "of this process, code and all; ± 15 %"],
        ]
        if told.limit is not None:
            fits = style.good("fits") if told.fits else style.bad("does not fit")
            rows.append(["limit", f"{amount(told.limit)}B", f"{told.limit_name}: {fits}"])
        rows.append(["time", duration(told.seconds), f"{duration(low)} to {duration(high)} with the machine as it is"])
        return table(rows, align="lr")


def next_steps(path: str, word: str = "WORD", pair: str = "NARROW BROAD", more: Sequence[Sequence[str]] = ()) -> str:
    """Commands to type after training, each with what it does."""
    steps = [[f"densevec neighbors {path} {word}", "the closest words"]]
    if pair:
        steps.append([f"densevec entails {path} {pair}", "is the one a kind of the other?"])
    steps.append([f"densevec info {path}", "what the file holds"])
    return table([*steps, *more], indent="  ")


def add_arguments(parser: argparse.ArgumentParser, kind: str = "") -> None:
    """The models' options: of the ``kind`` that is named, or of all of them where no model's name is spelt like it."""
    import densevec.models

    models = parser.add_subparsers(dest="model", metavar="MODEL", required=True)
    every = vars(densevec.models)["__all__"]
    without: list[str] = []
    for name in [name for name in every if name.lower() == kind.replace("-", "")] or every:
        try:
            model = getattr(densevec.models, name)
        except MissingPackageError:
            without.append(name)
            continue
        if not hasattr(model, "command"):
            continue
        summary = (model.__doc__ or "").strip().splitlines()[0].rstrip(".")
        reads_pairs = getattr(model, "reads_pairs", False)
        corpora = "SOURCE TARGET" if reads_pairs else "CORPUS..."
        options = models.add_parser(
            model.command,
            usage=f"densevec train {model.command} {corpora} -o FILE [options]",
            help=summary.replace("%", "%%"),
            description=f"{summary}.",
            parents=[common_options()],
            allow_abbrev=False,
        )
        options.set_defaults(model_class=model, parser=options)
        what = "two texts, line by line each other's translation, or one file of SOURCE<TAB>TARGET lines"
        what = what if reads_pairs else "text files, URLs, folders or glob patterns"
        options.add_argument("corpus", type=PathOption(Role.TEXT), metavar="CORPUS", nargs="+", help=what)
        options.add_argument(
            "-o",
            "--output",
            type=PathOption(Role.OUTPUT),
            metavar="FILE",
            required=True,
            help="where the trained model is saved",
        )
        if hasattr(model, "estimate_memory"):
            options.add_argument(
                "--dry-run",
                action="store_true",
                help="count the words, learn for seconds, say what memory and time the training will take, and end",
            )
        options.add_argument("--fallback", type=PathOption(Role.FOLDER), metavar="FOLDER", help=FALLBACK_HELP)
        known = inspect.signature(model.train).parameters
        for argument, settings in TRAIN_OPTIONS.items():
            if argument in known:
                several: dict[str, Any] = {"nargs": "+"} if argument == "validation" and reads_pairs else {}
                options.add_argument(f"--{argument.replace('_', '-')}", **settings, **several)
        add_parameter_options(options.add_argument_group("parameters of the model"), model)
    if without:
        log(f"densevec: note: {', '.join(without)} need the package torch: pip install torch")


def run(args: argparse.Namespace) -> Trained | Estimated | None:
    if is_distributed() and not hasattr(args.model_class, "trains_together"):
        raise ParameterError(f"{args.model_class.__name__} must be trained by one process, got several of torchrun")
    is_dry_run = getattr(args, "dry_run", False)
    if not is_first():
        if not is_dry_run:
            train_beside(args)
        return None
    check_savable(args.output)
    settings = {name: getattr(args, name) for name in TRAIN_OPTIONS if hasattr(args, name)}
    checkpoints = resuming.Checkpoints(args)
    check_apart(args, {Role.PARTIAL: partial_path(args.output), **checkpoints.unnamed})
    if checkpoints.path is not None:
        check_savable(checkpoints.path)
    check_kept(args)
    if is_dry_run:
        _refuse_unused(settings)
        return Estimated(make_model(args, {}).estimate_memory(progress=None))
    for path in (args.output, partial_path(args.output)):
        remove_leftovers(path)
    settings |= {"checkpoint": checkpoints.path, "resume": checkpoints.find()}
    model = make_model(args, settings)
    if "output" in inspect.signature(model.train).parameters:
        settings["output"] = args.output
    with checkpoints.told():
        trained = train_and_save(model, args.output, args.fallback, **settings)
    checkpoints.remove_own(settings["resume"])
    return trained


def check_kept(args: argparse.Namespace) -> None:
    """ParameterError or FileError, before the work, for a folder in which no model could be kept."""
    if args.fallback is not None:
        check_fallback(args.fallback)
        check_savable(os.path.join(args.fallback, os.path.basename(args.output)))


def _refuse_unused(settings: Mapping[str, Any]) -> None:
    """ParameterError for options of a training that an estimate has no use for: it would seem to count them in."""
    for name, reason in _NOT_ESTIMATED.items():
        if settings.get(name) is not None:
            raise ParameterError(f"--{name.replace('_', '-')} must be left out with --dry-run: {reason}")


def train_beside(args: argparse.Namespace) -> None:
    """Take part, as another process than the first, in a training that the first tells of and saves."""
    settings = {name: getattr(args, name, None) for name in ("init_from", "validation")}
    settings["resume"] = resuming.Checkpoints(args).resumed
    model = make_model(args, settings)
    model.train(progress=False, **{name: value for name, value in settings.items() if value is not None})


def reads_pairs(args: argparse.Namespace) -> bool:
    """Whether the corpus is one of sentences and their translations."""
    return getattr(args.model_class, "reads_pairs", False) and not getattr(args, "monolingual", False)


def make_model(args: argparse.Namespace, settings: dict[str, Any]) -> Any:
    """The estimator that the command line describes; the held-out text among ``settings`` is named like its corpus."""
    corpus = args.corpus[0] if len(args.corpus) == 1 else args.corpus
    held_out = settings.get("validation")
    if reads_pairs(args):
        corpus = as_pair("CORPUS", args.corpus)
        held_out = None if held_out is None else as_pair("--validation", held_out)
    if held_out is not None:
        settings["validation"] = held_out
    return args.model_class(corpus, **parameter_values(args, args.model_class))


def as_pair(name: str, paths: Sequence[str]) -> str | tuple[str, str]:
    """A path of tab-separated pairs, or the paths of two texts."""
    if len(paths) > 2:
        raise ParameterError(
            f"{name} must be two texts, source and target, or one of tab-separated pairs; got {len(paths)} paths"
        )
    return paths[0] if len(paths) == 1 else (paths[0], paths[1])


def train_and_save(model: Any, path: str, fallback: str | None = None, **settings: Any) -> Trained:
    """Train, telling stderr about every epoch, and save.

    After Ctrl-C, TERM or an error what was learned so far is saved beside the file, never over it.  What cannot be
    written there goes to the ``fallback`` folder, or the user's cache.
    """
    started = time.monotonic()
    reports = EpochLog(getattr(model, "epochs", None))
    folder = fallback or cache_folder()
    try:
        model.train(callbacks=[reports], **{name: value for name, value in settings.items() if value is not None})
    except BaseException:
        _save_partial(model, path, folder)
        raise
    try:
        model.save(path, folder)
    except (KeyboardInterrupt, SystemExit):
        _save_partial(model, path, folder)
        raise
    vectors = getattr(model, "vectors", None)  # an n-gram model has none
    return Trained(
        file=path,
        model=type(model).__name__,
        words=len(vectors if vectors is not None else model.vocabulary),
        dim=None if vectors is None else int(vectors.vector_size),
        seconds=time.monotonic() - started,
        peak_memory_bytes=peak_memory(),
        epochs=reports.epochs,
        has_densities=isinstance(vectors, DensityVectors),
    )


def _save_partial(model: Any, path: str, fallback: str) -> None:
    """Save an interrupted model as ``NAME.partial.ENDING``, if it has learned anything."""
    partial = partial_path(path)
    try:
        model.save(partial, fallback)
    except NotTrainedError:  # it was stopped before the first step
        return
    except FileError as error:  # which says where it is kept instead, if it could be
        log(f"training was interrupted; {error}")
        return
    except DensevecError as error:
        log(f"what was learned so far could not be saved: {error}")
        return
    log(f"training was interrupted; what was learned so far is in {partial}")


def partial_path(path: str) -> str:
    """``NAME.partial.ENDING``"""
    stem, ending = os.path.splitext(path)
    return f"{stem}.partial{ending}"


class EpochLog:
    """A callback that writes one line an epoch to stderr and keeps the figures."""

    def __init__(self, num_epochs: int | None) -> None:
        self._num_epochs = num_epochs
        self.epochs: list[dict[str, Any]] = []

    def on_resume(self, model: Any, history: Sequence[Any]) -> None:
        self.epochs = [asdict(report) for report in history]

    def on_epoch_end(self, model: Any, report: Any) -> None:
        self.epochs.append(asdict(report))
        of = f"/{self._num_epochs}" if self._num_epochs else ""
        log(f"epoch {report.epoch + 1}{of}: {report}")
