"""``densevec demo --text FILE``: train on a part of somebody's own text, choose words of it, and look around."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from densevec._streams import open_unpacked
from densevec.cli.chosen_words import Choice, choose_readings, choose_words
from densevec.cli.entails import Entails, ask
from densevec.cli.hypernyms import Answer, answer_lines, find_answers
from densevec.cli.output import Style, amount, duration, log, pairs_as_json, scored_words, side_by_side
from densevec.cli.posterior import Posterior, read_in_context
from densevec.cli.train import Trained, next_steps, train_and_save
from densevec.corpus import TextCorpus
from densevec.errors import CorpusError, CorpusFileError

# About a minute of two cores for so much text; a text of few words has none to spare.
SETTINGS: dict[str, Any] = {"dim": 50, "epochs": 3}
MOST_BYTES = 16 * 10**6
_FEW_TOKENS, _FEW_SETTINGS = 50_000, {"min_count": 1, "epochs": 10, "batch_size": 256, "negative": 64}
_SAMPLE_LINES = 1000
_ATTACHED = 0.02  # the share of tokens with a mark at their end from which a text is untokenised
_MARKS = ".,;:!?"


@dataclass(frozen=True)
class Excerpt:
    """The first sentences of a text as a file, and how it is to be read."""

    path: str
    num_sentences: int
    is_whole: bool
    num_tokens: int
    reading: dict[str, Any]

    def corpus(self) -> TextCorpus:
        """Its sentences."""
        return TextCorpus(self.path, **self.reading)


@dataclass(frozen=True)
class TextDemo:
    """What a first look at a model of somebody's own text shows."""

    trained: Trained
    excerpt: Excerpt
    neighbors: dict[str, list[tuple[str, float]]]
    hypernyms: dict[str, list[Answer]]
    entailments: list[Entails]
    generality: list[tuple[str, float]]
    readings: list[Posterior]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.trained.as_dict(),
            "sentences": self.excerpt.num_sentences,
            "whole_text": self.excerpt.is_whole,
            "most_similar": {word: pairs_as_json(pairs) for word, pairs in self.neighbors.items()},
            "hypernyms": {word: [answer.as_dict() for answer in found] for word, found in self.hypernyms.items()},
            "entails": [answer.as_dict() for answer in self.entailments],
            "generality": pairs_as_json(self.generality),
            "readings": [
                {
                    "sentence": " ".join(reading.tokens),
                    "position": reading.position,
                    "neighbors": pairs_as_json(reading.neighbors),
                }
                for reading in self.readings
            ],
        }

    def as_text(self, style: Style) -> str:
        trained = self.trained
        part = "all" if self.excerpt.is_whole else "the first"
        parts = [
            f"{style.bold('densevec demo')}  {part} {self.excerpt.num_sentences:,} sentences of the text, "
            f"{trained.words:,} words, dim {trained.dim}, {duration(trained.seconds)}, "
            f"{amount(trained.peak_memory_bytes)}B of memory"
        ]
        if self.neighbors:
            blocks = [f"{word}\n{scored_words(pairs)}" for word, pairs in self.neighbors.items()]
            parts.append(f"the closest words: vectors.most_similar(word)\n{_indented(side_by_side(blocks), style)}")
        for word, answers in self.hypernyms.items():
            parts.append(f"vectors.hypernyms({word!r}), and why\n{answer_lines(answers, style)}")
        parts += [f"vectors.entails({e.narrow!r}, {e.broad!r})\n{e.as_text(style)}" for e in self.entailments]
        if self.generality:
            parts.append(f"from general to special: vectors.generality(word)\n{scored_words(self.generality)}")
        if self.readings:
            parts.append(self._readings_text(style))
        parts.append(f"saved to {style.bold(trained.file)}\n\n{style.faint('what next')}\n{self._next_text()}")
        return "\n\n".join(parts)

    def _readings_text(self, style: Style) -> str:
        word = self.readings[0].tokens[self.readings[0].position]
        lines = [f"one word, two readings: model.posterior(tokens, position) of {style.bold(word)} in two sentences"]
        blocks = []
        for number, reading in enumerate(self.readings, 1):
            tokens = [style.bold(t) if n == reading.position else t for n, t in enumerate(reading.tokens)]
            lines.append(f"  {number}  {' '.join(tokens)}")
            blocks.append(f"sentence {number}\n{scored_words(reading.neighbors)}")
        return "\n".join([*lines, "", _indented(side_by_side(blocks), style)])

    def _next_text(self) -> str:
        path, word = self.trained.file, next(iter(self.hypernyms), next(iter(self.neighbors), "WORD"))
        pair = f"{self.entailments[0].narrow} {self.entailments[0].broad}" if self.entailments else "NARROW BROAD"
        more = [
            [f"densevec hypernyms {path} {word} --why", "broader words, and where the text says so"],
            [f"densevec taxonomy {path} {word} -o words.svg", "words above and below it, as a picture"],
            ["densevec train bayesian-skipgram TEXT -o FILE", "the whole text, with the usual settings"],
        ]
        return next_steps(path, word=word, pair=pair, more=more)


