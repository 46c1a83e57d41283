"""Phrases: neighbouring words that come together far more often than by chance, learned from text and joined in it."""

from __future__ import annotations

import copy
import inspect
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from densevec._calls import check_names
from densevec._cy.phrases import PhraseCounter, PhraseTable
from densevec._cy.text import Tokens
from densevec._plain import plain_number, with_plain_numbers
from densevec._validation import AnyOf, Choice, Function, Interval, LanguageCode, Rule, check_parameters
from densevec.corpus.passes import Progress, load, pieces_in_sentences
from densevec.corpus.phrase_rules import Phrase, as_connectors, as_delimiter, as_phrase
from densevec.corpus.phrase_scores import SCORES, Counted, Scoring, scores_of
from densevec.corpus.raw import open_corpus
from densevec.corpus.readers import OfFiles
from densevec.corpus.roles import as_tokens
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import found_tokenizer, tokenizer_name
from densevec.errors import CorpusError, FormatError, NotTrainedError, ParameterError, ParameterTypeError
from densevec.formats import read_container, write_container

Path = str | os.PathLike[str]
PHRASES = "phrases"  # the tensor of a file that holds some
_CLASS = "Phrases"
_FIRST = "joined_first"  # in a file: the phrases that were joined in the text before others were learned from it
_RULES: dict[str, Rule] = {
    "min_count": Interval(float, 0, open_low=True),
    "threshold": Interval(float),
    "max_vocab_size": Interval(int, 1),
    "scoring": AnyOf((Choice(tuple(SCORES)), Function("a function of six counts"))),
    "passes": Interval(int, 1, 20),
    "language": LanguageCode(optional=True),
}
_DEFAULTS = {  # of how text is read
    **{each.name: each.default for each in inspect.signature(TextCorpus).parameters.values() if each.name != "source"},
    "language": None,
}


class Joined(NamedTuple):
    """A sentence with its phrases joined: its tokens, and of each word of the sentence the token it is in."""

    tokens: list[str]
    places: list[int]


