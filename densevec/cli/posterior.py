"""``densevec posterior FILE "a sentence" POSITION``"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from densevec.cli.files import File
from densevec.cli.output import Style, pairs_as_json, scored_words, side_by_side
from densevec.cli.paths import PathOption, Role
from densevec.cli.refining import add_refine_option, set_refinement
from densevec.corpus.own_text import own_rules, own_text
from densevec.densities import MEASURES
from densevec.errors import ParameterError


@dataclass(frozen=True)
class Posterior:
    """The density of a word in its sentence, beside the word's own; entropies and divergence in nats."""

    tokens: list[str]
    position: int
    measure: str
    density: Any
    entropy: float
    prior_entropy: float | None
    kl_to_prior: float | None
    neighbors: list[tuple[str, float]]
    neighbors_without_context: list[tuple[str, float]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "tokens": self.tokens,
            "position": self.position,
            "word": self.tokens[self.position],
            "measure": self.measure,
            "entropy": self.entropy,
            "prior_entropy": self.prior_entropy,
            "kl_to_prior": self.kl_to_prior,
            "neighbors": pairs_as_json(self.neighbors),
            "neighbors_without_context": pairs_as_json(self.neighbors_without_context),
            "mean": self.density.mean.tolist(),
            "variance": self.density.variance.tolist(),
        }

    def as_text(self, style: Style) -> str:
        words = [style.bold(token) if n == self.position else token for n, token in enumerate(self.tokens)]
        blocks = [f"in this sentence\n{scored_words(self.neighbors)}"]
        if self.neighbors_without_context:
            blocks.append(f"by itself\n{scored_words(self.neighbors_without_context)}")
        lines = [" ".join(words), "", side_by_side(blocks), ""]
        if self.prior_entropy is not None:
            change = self.entropy - self.prior_entropy
            lines.append(
                f"the sentence {'narrows' if change < 0 else 'widens'} the word by {abs(change):.2f} nats; "
                f"KL(in this sentence | by itself) = {self.kl_to_prior:.2f} nats"
            )
        return "\n".join([*lines, style.faint(f"scores: {self.measure}, higher is closer")])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a trained model's file")
    parser.add_argument("sentence", type=str, metavar="SENTENCE", help="in quotes")
    parser.add_argument(
        "position", type=str, metavar="POSITION", help="which word: its place counted from 0, or the word itself"
    )
    parser.add_argument("--topn", type=int, default=10, metavar="N", help="how many neighbours (default: 10)")
    parser.add_argument(
        "--measure", choices=list(MEASURES), metavar="NAME", default="kl_from_query", help="default: kl_from_query"
    )
    add_refine_option(parser)


def run(args: argparse.Namespace) -> Posterior:
    model = File(args.file).model()
    set_refinement(model, args.refine)
    tokens, position = find_place(model, args.sentence, args.position)
    return read_in_context(model, tokens, position, args.topn, args.measure)


def read_in_context(
    model: Any, tokens: list[str], position: int, topn: int = 10, measure: str = "kl_from_query"
) -> Posterior:
    """The posterior of a token, its neighbours, and the same without the sentence."""
    if not hasattr(model, "posterior"):
        raise ParameterError(
            "FILE must hold a BayesianSkipGram or an EmbedAlign to read a word in its sentence, got a "
            f"{type(model).__name__}"
        )
    vectors, density = model.vectors, model.posterior(tokens, position)
    tokens, position = own_text(model).prepare_place(tokens, position)
    word = tokens[position]
    # The word itself is always near; it says nothing about the sentence.
    near = [(w, s) for w, s in vectors.most_similar(density, topn=topn + 1, measure=measure) if w != word][:topn]
    is_known = vectors.has_vector_for(word)
    return Posterior(
        tokens=list(tokens),
        position=position,
        measure=measure,
        density=density,
        entropy=float(density.entropy()),
        prior_entropy=vectors.entropy(word) if is_known else None,
        kl_to_prior=vectors.kl_divergence(density, word) if is_known else None,
        neighbors=near,
        neighbors_without_context=vectors.most_similar(word, topn=topn, measure=measure) if is_known else [],
    )


def find_place(model: Any, sentence: str, position: str) -> tuple[list[str], int]:
    """The tokens of a sentence, before phrases are joined, and the place of one, given as a number from 0 or as the
    token itself, or the phrase that it is in; in lower case where it is not there as given.  A number that is no place
    may be the token, such as a year."""
    text = own_text(SimpleNamespace(**{name: rule for name, rule in own_rules(model).items() if name != "phrases"}))
    tokens = list(text.tokenize(sentence))
    if not tokens:
        raise ParameterError(f"the sentence must have words, got {sentence!r:.80}")
    is_number = position.removeprefix("-").isdecimal()
    if is_number and 0 <= int(position) < len(tokens):
        return tokens, int(position)
    lowered = position.lower()
    as_given, in_lower_case = text.spell([position, lowered], "POSITION")
    phrases = getattr(model, "known_phrases", None)
    found = (_places_of(named, tokens, phrases) for named in ({position, as_given}, {lowered, in_lower_case}))
    places = next(filter(None, found), [])
    if is_number and not places:
        raise ParameterError(f"POSITION must be from 0 to {len(tokens) - 1} in this sentence, got {position}")
    if len(places) != 1:
        told = "is not in the sentence" if not places else f"is in the sentence {len(places)} times"
        raise ParameterError(f"POSITION must be a place from 0 or one word of the sentence; {position!r} {told}")
    return tokens, places[0]


def _places_of(named: set[str], tokens: list[str], phrases: Any) -> list[int]:
    """The places of a token, by any of its spellings; where there are none, of the phrase that is so called."""
    places = [place for place, token in enumerate(tokens) if token in named]
    if places or phrases is None:
        return places
    joined = phrases.join(tokens)
    named = {phrases.delimiter.join(name.split()) for name in named}
    return [joined.places.index(place) for place, token in enumerate(joined.tokens) if token in named]
