"""The senses of words in a text: read once, group what the sentences say, count the groups, describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec._validation import Interval, check_parameters
from densevec.corpus.occurrences import Place, Sample, sample_occurrences
from densevec.corpus.text import TextCorpus
from densevec.corpus.usual_words import usual_words
from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.models.senses.contexts import Contexts, FloatArray, frame_of, told
from densevec.models.senses.found import Sense, SenseExample, WordSenses
from densevec.models.senses.kinds import NUM_BESIDE, beside, of_like_kind
from densevec.models.senses.partings import Parting, bound_of, chosen, parting
from densevec.training.progress import Progress
from densevec.vectors import DensityVectors
from densevec.vectors._arguments import directions

Item = tuple[list[str], int]
Posteriors = Callable[[list[Item]], Sequence[Gaussian]]
_NUM_OTHERS = 600  # words that are read besides
_NUM_LIKE = 60  # of those, of the kind of the one asked about: they tell how much groups of one meaning agree
_NUM_MIXED = 100  # mixtures of those, which tell it of groups of several meanings
_EACH_OTHER, _EACH_MIXTURE = 200, 300  # places of each
_LEAST_COUNT = 60  # of such a word
_SHORTEST = 6  # tokens of an example, where there are such
_BATCH = 256  # posteriors at a time
RULES = {
    "max_senses": Interval(int, 1),
    "max_occurrences": Interval(int, 1),
    "topn": Interval(int, 0),
    "num_examples": Interval(int, 0),
    "seed": Interval(int, 0),
}


@dataclass(frozen=True)
class Options:
    """What ``senses`` was asked for besides words and text."""

    max_senses: int
    max_occurrences: int
    topn: int
    num_examples: int
    seed: int

    def __post_init__(self) -> None:
        check_parameters(vars(self), RULES)


def find_senses(
    vectors: DensityVectors,
    keep: npt.NDArray[Any],
    posteriors: Posteriors,
    words: Sequence[str],
    sentences: Iterable[Sequence[str]],
    reader: TextCorpus,
    options: Options,
    progress: bool | None,
) -> dict[str, WordSenses]:
    """The senses of each known word, by one pass through the text.

    reader : reads as the model does, of what the senses will be asked about
    Errors: ParameterError for a word that is not in the text.
    """
    seed = options.seed
    others = other_words(vectors, seed)
    wanted = dict.fromkeys(others, _EACH_OTHER)
    wanted |= {word: max(options.max_occurrences, wanted.get(word, 0)) for word in words}
    with Progress(None, enabled=progress, task="reading") as bar:
        samples = sample_occurrences(sentences, wanted, seed, bar.add)
    for word in words:
        if not samples[word].places:
            raise ParameterError(f"word must be one that is in the text, got {word!r:.80}, which is not")
    found = {}
    with Progress(len(words), enabled=progress, task="finding senses") as bar:
        text = _Text(vectors, keep, samples, others, seed)
        for word in words:
            found[word] = _senses_of(word, samples[word], text, posteriors, reader, options)
            bar.add(1)
    return found


class _Text:
    """What other words of the text tell of one that is asked about."""

    def __init__(
        self,
        vectors: DensityVectors,
        keep: npt.NDArray[Any],
        samples: Mapping[str, Sample],
        others: Sequence[str],
        seed: int,
    ) -> None:
        self.vectors, self.seed = vectors, seed
        frequent = frequent_rows(vectors)[:NUM_BESIDE]
        self._column_of = {word: column for column, word in enumerate(vectors.words.at(frequent))}
        items = {word: in_sentences(samples[word].places[:_EACH_OTHER]) for word in others}
        items = {word: places for word, places in items.items() if len(places) >= _LEAST_COUNT // 2}
        self._words = list(items)
        rows = [beside(places, self._column_of) for places in items.values()]
        self._beside = np.array(rows).reshape(len(rows), 2 * (len(frequent) + 1))
        plain = Contexts(vectors, keep)
        contexts: list[npt.NDArray[Any]] = []  # of float32, which take half the memory
        contexts += [told(plain(places)).astype(np.float32) for places in items.values()]
        frame = frame_of(contexts, vectors.vector_size)
        self.contexts_of = Contexts(vectors, keep, frame)
        self._contexts: list[npt.NDArray[Any]] = [frame(each).astype(np.float32) for each in contexts]
        self._apart: dict[int, float] = {}  # row of a word → how much its two groups agree
        self._bounds: dict[int, float] = {}  # of three senses or more

    def part(self, contexts: FloatArray, number: int) -> Parting:
        return parting(contexts, number, generator(self.seed, "senses clusters"))

    def bound(self, word: str, items: list[Item]) -> float:
        """How much two groups of a word with these places must agree to be one sense."""
        known = [row for row, other in enumerate(self._words) if other != word]
        like = of_like_kind(beside(items, self._column_of), self._beside[known], _NUM_LIKE)
        for row in (known[each] for each in like):
            if row not in self._apart:
                self._apart[row] = self.part(self._contexts[row], 2).agreement
        return bound_of([self._apart[known[each]] for each in like], 2)

    def bound_of_more(self, number: int) -> float:
        """How little all of three groups or more must agree to be senses."""
        if number not in self._bounds:
            agreements = [self.part(each, number).agreement for each in self._mixtures(number - 1)]
            self._bounds[number] = bound_of(agreements, number)
        return self._bounds[number]

    def _mixtures(self, number: int) -> Iterator[FloatArray]:
        """Contexts of so many words drawn at random, as many of each."""
        random = generator(self.seed, "senses mixtures")
        for _ in range(_NUM_MIXED if len(self._contexts) >= number else 0):
            rows = random.permutation(len(self._contexts))[:number]
            yield np.concatenate([self._contexts[row][: _EACH_MIXTURE // number] for row in rows])


def frequent_rows(vectors: DensityVectors) -> npt.NDArray[np.int64]:
    """The rows of words, the most frequent first."""
    counts = vectors.counts
    return np.arange(len(vectors)) if counts is None else np.argsort(-counts, kind="stable")


def other_words(vectors: DensityVectors, seed: int) -> list[str]:
    """Words of the text that are neither rare nor the most frequent, drawn at random."""
    counts, order = vectors.counts, frequent_rows(vectors)
    common = order if counts is None else order[counts[order] >= _LEAST_COUNT]
    words = usual_words(vectors.words.at(common), len(order))
    drawn = generator(seed, "senses words").permutation(len(words))[:_NUM_OTHERS]
    return [words[row] for row in drawn]


def _senses_of(
    word: str, sample: Sample, text: _Text, posteriors: Posteriors, reader: TextCorpus, options: Options
) -> WordSenses:
    places = sample.places[: options.max_occurrences]
    items = in_sentences(places)
    bound = text.bound(word, items)
    contexts = text.contexts_of(items)
    speaking = told(contexts)
    centres = np.zeros((1, contexts.shape[1]))
    if len(speaking):
        groups = chosen(partial(text.part, speaking), bound, text.bound_of_more, options.max_senses)
        centres = directions(np.array([speaking[group].sum(0) for group in groups]))
    nearest = (contexts @ centres.T).argmax(1)
    sizes = np.bincount(nearest, minlength=len(centres))
    centres = centres[[row for row in np.argsort(-sizes, kind="stable") if sizes[row]]]
    nearness = contexts @ centres.T  # (n, k), the most frequent sense first
    numbers = nearness.argmax(1)
    senses = []
    for number in range(len(centres)):
        rows = np.flatnonzero(numbers == number)
        density = mixture_of(_read(posteriors, [items[row] for row in rows]))
        near = [entry for entry in text.vectors.most_similar(density, topn=options.topn + 1) if entry[0] != word]
        typical = rows[np.argsort(-_margin(nearness[rows], number), kind="stable")]
        examples = _examples([places[row] for row in typical], options.num_examples)
        senses.append(Sense(word, density, len(rows) / len(items), tuple(near[: options.topn]), examples))
    return WordSenses(word, tuple(senses), sample.total, len(items), bound, centres, reader, text.contexts_of)


def mixture_of(densities: Sequence[Gaussian]) -> Gaussian:
    """The Gaussian with the mean and the variance of an even mixture: mean of means, and mean variance + variance of
    the means.

    That of spherical densities is spherical: its variance is the mean over the dimensions.

    >>> mixture_of([Gaussian([0.0, 0.0], 1.0), Gaussian([2.0, 0.0], 1.0)])
    Gaussian(dim=2, spherical, variance 1.5, entropy=3.243 nats)
    """
    means = np.array([density.mean for density in densities])
    variances = np.array([density.variance for density in densities])
    spread = means.var(0)
    if densities[0].is_spherical:
        return Gaussian(means.mean(0), np.asarray(variances.mean() + spread.mean()))
    return Gaussian(means.mean(0), variances.mean(0) + spread)


def _read(posteriors: Posteriors, items: list[Item]) -> list[Gaussian]:
    return [density for start in range(0, len(items), _BATCH) for density in posteriors(items[start : start + _BATCH])]


def in_sentences(places: Sequence[Place]) -> list[Item]:
    return [(place.tokens, place.position) for place in places]


def _margin(nearness: FloatArray, number: int) -> FloatArray:
    """How much nearer contexts (n, k) are to a sense than to any other."""
    others = np.delete(nearness, number, axis=1)
    return nearness[:, number] - (others.max(1) if others.shape[1] else 0.0)


def _examples(places: Sequence[Place], most: int) -> tuple[SenseExample, ...]:
    """The first ones, of different sentences; short ones last."""
    ordered = sorted(places, key=lambda place: len(place.tokens) < _SHORTEST)
    distinct = {tuple(place.tokens): place for place in reversed(ordered)}
    chosen_places = [place for place in ordered if distinct[tuple(place.tokens)] is place][:most]
    return tuple(SenseExample(tuple(place.tokens), *place[1:]) for place in chosen_places)
