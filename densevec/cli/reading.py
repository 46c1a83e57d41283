"""How text is read: the options of ``train`` for commands that have no model."""

from __future__ import annotations

from typing import Any

from densevec.cli.paths import PathOption, Role
from densevec.corpus.phrases import as_phrases
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import NAMES

_RULES = ("lowercase", "tokenizer", "normalize", "errors", "max_sentence_length")
SENTENCES_HELP = (
    "raw text such as books, in the language of this code (en): lines are joined to paragraphs, which are cut into "
    "sentences (needs densevec[text]); give --tokenizer words too"
)


def add_corpus(parser: Any, metavar: str) -> None:
    """The text of a command, one file or more, by place."""
    what = "text files, URLs, folders or glob patterns"
    parser.add_argument("corpus", type=PathOption(Role.TEXT), metavar=metavar, nargs="+", help=what)


def add_reading_options(parser: Any) -> None:
    """--lowercase, --tokenizer, --normalize, --errors, --max-sentence-length as in ``train``, and --sentences."""
    group = parser.add_argument_group("how text is read, as in train")
    group.add_argument("--lowercase", action="store_true", help="lower the text first")
    group.add_argument(
        "--tokenizer", choices=NAMES, default="whitespace", help="how lines are cut (default: whitespace)"
    )
    group.add_argument("--normalize", choices=["NFC", "NFD", "NFKC", "NFKD"], help="bring it to a normal form first")
    group.add_argument(
        "--errors",
        choices=["strict", "replace", "ignore"],
        default="strict",
        help="what to do about bytes that are not UTF-8 (default: strict)",
    )
    group.add_argument(
        "--max-sentence-length", type=int, default=10_000, metavar="N", help="longer lines are cut (default: 10000)"
    )
    group.add_argument("--sentences", type=str, metavar="LANGUAGE", help=SENTENCES_HELP)


def raw_corpus(source: Any, language: str, values: dict[str, Any]) -> TextCorpus:
    """Raw text as a corpus for a model with these parameters."""
    from densevec.corpus.raw import raw_text  # which reading sentences does without

    rules = {name: values[name] for name in _RULES}
    phrases = as_phrases(values["phrases"]) if values.get("phrases") is not None else None
    return raw_text(source, language, phrases=phrases, **rules)


def open_text(args: Any, **changed: Any) -> TextCorpus:
    """The text of the files that a command names, as its options say but for what is ``changed``."""
    rules = {name: getattr(args, name) for name in _RULES} | changed
    if args.sentences is None:
        return TextCorpus(args.corpus, **rules)
    from densevec.corpus.raw import raw_text  # which reading sentences does without

    return raw_text(args.corpus, args.sentences, **rules)
