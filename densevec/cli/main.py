"""Choosing the command, printing its result, and turning what goes wrong into one sentence and an exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Collection, Sequence
from importlib import import_module
from types import FrameType, ModuleType
from typing import NoReturn

from densevec._memory import bytes_asked_for, is_shortage
from densevec._packages import without_torch
from densevec.cli.mistyped import check_names, check_unrecognised
from densevec.cli.options import common_options
from densevec.cli.output import show, table
from densevec.errors import DensevecError, ParameterError, ParameterTypeError

# Command → what it does; the module of that name, with _ for -, has ``add_arguments(parser)`` and ``run(args)``.
COMMANDS = {
    "text": "the first sentences of a text as a model will read them, and what may be wrong with it",
    "train": "train a model on text and save it",
    "update": "go on training a model on another text, whose new words enter",
    "phrases": "learn which words make a phrase",
    "neighbors": "the words closest to a word",
    "entails": "whether a narrow word entails a broad one",
    "hypernyms": "the broader words of a word, or the narrower ones, and why",
    "taxonomy": "some words with those above and below them, as a tree and a picture",
    "analogy": "A is to B as C is to ...",
    "posterior": "what a word means in a sentence",
    "substitutes": "words that could stand in a word's place in a sentence",
    "senses": "the senses of a word in a text, with sentences of each",
    "align": "which words of two texts translate each other",
    "complete": "choose the word for the gap of a sentence",
    "score": "how probable a language model finds the sentences of a text",
    "next": "the words that may come after the beginning of a sentence",
    "generate": "sentences drawn from a language model",
    "rescore": "choose among the hypotheses of n-best lists",
    "plot": "a map of words, as a picture or an interactive page",
    "explore": "a page to explore words in: neighbours, broader words, maps",
    "serve": "answer questions over HTTP, as JSON",
    "atlas": "words with coordinates, neighbours and generality as Parquet, for embedding-atlas",
    "compare": "how words differ between two models",
    "concordance": "a word in all its places in a text",
    "evaluate": "measure vectors on test sets",
    "pseudo-words": "a text and questions that show whether a model reads words in context",
    "transform": "concatenate, whiten, reduce or align finished vectors",
    "convert": "word vectors from one file format to another",
    "info": "what a file holds",
    "verify": "check every digest and value of a file",
    "completion": "a script by which a shell completes the commands",
    "demo": "train on a small built-in corpus and look around, in under a minute",
}
EXIT_FAILURE, EXIT_USAGE = 1, 2
EXIT_INTERRUPTED, EXIT_BROKEN_PIPE, EXIT_TERMINATED = 128 + 2, 128 + 13, 128 + 15


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the status: 0, 1 bad data or file or an unknown word, 2 usage, 130 Ctrl-C, 143 TERM."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):  # a word that the terminal cannot show must not stop a command
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    is_main_thread = threading.current_thread() is threading.main_thread()  # elsewhere no signal can be handled
    previous = signal.signal(signal.SIGTERM, _terminate) if is_main_thread else None
    try:
        return _run(arguments)
    except (ParameterError, ParameterTypeError) as error:
        return _fail(error, EXIT_USAGE)
    except (DensevecError, OSError, MemoryError) as error:
        if isinstance(error, BrokenPipeError):
            # Whoever read our output has seen enough; what is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_BROKEN_PIPE
        return _fail(error, EXIT_FAILURE)
    except KeyboardInterrupt:
        return _fail("interrupted", EXIT_INTERRUPTED)
    except RuntimeError as error:
        if not is_shortage(error):  # torch's way to say that memory is short
            raise
        return _fail(error, EXIT_FAILURE)
    finally:
        if is_main_thread:
            signal.signal(signal.SIGTERM, previous)


def _run(arguments: list[str]) -> int:
    if sorted(arguments) == ["--json", "--version"]:
        from densevec import __version__
        from densevec.cli.version import Version

        show(Version(__version__), as_json=True)
        return 0
    parser, modules = build_parser(arguments)
    check_names(parser, [argument for argument in arguments if not argument.startswith("-")])
    args, unknown = parser.parse_known_args(arguments)
    # with the usage of the command, not that of the program
    check_unrecognised(args.parser, unknown, lambda: build_parser(["train"])[0])
    from densevec.cli.files import reported_warnings, told_log  # which help and usage do without
    from densevec.cli.paths import check_apart, check_texts
    from densevec.cli.wording import as_options

    with reported_warnings(args.parser), told_log(args.parser, getattr(args, "verbose", False)):
        try:
            check_texts(args)
            check_apart(args)
            result = modules[args.command].run(args)
            if result is not None:  # of several processes one alone speaks; some results are made while they are shown
                show(result, as_json=getattr(args, "json", False))
        except ModuleNotFoundError as error:
            raise without_torch(f"densevec {args.command}", error) from None
        except DensevecError as error:
            error.args = tuple(as_options(part, args.parser) if isinstance(part, str) else part for part in error.args)
            raise
    sys.stdout.flush()
    return EXIT_FAILURE if getattr(result, "missing", None) else 0


def build_parser(
    arguments: Sequence[str], needed: Collection[str] = ()
) -> tuple[argparse.ArgumentParser, dict[str, ModuleType]]:
    """The parser for these arguments and the modules it needs.

    Only the command that is named, and those ``needed``, are imported and get their arguments, and of the models to
    train only the one that is named; where the command is one of ours the others have no parser either, so that every
    command starts quickly.
    """
    parser = argparse.ArgumentParser(
        prog="densevec",
        description=f"Words as probability densities, learned from plain text.\n\ncommands:\n{_command_list()}",
        epilog="'densevec COMMAND --help' explains a command; 'densevec demo' is a good start.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, help="the version; with --json all about the build")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, help="one of the above")
    named, kind, *_ = [*(argument for argument in arguments if not argument.startswith("-")), "", ""]
    known = {*needed, named} if named in COMMANDS else COMMANDS
    common, modules = common_options(), {}
    for name, summary in COMMANDS.items():
        if name not in known:
            continue
        command = commands.add_parser(
            name,
            description=f"{summary[0].upper()}{summary[1:]}.",
            parents=[common],
            allow_abbrev=False,
            formatter_class=_wide,
        )
        command.set_defaults(parser=command)
        if name == named or name in needed:
            modules[name] = import_module(f"densevec.cli.{name.replace('-', '_')}")
            modules[name].add_arguments(command, *([kind] if name == "train" else []))
    return parser, modules


def _command_list() -> str:
    return table([[name, summary] for name, summary in COMMANDS.items()], indent="  ")


def _wide(prog: str) -> argparse.HelpFormatter:
    """Long names and their help on one line."""
    return argparse.HelpFormatter(prog, max_help_position=32)


class _ShowVersion(argparse.Action):
    """``--version``, found out only when asked."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from densevec import __version__

        print(f"densevec {__version__}")
        parser.exit()


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a command like any exit: files are closed and temporary ones removed."""
    raise SystemExit(EXIT_TERMINATED)


def _fail(error: object, status: int) -> int:
    """One sentence on stderr."""
    if isinstance(error, DensevecError):
        pass
    elif isinstance(error, MemoryError | RuntimeError):
        size = bytes_asked_for(error)
        error = "there is not enough memory for this" + ("" if size is None else f": {size:,} bytes were asked for")
    elif isinstance(error, OSError) and error.strerror:
        error = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    print(f"densevec: {error}", file=sys.stderr)
    return status
