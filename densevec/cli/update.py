"""``densevec update FILE TEXT... -o OUT``"""

from __future__ import annotations

import argparse
import inspect
import time
from typing import Any

from densevec.cli import resuming
from densevec.cli.files import File, check_savable
from densevec.cli.output import log
from densevec.cli.paths import PathOption, Role, check_apart
from densevec.cli.reading import add_corpus, add_own_reading_options, own_reading
from densevec.cli.train import FALLBACK_HELP, TRAIN_OPTIONS, EpochLog, Trained, check_kept
from densevec.errors import MissingPackageError, ParameterError
from densevec.formats.atomic import remove_leftovers
from densevec.formats.fallback import cache_folder
from densevec.models.limits import peak_memory
from densevec.models.placement import find_device
from densevec.vectors import DensityVectors

_OWN = "(default: the model's own)"
_KEPT = ("checkpoint", "checkpoint_minutes", "resume")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Go on learning from another text, whose new words enter: counts add up, tables go on from where they are.  "
        "The text is read as the model's own was."
    )
    parser.add_argument(
        "file",
        type=PathOption(Role.BASE),
        metavar="FILE",
        help="a trained model, as densevec train writes it, not vectors alone",
    )
    add_corpus(parser, "TEXT")
    add_own_reading_options(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="OUT",
        required=True,
        help="where the model is saved; may be FILE",
    )
    parser.add_argument("--learning-rate", type=float, metavar="X", help=f"that steps begin with {_OWN}")
    parser.add_argument("--epochs", type=int, metavar="N", help=f"passes over the new text {_OWN}")
    parser.add_argument("--min-count", type=int, metavar="N", help=f"how often a new word must come in it {_OWN}")
    parser.add_argument(
        "--max-vocab-size", type=int, metavar="N", help=f"how many words there may be once new ones enter {_OWN}"
    )
    parser.add_argument(
        "--prior-weight",
        type=float,
        metavar="X",
        help="of densities: what a token of the earlier texts counts beside one of the new (default: 0)",
    )
    parser.add_argument(
        "--evidence",
        type=PathOption(Role.INPUT, is_optional=True),
        metavar="NAME",
        default=argparse.SUPPRESS,
        help=f"of densities: by what the text is read for kinds of things, as in train, from now on {_OWN}",
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="threads (default: 1)")
    parser.add_argument(
        "--device", type=str, metavar="NAME", help="such as auto, cpu or cuda (default: the model's own if it is here)"
    )
    parser.add_argument("--engine", choices=("auto", "fused", "torch"), help=f"what steps are computed by {_OWN}")
    parser.add_argument(
        "--cache-dir",
        type=PathOption(Role.FOLDER),
        metavar="FOLDER",
        help="for the encoded text when it is large (default: the model's own if it is here, or a temporary one)",
    )
    for name in _KEPT:
        parser.add_argument(f"--{name.replace('_', '-')}", **TRAIN_OPTIONS[name])
    parser.add_argument("--fallback", type=PathOption(Role.FOLDER), metavar="FOLDER", help=FALLBACK_HELP)


def run(args: argparse.Namespace) -> Trained:
    begun = time.monotonic()
    check_savable(args.output)
    checkpoints = resuming.Checkpoints(args)
    check_apart(args, checkpoints.unnamed)
    if checkpoints.path is not None:
        check_savable(checkpoints.path)
    check_kept(args)
    remove_leftovers(args.output)
    model = File(args.file).model()
    update = getattr(model, "update", None)
    if update is None:
        raise ParameterError(
            "FILE must hold a SkipGram, CBOW, DensityWord2Vec or BayesianSkipGram to be updated, got "
            f"{type(model).__name__}"
        )
    names = ("learning_rate", "epochs", "min_count", "max_vocab_size", "prior_weight")
    given: dict[str, Any] = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.device is None:
        args.device = _here(model.device, args.file)
    told = {name: value for name in ("device", "engine", "cache_dir") if (value := getattr(args, name)) is not None}
    told |= {"evidence": args.evidence} if hasattr(args, "evidence") else {}
    for name, known in (("prior_weight", inspect.signature(update).parameters), ("evidence", model.declared())):
        if name in given | told and name not in known:
            option = f"--{name.replace('_', '-')}"
            raise ParameterError(f"{option} is for densities, and {args.file} holds a {type(model).__name__}")
    model.set_params(workers=args.workers, **told)
    reports = EpochLog(given.get("epochs", model.epochs))
    saved = checkpoints.find()
    given |= {"checkpoint": checkpoints.path, "checkpoint_minutes": args.checkpoint_minutes, "resume": saved}
    corpus = args.corpus[0] if len(args.corpus) == 1 else args.corpus
    with checkpoints.told():
        update(model.open_text(corpus, **own_reading(args)), callbacks=[reports], **given)
        model.save(args.output, args.fallback or cache_folder())
    checkpoints.remove_own(saved)
    return Trained(
        file=args.output,
        model=type(model).__name__,
        words=len(model.vectors),
        dim=int(model.vectors.vector_size),
        seconds=time.monotonic() - begun,
        peak_memory_bytes=peak_memory(),
        epochs=reports.epochs,
        has_densities=isinstance(model.vectors, DensityVectors),
    )


def _here(device: str, path: str) -> str:
    """The device of a model's file, or "auto" where it is another machine's."""
    try:
        find_device(device)
    except (ParameterError, MissingPackageError):
        log(f"densevec: note: {path}: its device {device} is not here; --device names another than auto")
        return "auto"
    return device
