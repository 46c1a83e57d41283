"""What a trained EmbedAlign is asked: words in context, their translations and substitutes, alignments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, cast

import numpy as np
import numpy.typing as npt
import torch

from densevec._parameters import state
from densevec._validation import Choice, Interval, check_parameters
from densevec.corpus import Vocabulary
from densevec.corpus.own_text import own_text
from densevec.corpus.roles import as_sentence_pairs, as_sentences
from densevec.corpus.text import TextCorpus
from densevec.densities import Gaussian
from densevec.errors import NotTrainedError, ParameterError, ParameterTypeError
from densevec.formats import WordIndex
from densevec.layers.alignment import Alignment, within
from densevec.layers.output.base import Scores
from densevec.models.embedalign.network import Network
from densevec.models.embedalign.parameters import EmbedAlignParameters
from densevec.models.gradient_model import GradientModel
from densevec.models.substitutes import SHORTLIST, known_candidates, substitutes
from densevec.models.trained_vectors import ReadsSentences
from densevec.vectors import DensityVectors
from densevec.vectors.search import Table
from densevec.vectors.sentences import Place, SentenceReader

_SENTENCES = 64  # encoded at a time
DECODINGS = ("posterior", "best")

FloatArray = npt.NDArray[np.float64]
Sentence = Sequence[str]
Encoded = tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]


class Link(NamedTuple):
    """Target word ``target`` translates source word ``source``, places from 0, with this posterior probability."""

    source: int
    target: int
    probability: float


@dataclass(frozen=True, eq=False)
class Sentences(SentenceReader):
    """A trained encoder as what vectors read words in their sentences by; it has a table of its own of all words.

    source : the words that it knows
    text : reads sentences as the model's text was
    vectors : all words of the model, as nobody edits them
    """

    network: Network
    source: Vocabulary
    text: TextCorpus
    vectors: DensityVectors

    def densities(self, places: Sequence[Place]) -> list[Gaussian]:
        given = self.spelled(places)
        for tokens, position in given:
            self.vectors.get_index(tokens[position])  # or MissingWordError
        found: list[Gaussian] = []
        for start, mean, log_variance, _ in _encoded(self.network, self.source, [tokens for tokens, _ in given]):
            for row, (_, position) in enumerate(given[start : start + len(mean)]):
                density = mean[row, position + 1], log_variance[row, position + 1].exp()
                found.append(Gaussian(*(part.double().cpu().numpy() for part in density)))
        return found

    def directions(self, places: Sequence[Place]) -> None:
        return None

    def spelled(self, places: Sequence[Place]) -> list[tuple[list[str], int]]:
        return self.text.prepare_places(places)

    def following(self, before: WordIndex, words: WordIndex, table: Table) -> Self:
        return self

    @property
    def arrays(self) -> Sequence[npt.NDArray[Any]]:
        return ()


class EmbedAlignReading(EmbedAlignParameters, GradientModel[DensityVectors], ReadsSentences[DensityVectors]):
    """The queries of a trained model."""

    _network: Network | None = state(None)
    _source: Vocabulary | None = state(None)
    _target: Vocabulary | None = state(None)

    # Words in context

    def posterior(self, tokens: Sentence, position: int) -> Gaussian:
        """The density of ``tokens[position]`` in its sentence; every query of ``vectors`` accepts it.

        Raises
        ------
        KeyError : if the word itself is unknown (unknown words around it are read as such)
        ParameterError : if position is outside the sentence
        """
        return self.posterior_batch([(tokens, position)])[0]

    def posterior_batch(self, items: Sequence[tuple[Sentence, int]]) -> list[Gaussian]:
        """``posterior`` of many (tokens, position) at once."""
        return self._reader_of(self._own_vectors).densities(items)

    def mean_posteriors(self, sentences: Sequence[Sentence]) -> FloatArray:
        """Mean over the words of each sentence of their posterior means, (n, d); zero for one without words."""
        text = own_text(self)
        sentences = [text.prepare(each) for each in as_sentences(sentences, error=ParameterTypeError)]
        found = np.zeros((len(sentences), self._own.dim))
        for start, mean, _, lengths in self._encoded(sentences):
            words = mean[:, 1:].double() * within(lengths.to(mean.device), mean.shape[1] - 1)[:, :, None]
            found[start : start + len(mean)] = words.sum(1).cpu() / lengths.clamp(min=1)[:, None]
        return found

    def translations(self, tokens: Sentence, position: int, topn: int | None = 10) -> list[tuple[str, float]]:
        """The other language's words for ``tokens[position]`` in its sentence, [(word, P(word|z))], best first.

        softmax(z·c + b) at the posterior mean z; the probabilities of all words, known and unknown, add up to 1.
        """
        check_parameters({"topn": topn}, {"topn": Interval(int, 0, optional=True)})
        network, words = self._bilingual()
        latent = torch.tensor(self.posterior(tokens, position).mean[None]).to(network.embedding.weight)
        with torch.no_grad():
            probability = torch.softmax(cast(Scores, network.target).of_all(latent), 1)[0, : len(words)].cpu().numpy()
        best = np.argsort(-probability, kind="stable")[:topn]
        return [(words.words[row], float(probability[row])) for row in best]

    def substitution_scores(self, tokens: Sentence, position: int, candidates: Sequence[str]) -> FloatArray:
        """How well known words could stand at ``position``, (n,), in nats, higher is better.

        −Σ_i KL(q_i of the sentence as it is ‖ q_i with the candidate in it), over all places and NULL.
        """
        tokens, position = self._read_place(tokens, position)
        self._own_vectors.get_index(tokens[position])
        candidates = known_candidates(self._own_vectors, own_text(self), candidates)
        sentences = [tokens, *([*tokens[:position], word, *tokens[position + 1 :]] for word in candidates)]
        parts = [(mean, log_variance) for _, mean, log_variance, _ in self._encoded(sentences)]
        mean, log_variance = (torch.cat(each).double() for each in zip(*parts, strict=True))
        ratio = log_variance[:1] - log_variance[1:]
        apart = (mean[:1] - mean[1:]).square() * (-log_variance[1:]).exp()
        return (-0.5 * (ratio.exp() + apart - 1 - ratio).sum((1, 2))).cpu().numpy()

    def lexical_substitutes(
        self, tokens: Sentence, position: int, topn: int | None = 10, candidates: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Words that could stand at ``position`` instead, by ``substitution_scores``, best first, each once.

        candidates : known words to choose from; if None, the 200 words nearest to the posterior by −KL(posterior‖word)
        """
        return substitutes(self.substitution_scores, self._shortlist, tokens, position, candidates, topn)

    def _shortlist(self, tokens: list[str], position: int) -> list[str]:
        tokens, position = self._read_place(tokens, position)
        near = self._own_vectors.most_similar(self.posterior(tokens, position), topn=SHORTLIST, measure="kl_from_query")
        return [word for word, _ in near if word != tokens[position]]

    def substitutes(
        self, tokens: Sentence, position: int, candidates: Sequence[str] | None = None, topn: int | None = 10
    ) -> list[tuple[str, float]]:
        """``lexical_substitutes`` by the name and with the order of arguments that other models have."""
        return self.lexical_substitutes(tokens, position, topn, candidates)

    # Alignments

    def align(self, source: Sentence, target: Sentence, decoding: str | None = None) -> list[Link]:
        """Which words translate each other, by target place; those that NULL explains have no link.

        decoding : see ``align_batch``
        """
        return self._links([(source, target)], decoding)[0]

    def align_batch(
        self, pairs: Sequence[tuple[Sentence, Sentence]], decoding: str | None = None
    ) -> list[list[tuple[int, int]]]:
        """``align`` of many pairs, as (source place, target place), from 0.

        decoding : "best" or "posterior" in place of the model's own parameter, which see
        """
        return [[(link.source, link.target) for link in links] for links in self._links(pairs, decoding)]

    def _links(self, pairs: Sequence[tuple[Sentence, Sentence]], decoding: str | None) -> list[list[Link]]:
        check_parameters({"decoding": decoding}, {"decoding": Choice(DECODINGS, optional=True)})
        settings = self._own
        decoding = decoding or settings.decoding or ("posterior" if settings.alignment_prior == "hmm" else "best")
        network, words = self._bilingual()
        text = own_text(self)
        pairs = [(text.spell(source), text.spell(target)) for source, target in as_sentence_pairs(pairs)]
        alignment = cast(Alignment, network.alignment)
        found: list[list[Link]] = [[] for _ in pairs]
        whole = [number for number, pair in enumerate(pairs) if len(pair[0]) and len(pair[1])]
        whole.sort(key=lambda number: (len(pairs[number][0]), len(pairs[number][1])))
        for start, mean, _, lengths in self._encoded([pairs[number][0] for number in whole]):
            numbers = whole[start : start + len(mean)]
            target, target_lengths = _padded([pairs[number][1] for number in numbers], words)
            with torch.no_grad():
                emission = network.emission(mean, target)
                arguments = emission, lengths.to(emission.device), target_lengths.to(emission.device)
                posterior = alignment.posterior(*arguments)
                if decoding == "posterior":
                    chosen = posterior[:, 1:] > 0.5
                else:
                    places = torch.arange(1, mean.shape[1], device=emission.device)[:, None]
                    inside = within(target_lengths.to(emission.device), emission.shape[2])[:, None]
                    chosen = (alignment.best(*arguments)[:, None] == places) & inside
            probability = posterior[:, 1:].cpu().numpy()
            for row, j, i in chosen.transpose(1, 2).nonzero().tolist():
                found[numbers[row]].append(Link(i, j, float(probability[row, i, j])))
        return found

    # What they stand on

    def _trained_network(self) -> Network:
        if self._network is None:
            raise NotTrainedError(f"{type(self).__name__} has no encoder yet; call train() first")
        return self._network

    def _bilingual(self) -> tuple[Network, Vocabulary]:
        network = self._trained_network()
        if self._target is None:
            raise ParameterError("a model trained with monolingual=True knows no other language; train it on pairs")
        return network, self._target

    def _reader_of(self, vectors: DensityVectors) -> Sentences:
        return Sentences(self._trained_network(), cast(Vocabulary, self._source), own_text(self), vectors._held())

    def _encoded(self, sentences: Sequence[Sentence]) -> Iterator[Encoded]:
        return _encoded(self._trained_network(), cast(Vocabulary, self._source), sentences)


def _encoded(network: Network, source: Vocabulary, sentences: Sequence[Sentence]) -> Iterator[Encoded]:
    """Number of the first sentence of a batch, means and log variances (B, M + 1, d), NULL first, and lengths."""
    network.eval()
    for start in range(0, len(sentences), _SENTENCES):
        ids, lengths = _padded(sentences[start : start + _SENTENCES], source)
        with torch.no_grad():
            mean, log_variance = network.encode(ids, lengths)
        yield start, mean, log_variance, lengths


def _padded(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids (B, M) int32, unknown words as the id after the last, and lengths (B,)."""
    lengths = np.array([len(sentence) for sentence in sentences], np.int64)
    ids = np.zeros((len(sentences), int(lengths.max(initial=0))), np.int32)
    for row, sentence in zip(ids, sentences, strict=True):
        vocabulary.table.encode_words(list(sentence), row, 0, len(vocabulary))
    return torch.from_numpy(ids), torch.from_numpy(lengths)