def look_around(path: str, output: str, num_sentences: int | None, topn: int, seed: int) -> TextDemo:
    """Train on the first sentences of a text, save, and show what its own words tell."""
    from densevec.models import BayesianSkipGram

    with _first_sentences(path, num_sentences) as excerpt:
        part = "all" if excerpt.is_whole else "the first"
        log(f"training on {part} {excerpt.num_sentences:,} sentences of {path} ...")
        settings = {**SETTINGS, **(_FEW_SETTINGS if excerpt.num_tokens < _FEW_TOKENS else {}), **excerpt.reading}
        model = BayesianSkipGram(excerpt.path, seed=seed, **settings)
        trained = train_and_save(model, output)
        log("choosing words that show something ...")
        vectors = model.vectors
        choice = choose_words(vectors)
        return TextDemo(
            trained=trained,
            excerpt=excerpt,
            neighbors=dict(zip(choice.words, vectors.most_similar_batch(choice.words, topn), strict=True)),
            hypernyms=_hypernyms(vectors, choice, topn),
            entailments=_both_ways(vectors, choice),
            generality=[(word, vectors.generality(word)) for word in choice.by_generality],
            readings=[read_in_context(model, *place, topn) for place in choose_readings(model, excerpt.corpus())],
        )


def _hypernyms(vectors: Any, choice: Choice, topn: int) -> dict[str, list[Answer]]:
    """Of the words that have any; there is nothing to ask of fewer than two words."""
    if len(vectors) < 2:
        return {}
    found = {word: find_answers(vectors, word, topn, with_reasons=True) for word in choice.words}
    return {word: answers for word, answers in found.items() if answers}


def _both_ways(vectors: Any, choice: Choice) -> list[Entails]:
    if choice.pair is None:
        return []
    narrow, broad = choice.pair
    return [ask(vectors, narrow, broad), ask(vectors, broad, narrow)]


@contextlib.contextmanager
def _first_sentences(path: str, num_sentences: int | None) -> Iterator[Excerpt]:
    """The first lines of a text, unpacked, in a temporary file: so many, or some 16 MB."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "text.txt")  # unpacked, whatever the name of the original says
        sample: list[str] = []
        lines = size = tokens = 0
        is_whole = True
        with open_unpacked(path, CorpusFileError) as source, open(copy, "wb") as target:
            for line in source:
                if lines == num_sentences or (num_sentences is None and size + len(line) > MOST_BYTES and lines):
                    is_whole = False
                    break
                text = line.decode("utf-8", "replace")  # a first look is not stopped by a wrong byte
                target.write(text.encode())
                size, lines, tokens = size + len(line), lines + 1, tokens + len(text.split())
                if lines <= _SAMPLE_LINES:
                    sample.append(text)
        if not tokens:
            raise CorpusError(f"{path}: the text is empty: it has no tokens")
        yield Excerpt(copy, lines, is_whole, tokens, _how_to_read(sample))


def _how_to_read(sample: Sequence[str]) -> dict[str, Any]:
    """Case is folded where there is any, and words are cut from the marks where these are still attached."""
    tokens = [token for line in sample for token in line.split()]
    attached = sum(len(token) > 1 and token[-1] in _MARKS for token in tokens)
    tokenizer = "words" if attached > _ATTACHED * len(tokens) else "whitespace"
    return {"lowercase": any(line != line.lower() for line in sample), "tokenizer": tokenizer}


def _indented(text: str, style: Style) -> str:
    lines = text.splitlines()
    return "\n".join(f"  {style.faint(line) if number == 0 else line}" for number, line in enumerate(lines))
