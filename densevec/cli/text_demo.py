"""``densevec demo --text FILE``: train on a part of somebody's own text, choose words of it, and look around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from densevec.cli.chosen_words import Choice, choose_readings, choose_words
from densevec.cli.entails import Entails, ask
from densevec.cli.hypernyms import Answer, answer_lines, find_answers
from densevec.cli.output import Style, amount, duration, log, pairs_as_json, scored_words, side_by_side
from densevec.cli.posterior import Posterior, read_in_context
from densevec.cli.train import Trained, next_steps, train_and_save
from densevec.corpus import TextCorpus
from densevec.corpus.readers import OfFiles

# About a minute of two cores for so much text; a text of few words has none to spare.
SETTINGS: dict[str, Any] = {"dim": 50, "epochs": 3}
MOST_BYTES = 16 * 10**6
_FEW_TOKENS, _FEW_SETTINGS = 50_000, {"min_count": 1, "epochs": 10, "batch_size": 256, "negative": 64}
_SAMPLE_TOKENS = 20_000
_ATTACHED = 0.02  # the share of tokens with a mark at their end from which a text is untokenised
_MARKS = ".,;:!?"


@dataclass(frozen=True)
class Excerpt(OfFiles):
    """The first sentences of a text, read from its files in each pass."""

    text: TextCorpus
    num_sentences: int
    num_tokens: int
    is_whole: bool

    @property
    def paths(self) -> list[str] | None:
        """What names the files of the text."""
        return self.text.paths

    @property
    def language(self) -> None:
        """A line is a sentence."""

    @property
    def reading(self) -> dict[str, Any]:
        """How the text is read."""
        return self.text.reading

    def __iter__(self) -> Iterator[list[str]]:
        return islice(self.text, self.num_sentences)


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


def look_around(
    paths: Sequence[str], errors: str, output: str, num_sentences: int | None, topn: int, seed: int
) -> TextDemo:
    """Train on the first sentences of a text, save, and show what its own words tell."""
    from densevec.models import BayesianSkipGram

    excerpt = _first_sentences(paths, errors, num_sentences)
    part = "all" if excerpt.is_whole else "the first"
    log(f"training on {part} {excerpt.num_sentences:,} sentences of {excerpt.text.name} ...")
    settings = {**SETTINGS, **(_FEW_SETTINGS if excerpt.num_tokens < _FEW_TOKENS else {})}
    model = BayesianSkipGram(excerpt, seed=seed, **settings)
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
        readings=[read_in_context(model, *place, topn) for place in choose_readings(model, excerpt)],
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


def _first_sentences(paths: Sequence[str], errors: str, num_sentences: int | None) -> Excerpt:
    """So many sentences from the beginning of a text, or those of some 16 MB."""
    sample = list(islice(chain.from_iterable(TextCorpus(paths, errors=errors)), _SAMPLE_TOKENS))
    text = TextCorpus(paths, errors=errors, **_how_to_read(sample))
    number = size = tokens = 0
    is_whole = True
    for words in text:
        is_whole = number < num_sentences if num_sentences is not None else size < MOST_BYTES
        if not is_whole:
            break
        number, size, tokens = number + 1, size + len(" ".join(words).encode()) + 1, tokens + len(words)
    return Excerpt(text, number, tokens, is_whole)


def _how_to_read(sample: Sequence[str]) -> dict[str, Any]:
    """Case is folded where there is any, and words are cut from the marks where these are still attached."""
    attached = sum(len(token) > 1 and token[-1] in _MARKS for token in sample)
    tokenizer = "words" if attached > _ATTACHED * len(sample) else "whitespace"
    return {"lowercase": any(token != token.lower() for token in sample), "tokenizer": tokenizer}


def _indented(text: str, style: Style) -> str:
    lines = text.splitlines()
    return "\n".join(f"  {style.faint(line) if number == 0 else line}" for number, line in enumerate(lines))
