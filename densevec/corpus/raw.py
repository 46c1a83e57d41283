"""Raw text, such as books: paragraphs over many lines, which are cut into sentences and words here.

A blank line ends a paragraph; within one, a line end is a blank.  What Project Gutenberg puts around a book is left
out: all before the line "*** START OF ..." and from "*** END OF ..." on, up to the next book's start where a file has
several.  Of a dump of Wikipedia, MediaWiki's XML, the paragraphs are those of its articles
(``corpus.wiki``).  Sentences are cut by sentencex (pip install 'densevec[text]'), whose rules know the abbreviations
and the punctuation of some 300 languages; it takes no time beside training.  Words are cut by ``corpus.tokenizers``,
"words" unless another one is named: for languages that are written without spaces, Chinese, Japanese or Thai, give a
function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from densevec._calls import warn
from densevec._packages import import_package
from densevec._streams import first_line
from densevec._validation import LanguageCode, check_parameter
from densevec.corpus.readers import OfFiles, as_paths, find_files
from densevec.corpus.reading import MAX_SENTENCE_LENGTH, JoinsPhrases
from densevec.corpus.text import TextCorpus, as_corpus
from densevec.corpus.tokenizers import Tokenizer
from densevec.errors import CorpusTypeError, FormatWarning

BEGINNING = ("*** START OF TH", "***START OF TH")  # ... IS, or E PROJECT GUTENBERG EBOOK
_END = ("*** END OF TH", "***END OF TH")
_MOST_BEFORE = 1000  # lines in which a book's beginning is looked for
_LONGEST = 1 << 20  # characters of a paragraph; a longer one is cut at a line end
_WIDE = re.compile("[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")  # one byte to sentencex, which panics


class RawText(OfFiles):
    """The sentences of raw text files, as lists of words, each time it is iterated.

    Parameters
    ----------
    source : what ``TextCorpus`` takes as files: a path or URL, several, a folder, a glob pattern
    language : a code such as "en", for sentencex
    text : how a sentence is cut into words
    """

    def __init__(self, source: Any, language: str, text: TextCorpus) -> None:
        paths = as_paths(source)
        if paths is None:
            raise CorpusTypeError(f"raw text must be paths of files, got {type(source).__name__}: {source!r:.80}")
        check_parameter("language", language, LanguageCode())
        self._paths = paths
        self._language = language
        self._text = text
        self._segment = import_package("sentencex", "cutting raw text into sentences", "text").segment
        self._has_warned = False

    @property
    def paths(self) -> list[str]:
        """What names the files."""
        return self._paths

    @property
    def language(self) -> str:
        """By whose rules sentences are found."""
        return self._language

    @property
    def reading(self) -> dict[str, Any]:
        """How sentences are read."""
        return self._text.reading

    def __repr__(self) -> str:
        return f"RawText({self.paths!r:.200}, language={self.language!r})"

    def __iter__(self) -> Iterator[list[str]]:
        for path in find_files(self.paths):
            for paragraph in self._paragraphs(path):
                for sentence in self._sentences(paragraph, path):
                    if words := self._text.tokenize(sentence):
                        yield words

    def _sentences(self, paragraph: str, path: str) -> Iterator[str]:
        try:
            lengths = [len(sentence) for sentence in self._segment(self.language, _WIDE.sub(" ", paragraph))]
        except BaseException as error:  # a panic of Rust's is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
                raise
            if not self._has_warned:
                self._has_warned = True
                warn(
                    f"{path}: sentencex cannot cut the paragraph {paragraph[:60]!r} ({first_line(error)}), which is "
                    "read as one sentence, and so are others like it, if any",
                    FormatWarning,
                )
            lengths = [len(paragraph)]
        begin = 0
        for length in lengths:
            yield paragraph[begin : begin + length]
            begin += length

    def _paragraphs(self, path: str) -> Iterator[str]:
        from densevec.corpus.wiki import is_dump, wiki_paragraphs  # and XML, which all other text does without

        if is_dump(path):
            yield from wiki_paragraphs(path)
            return
        lines: list[str] = []
        size = 0
        for text, ends_line in _body(TextCorpus([path], errors=self._text.errors)):
            if text.strip():
                lines.append(text)
                size += len(text)
            if (ends_line and not text.strip()) or size > _LONGEST:
                yield " ".join(lines)
                lines, size = [], 0
        yield " ".join(lines)


def _body(text: TextCorpus) -> Iterator[tuple[str, bool]]:
    """The lines of a file, and whether each ends, without what is around the books of Project Gutenberg."""
    parts = ((line, ends_line) for _, line, ends_line in text.line_parts())
    before: list[tuple[str, bool]] = []
    for part in parts:
        before.append(part)
        if part[0].startswith(BEGINNING + _END) or len(before) == _MOST_BEFORE:
            break
    if before and before[-1][0].startswith(BEGINNING):
        before = []
    is_within = True
    for line, ends_line in chain(before, parts):
        if not is_within:
            is_within = line.startswith(BEGINNING)
        elif line.startswith(_END):
            is_within = False
            yield "", True  # the paragraph ends with the book
        else:
            yield line, ends_line


def open_corpus(
    source: Any,
    *,
    language: str | None = None,
    lowercase: bool = False,
    tokenizer: Tokenizer = "whitespace",
    **reading: Any,
) -> TextCorpus:
    """``as_corpus``, with its defaults, where files in a language that is named are ``raw_text``."""
    rules = {"lowercase": lowercase, "tokenizer": tokenizer, **reading}
    if language is None or as_paths(source) is None:
        return as_corpus(source, **rules)
    return raw_text(source, language, **rules)


def raw_text(
    source: Any,
    language: str,
    *,
    lowercase: bool = True,
    tokenizer: Tokenizer = "words",
    max_sentence_length: int = MAX_SENTENCE_LENGTH,
    errors: str = "strict",
    normalize: str | None = None,
    phrases: JoinsPhrases | None = None,
) -> TextCorpus:
    """A corpus of raw text, for any model: ``SkipGram(raw_text("books", "en"))``.

    Lines are joined to paragraphs, which are cut into sentences by the rules of the language and then into words; what
    the model is asked about later is lowered and cut in the same way, and files that it is given later are read as raw
    text too.  A dump of Wikipedia, packed or not, is read as the plain text of its articles.

    Parameters
    ----------
    source : a path or URL of text, several, a folder or a glob pattern
    language : its code, such as "en"
    lowercase, tokenizer, max_sentence_length, errors, normalize, phrases : as in ``TextCorpus``

    Raises
    ------
    MissingPackageError
        Without sentencex.
    CorpusTypeError, ParameterError
        For what is no path, or no code of a language.
    """
    text = TextCorpus([], lowercase, tokenizer, max_sentence_length, errors, normalize)
    return TextCorpus(RawText(source, language, text), phrases=phrases)