class Phrases:
    """Learns which neighbouring words make a phrase, such as *new york*, and joins them: *new_york*.

    A candidate is a word, any number of connector words, and a word; it is a phrase if its score is above
    ``threshold``.  With c its count, c_a and c_b those of its two words, N tokens and V distinct words and candidates,

        "default"  (c − min_count) / (c_a c_b) · V                     (Mikolov et al. 2013; V as gensim has it)
        "npmi"     log(c N / (c_a c_b)) / −log(c / N), c ≥ min_count   (Bouma 2009: from −1 to 1)

    In a sentence the first candidate from the left that is a phrase is joined, then the next after it.  With several
    ``passes`` the text with the phrases of one joined is counted for the next, so that phrases grow: *new_york_times*.
    Parameters, defaults and, on the same text, phrases are those of gensim's Phrases; but a word that is spelled as a
    pair would be joined is not counted as that pair.

    Text is read as a ``TextCorpus`` reads it, once a pass, by compiled code, in memory that ``max_vocab_size`` bounds.

    Parameters
    ----------
    sentences : a corpus: paths, URLs, or something that gives lists of words each time it is iterated
    min_count : above 0; what rarer candidates and words have no part in
    threshold : of the score; above 0 for "default", from −1 to 1 for "npmi"
    max_vocab_size : words and candidates (16 bytes and more each) beyond which, at the end of a sentence, the rare are
        dropped as gensim does: the first time none, the second those that came once, the third twice, and so on
    delimiter : one ASCII character, which joins the words of a phrase
    scoring : "default", "npmi", or a function of worda_count, wordb_count, bigram_count, len_vocab, min_count and
        corpus_word_count that gives a number below infinity
    connector_words : words within phrases that count for nothing: a list or a set, or "english"
    passes : over the text
    reading : the other parameters of ``TextCorpus``: lowercase, tokenizer, ...; and ``language`` of raw text, as models
        have it.  ``phrases`` are joined before these, in the text that these are learned from and wherever these are

    Examples
    --------
    >>> text = [["new", "york", "is", "big"], ["in", "new", "york"], ["a", "new", "day"], ["bank", "of", "york"]] * 9
    >>> phrases = Phrases(text, threshold=0.5, scoring="npmi", connector_words="english").train()
    >>> phrases["we saw new york and the bank of york".split()]
    ['we', 'saw', 'new_york', 'and', 'the', 'bank_of_york']
    """

    def __init__(
        self,
        sentences: Any = None,
        min_count: float = 5,
        threshold: float = 10.0,
        max_vocab_size: int = 40_000_000,
        delimiter: str = "_",
        *,
        scoring: str | Scoring = "default",
        connector_words: Iterable[str] | str = (),
        passes: int = 1,
        **reading: Any,
    ) -> None:
        values = {"min_count": min_count, "threshold": threshold, "max_vocab_size": max_vocab_size}
        check_parameters({**reading, **values, "scoring": scoring, "passes": passes}, _RULES)
        if scoring == "default" and threshold <= 0:
            raise ParameterError(f"threshold must be above 0 for scoring 'default', got {threshold!r}")
        if scoring == "npmi" and not -1 <= threshold <= 1:
            raise ParameterError(f"threshold must be from -1 to 1 for scoring 'npmi', got {threshold!r}")
        named = [name for name in inspect.signature(Phrases).parameters if name != "reading"]
        check_names(reading, [*named, *_DEFAULTS], "Phrases")
        self.sentences = sentences
        self.min_count, self.threshold, self.max_vocab_size = min_count, threshold, max_vocab_size
        self.delimiter = as_delimiter(delimiter)
        self.scoring = scoring
        self.connector_words = as_connectors(connector_words)
        self.passes = passes
        self.reading = reading
        self._found: list[dict[Phrase, float]] | None = None
        self._tables: list[PhraseTable] = []
        self._brought: dict[str, Any] | None = None  # rules of reading that the corpus brought along

    def __repr__(self) -> str:
        known = "not trained" if self._found is None else f"{len(self.export_phrases()):,} phrases"
        return f"Phrases({known}, min_count={self.min_count:g}, threshold={self.threshold:g})"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_tables": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        found, self._found = self._found, None if self._found is None else []
        for each in found or ():
            self._add(each)

    # Learning

    def train(self, progress: Progress | None = None) -> Self:
        """Count the text, as often as there are passes; ``progress`` is called with numbers of tokens.

        A ``TextCorpus`` is read by its own rules, and so is what the phrases are joined in later.  Interrupted, or on
        an error, they are what they were.
        Errors: those of ``TextCorpus``; CorpusError for an empty one; ParameterError where it is a TextCorpus, and
        other rules are asked for.
        """
        if self.sentences is None:
            raise ParameterError("sentences must be given to learn phrases from, got None")
        corpus = open_corpus(self.sentences, **self.reading)
        brought = self._rules_of(corpus) if isinstance(self.sentences, TextCorpus | OfFiles) else None
        corpus.start_reading()
        twin = copy.copy(self)
        twin._found, twin._tables = [], []
        twin.reading, twin._brought = {}, None  # phrases that are joined before are joined by the corpus
        for _ in range(self.passes):
            counter = PhraseCounter(sorted(self.connector_words), self.max_vocab_size, corpus.max_sentence_length)
            (twin._count_text if corpus.is_native else twin._count_lists)(corpus, counter, progress)
            if counter.num_tokens == 0:
                raise CorpusError(f"{corpus.name} is empty: it has no tokens")
            twin._add(twin._phrases_of(counter))
        self._found, self._tables = twin._found, twin._tables
        self._brought = brought
        return self

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """``train()`` by scikit-learn's name; ``X`` is a corpus and takes the place of the constructor's."""
        if X is not None:
            self.sentences = X
        return self.train()

    def _rules_of(self, corpus: TextCorpus) -> dict[str, Any]:
        """The corpus's rules of reading; ParameterError where ``reading`` asks for others."""
        rules = corpus.reading_beside(self.reading)
        for name, value in self.reading.items():
            if value != _DEFAULTS[name] and compared(value) != compared(rules[name]):
                raise ParameterError(
                    f"{name} must be the corpus's own, {rules[name]!r}, where the corpus is a {type(corpus).__name__}, "
                    f"got {value!r}; give it where the corpus is made, or give the corpus's own source alone"
                )
        return rules

    def _count_text(self, corpus: TextCorpus, counter: PhraseCounter, progress: Progress | None) -> None:
        tokens = Tokens()
        with closing(pieces_in_sentences(corpus)) as pieces:
            for piece, _ in pieces:
                number = load(corpus, tokens, piece)
                self.join_tokens(tokens)
                counter.count(tokens)
                if progress is not None:
                    progress(number)

    def _count_lists(self, corpus: TextCorpus, counter: PhraseCounter, progress: Progress | None) -> None:
        for sentence in corpus.every_line():  # which is joined before it is cut, as in text
            for part in corpus.sentences_of(self.join(sentence).tokens):
                if part or corpus.paths is None:  # a blank line is no sentence, an empty list is one, as gensim has it
                    counter.count_sentence(part)
            if progress is not None:
                progress(len(sentence))

    def _phrases_of(self, counter: PhraseCounter) -> dict[Phrase, float]:
        """The phrases among what was counted, with their scores, in the order in which their words first came.

        An empty token, as some tokenizers give, is a word in no phrase.
        """
        least = 1 if callable(self.scoring) else max(1, int(np.ceil(self.min_count)))  # for any score of a name
        lefts, lasts, counts, firsts, word_counts = counter.candidates(least)
        given = Counted(
            word_counts[firsts], word_counts[lasts], counts, counter.num_entries, self.min_count, counter.num_tokens
        )
        scores = scores_of(self.scoring, given)
        chosen = np.flatnonzero(scores > self.threshold)
        chosen = chosen[np.lexsort((lasts[chosen], lefts[chosen]))]
        ids = [(*counter.left_words(int(lefts[row])), int(lasts[row])) for row in chosen]
        is_wanted = np.zeros(len(word_counts), np.uint8)
        is_wanted[[word for phrase in ids for word in phrase]] = 1
        words = counter.words(is_wanted)
        phrases = (tuple(words[word] for word in phrase) for phrase in ids)
        return {phrase: float(score) for phrase, score in zip(phrases, scores[chosen], strict=True) if all(phrase)}

    def _add(self, found: dict[Phrase, float]) -> None:
        assert self._found is not None  # set where learning or loading begins
        self._found.append(found)
        self._tables.append(PhraseTable(sorted(self.connector_words), list(found), self.delimiter))

    # Joining

    @property
    def rules(self) -> dict[str, Any]:
        """How text is read, as in ``reading``, or as the corpus said itself."""
        return self.reading if self._brought is None else self._brought

    @property
    def _first(self) -> Phrases | None:
        """Those that were joined in the text before these were learned from it."""
        return as_phrases(self.rules.get("phrases"))

    def _open(self, source: Any) -> TextCorpus:
        """A corpus read as the text that the phrases were learned from, nothing joined in it yet."""
        return open_corpus(source, **{**self.rules, "phrases": None})

    def after(self, others: Phrases) -> Phrases:
        """These phrases, to be joined where ``others`` were joined before; themselves if they were learned so."""
        first = self._first
        if others is self or others is first:
            return self
        twin = copy.copy(self)
        twin._brought = {**self.rules, "phrases": others if first is None else first.after(others)}
        return twin

    def __getitem__(self, sentence: Any) -> Any:
        """A sentence (a list of words) with its phrases joined, or, of a corpus, all its sentences: a corpus again.

        Both are read as the text that the phrases were learned from: lowered, of which the phrases are lowered.
        What holds strings is a sentence; a path is none.  A corpus becomes a ``TextCorpus`` with these phrases, which
        is read anew each time it is iterated, so that it can be trained on, or searched for longer phrases; a
        TextCorpus keeps its own rules.
        """
        if isinstance(sentence, str | bytes | os.PathLike):
            raise ParameterTypeError(f"phrases are joined in lists of words, got {sentence!r:.80}; split it first")
        if isinstance(sentence, Sequence | np.ndarray) and (len(sentence) == 0 or isinstance(sentence[0], str)):
            return self.join(self._open([]).prepare(as_tokens(sentence))).tokens
        return TextCorpus(self._open(sentence), phrases=self)

    def join(self, tokens: Sequence[str]) -> Joined:
        """A sentence with its phrases joined, by the passes one after the other, after those that came before these."""
        given = as_tokens(tokens, "the sentence", ParameterTypeError)
        first = self._first
        joined, places = Joined(given, list(range(len(given)))) if first is None else first.join(given)
        for found in self._trained():
            lengths = list(self._lengths(joined, found))
            ends = np.cumsum([0, *lengths])
            joined = [self.delimiter.join(joined[begin:end]) for begin, end in pairwise(ends)]
            place_of = np.repeat(np.arange(len(lengths)), lengths)
            places = [int(place_of[place]) for place in places]
        return Joined(joined, places)

    def _lengths(self, tokens: Sequence[str], found: Mapping[Phrase, float]) -> Iterator[int]:
        """How many words each token is made of when the phrases of one pass are joined."""
        begin: int | None = None  # of the candidate that is open
        for place, word in enumerate(tokens):
            if word in self.connector_words:
                if begin is None:
                    yield 1
            elif begin is not None and tuple(tokens[begin : place + 1]) in found:
                yield place + 1 - begin
                begin = None
            else:
                yield from [1] * (0 if begin is None else place - begin)
                begin = place
        yield from [1] * (0 if begin is None else len(tokens) - begin)

    def join_tokens(self, tokens: Tokens) -> int:
        """Join the phrases of a piece of text in place; returns the number of tokens left."""
        self._trained()
        if (first := self._first) is not None:
            first.join_tokens(tokens)
        for table in self._tables:
            table.join(tokens)
        return tokens.num_tokens

    def find_phrases(self, sentences: Any) -> dict[str, float]:
        """The phrases of a corpus that are joined in it, with their scores; not its own words that look like them."""
        scores, found = self.export_phrases(), {}
        for sentence in self._open(sentences):
            tokens, places = self.join(sentence)
            for place, num_words in Counter(places).items():
                if num_words > 1 and tokens[place] in scores:  # which those that came before these have not
                    found[tokens[place]] = scores[tokens[place]]
        return found

    def export_phrases(self) -> dict[str, float]:
        """All phrases that were learned, joined, and their scores; of one that several passes found the first's."""
        scores: dict[str, float] = {}
        for found in self._trained():
            for phrase, score in found.items():
                scores.setdefault(self.delimiter.join(phrase), score)
        return scores

    def _trained(self) -> list[dict[Phrase, float]]:
        if self._found is None:
            raise NotTrainedError("these Phrases know none yet; call train() first")
        return self._found

    # Files

    def save(self, path: Path) -> None:
        """Write the phrases to a densevec file, all or nothing; not the counts, nor the text."""
        write_container(path, {PHRASES: self.to_tensor()}, None, {"class": _CLASS, "parameters": self.parameters})

    @classmethod
    def load(cls, path: Path, check: bool = False) -> Self:
        """Phrases from their file.

        Raises
        ------
        FormatError
            If it is another file; otherwise as ``densevec.formats.read_container``.
        """
        container, name = read_container(path, check=check), os.fspath(path)
        if container.metadata["class"] != _CLASS or PHRASES not in container.tensors:
            raise FormatError(f"{name}: the file holds {container.metadata['class'] or 'no class'!r}, expected Phrases")
        return cls.from_tensor(container.tensors[PHRASES], name)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the phrases were learned with, as plain JSON values."""
        name = getattr(self.scoring, "__qualname__", "function") if callable(self.scoring) else self.scoring
        return {
            "min_count": plain_number(self.min_count),
            "threshold": plain_number(self.threshold),
            "max_vocab_size": plain_number(self.max_vocab_size),
            "delimiter": self.delimiter,
            "scoring": name,
            "connector_words": sorted(self.connector_words),
            "passes": plain_number(self.passes),
        }

    def to_tensor(self) -> npt.NDArray[np.uint8]:
        """All that joining needs, as the bytes of a JSON text, for a file."""
        return np.frombuffer(json.dumps(self._values(), ensure_ascii=False, allow_nan=False).encode(), dtype=np.uint8)

    def _values(self) -> dict[str, Any]:
        found = [[[*phrase, score] for phrase, score in each.items()] for each in self._trained()]
        rules = {name: with_plain_numbers(value) for name, value in self.rules.items() if value is not None}
        if "tokenizer" in rules:
            rules["tokenizer"] = tokenizer_name(rules["tokenizer"])
        rules.pop("phrases", None)
        if (first := self._first) is not None:
            rules[_FIRST] = first._values()
        return {**self.parameters, **rules, "phrases": found}

    @classmethod
    def from_tensor(cls, tensor: npt.NDArray[Any], origin: str) -> Self:
        """The reverse of ``to_tensor``; FormatError, with the file's name, for what it never gives."""
        try:
            return cls._from_values(json.loads(bytes(np.asarray(tensor, dtype=np.uint8)).decode()))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            raise FormatError(f"{origin}: the phrases are damaged: {error}") from None

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        found, first = values.pop("phrases"), values.pop(_FIRST, None)
        if values["scoring"] not in SCORES:
            values["scoring"] = _unknown_scoring
        if "tokenizer" in values:
            values["tokenizer"] = found_tokenizer(values["tokenizer"])
        if first is not None:
            values["phrases"] = cls._from_values(first)
        phrases = cls(**values)
        phrases._open([])  # which checks how text is read
        phrases._found = []
        for each in found:
            phrases._add({as_phrase(row[:-1]): float(row[-1]) for row in each})
        return phrases


def as_phrases(phrases: Any) -> Phrases | None:
    """Trained phrases as they are, those of a file's path, or None."""
    if phrases is None:
        return None
    if isinstance(phrases, str | os.PathLike):
        return Phrases.load(phrases)
    if not isinstance(phrases, Phrases):
        raise ParameterTypeError(f"phrases must be Phrases or the path of their file, got {type(phrases).__name__}")
    phrases._trained()
    return phrases


def compared(rule: Any) -> Any:
    """Of a rule of reading what is the same after it was saved and loaded."""
    if isinstance(rule, Phrases):
        return rule.to_tensor().tobytes()
    return tokenizer_name(rule) if callable(rule) else rule


def _unknown_scoring(**counts: Any) -> float:
    raise ParameterError("the scoring function of these phrases is not in their file; they can join, not learn")
