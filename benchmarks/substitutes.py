"""The weights of ``substitution_scores``, fitted on pseudo-words: on text alone, which nobody labelled.

    python benchmarks/substitutes.py TEXT [--questions 700] [--lexsub DIR/lst_trial]

Writes 200 pairs of words of TEXT as one in half of their places (``PseudoWords``), and trains BayesianSkipGram,
SkipGram and CBOW with their defaults on what comes of it.  A question is a sentence that the text lacks, with the
pseudo-word a_b in the place of a; its candidates are a, b, and the six nearest neighbours of both, as those of lexical
substitution are words for all senses of the target.  The weights are those of the conditional logit model (McFadden
1974) that make a likeliest, each score standardised as the package does it.  Prints them with the share of questions
in which a is before b, and first of all; with ``--lexsub`` the GAP there by the weights in the package.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from densevec import CBOW, BayesianSkipGram, SkipGram
from densevec.corpus import TextCorpus
from densevec.evaluation import PseudoQuestion, PseudoWords, evaluate_lexsub, fit_weights
from densevec.models.substitutes import standardised, weighed, yardstick

NUM_NEIGHBOURS = 6  # of either word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--questions", type=int, default=700)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--lexsub")
    args = parser.parse_args()
    pseudo = PseudoWords(TextCorpus(args.text), num_pairs=args.pairs)
    order = np.random.default_rng(1).permutation(len(pseudo.questions))[: args.questions]
    questions = [pseudo.questions[row] for row in order]
    for kind in (BayesianSkipGram, SkipGram, CBOW):
        model = kind(pseudo, workers=1).train()
        asked = [q for q in questions if all(word in model.vectors for word in (q.word, q.right, q.wrong))]
        candidates = [_candidates(model, q) for q in asked]
        evidence = [
            model.substitution_evidence(q.tokens, q.position, [*words, *yardstick(model.vectors, q.word)])
            for q, words in zip(asked, candidates, strict=True)
        ]
        names, sizes = list(evidence[0]), [len(words) for words in candidates]
        scores = [
            [standardised(each[name], size) for each, size in zip(evidence, sizes, strict=True)] for name in names
        ]
        weights = dict(zip(names, fit_weights(scores, [0] * len(asked)).tolist(), strict=True))
        totals = [weighed(each, weights, size) for each, size in zip(evidence, sizes, strict=True)]
        before = np.mean([total[0] > total[1] for total in totals])
        first = np.mean([total.argmax() == 0 for total in totals])
        shown = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())
        print(f"{kind.__name__}: {shown}; before the other {before:.3f}, first {first:.3f} of {len(asked)} questions")
        if args.lexsub:
            result = evaluate_lexsub(model.vectors, args.lexsub, scorer=model.substitution_scores)
            print(f"  GAP {result.gap:.4f}, context-blind {result.gap_context_blind:.4f}, {result.items} items")


def _candidates(model: Any, question: PseudoQuestion) -> list[str]:
    """The right word, the other one, and the neighbours of both that are no pseudo-words."""
    words = [question.right, question.wrong]
    for word in (question.right, question.wrong):
        near = [other for other, _ in model.vectors.most_similar(word, topn=20)]
        words += [other for other in near if "_" not in other and other not in words][:NUM_NEIGHBOURS]
    return words


if __name__ == "__main__":
    main()
