"""How text is read: the options of ``train``; of commands with a model those that may differ from its own."""

from __future__ import annotations

import argparse
from typing import Any

from densevec._validation import LanguageCode
from densevec.cli.paths import PathOption, Role
from densevec.corpus.raw import open_corpus
from densevec.corpus.reading import MAX_SENTENCE_LENGTH
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import NAMES

RULES = ("lowercase", "tokenizer", "normalize", "errors", "max_sentence_length")


def add_corpus(parser: Any, metavar: str) -> None:
    """The text of a command, one file or more, by place."""
    what = "text files, URLs, folders or glob patterns"
    parser.add_argument("corpus", type=PathOption(Role.TEXT), metavar=metavar, nargs="+", help=what)


def add_reading_options(parser: Any) -> None:
    """--lowercase, --tokenizer, --normalize, --errors, --max-sentence-length as in ``train``, and --sentences."""
    group = parser.add_argument_group("how text is read, as in train")
    add_rules(group)
    add_sentences_option(group, "none, or as the text that a MODEL learned from")


def add_rules(group: Any) -> None:
    """--lowercase, --tokenizer, --normalize, --errors, --max-sentence-length."""
    group.add_argument("--lowercase", action="store_true", help="lower the text first")
    group.add_argument(
        "--tokenizer", choices=NAMES, default="whitespace", help="how lines are cut (default: whitespace)"
    )
    group.add_argument("--normalize", choices=["NFC", "NFD", "NFKC", "NFKD"], help="bring it to a normal form first")
    add_errors_option(group, "strict")
    group.add_argument(
        "--max-sentence-length",
        type=int,
        default=MAX_SENTENCE_LENGTH,
        metavar="N",
        help="longer lines are cut (default: %(default)s)",
    )


def add_errors_option(parser: Any, default: str | None = None) -> None:
    """--errors; of commands that read a text for a model the default, None, is the model's own."""
    parser.add_argument(
        "--errors",
        choices=["strict", "replace", "ignore"],
        default=default,
        help=f"what to do about bytes of the text that are not UTF-8 (default: {default or 'as the model'})",
    )


def add_own_reading_options(parser: Any) -> None:
    """--errors and --sentences of commands that read a text for a model."""
    add_errors_option(parser)
    add_sentences_option(parser, "as the text that the model learned from")


def own_reading(args: Any) -> dict[str, Any]:
    """The rules of reading that are given in the place of a model's own."""
    return args.sentences | given_errors(args)


def given_errors(args: Any) -> dict[str, str]:
    """--errors as a rule of reading, if it is given."""
    return {} if args.errors is None else {"errors": args.errors}


def add_sentences_option(parser: Any, default: str) -> None:
    """--sentences: the language by whose rules a text is cut."""
    parser.add_argument(
        "--sentences",
        type=_language,
        default={},
        metavar="LANGUAGE",
        help="language of raw text such as books, by its code (en): lines are joined to paragraphs, which are cut into "
        f"sentences (needs densevec[text]); none: a line is a sentence (default: {default})",
    )


def _language(text: str) -> dict[str, str | None]:
    """The rule of reading that ``--sentences`` states."""
    code, rule = None if text.lower() == "none" else text, LanguageCode(optional=True)
    if not rule.check(code):
        raise argparse.ArgumentTypeError(f"must be {rule.describe()}, got {text!r:.80}")
    return {"language": code}


def open_text(args: Any, **changed: Any) -> TextCorpus:
    """The text of the files that a command names, as its options say but for what is ``changed``."""
    return open_corpus(args.corpus, **given_rules(args) | changed | args.sentences)


def given_rules(args: Any) -> dict[str, Any]:
    """The rules of reading that are not None, as what was not given is."""
    return {name: value for name in RULES if (value := getattr(args, name)) is not None}
