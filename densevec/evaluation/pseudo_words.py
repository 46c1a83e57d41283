"""Pseudo-words: does a word's density in a sentence lie with the word that stood there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._containers import is_list_like
from densevec._roles import as_objects
from densevec.corpus.language import SENTENCE_END, UNKNOWN
from densevec.corpus.lines import Source
from densevec.corpus.own_text import own_text
from densevec.corpus.pseudo_words import PseudoQuestion, read_pseudo_questions
from densevec.corpus.text import TextCorpus
from densevec.errors import ParameterTypeError
from densevec.evaluation._reading import IN_PHRASE, UNKNOWN_WORD, Encoder, beyond_unknown, counted, words_at
from densevec.evaluation._statistics import figure
from densevec.evaluation.lexsub import Scorer

NUM_NEIGHBOURS = 6  # of either word, that are candidates for substitutes too
_SPARE = 20  # neighbours that may be pseudo-words or marks of a language model
_BATCH = 256  # contexts encoded at a time
_MEASURES = {"by_divergence": "kl_to_query", "by_cosine": "cosine"}


@dataclass(frozen=True)
class PseudoWordResult:
    """Share of questions that were answered right, by how; ties count one half; nan for what was not asked."""

    by_divergence: float  # KL(word‖posterior), which uses all of the densities
    by_cosine: float
    by_change: float  # of KL(word‖·), from the pseudo-word by itself to its posterior
    by_substitutes: float
    used: int
    total: int
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → questions

    def as_dict(self) -> dict[str, Any]:
        return {
            "by_divergence": figure(self.by_divergence),
            "by_cosine": figure(self.by_cosine),
            "by_change": figure(self.by_change),
            "by_substitutes": figure(self.by_substitutes),
            "used": self.used,
            "total": self.total,
            **beyond_unknown(self.left_out),
        }


def evaluate_pseudo_words(
    vectors: Any,
    questions: Iterable[PseudoQuestion] | Source,
    *,
    encoder: Encoder | None = None,
    scorer: Scorer | None = None,
) -> PseudoWordResult:
    """Does the posterior of a pseudo-word in its sentence lie nearer to the word that stood there than to the other?

    With ``encoder``, from the densities q of a_b in the sentence and p_a, p_b, p_ab of the words by themselves:

    - by divergence: is KL(p_right‖q) the smaller one, and by cosine: is that of the means the larger one.  Both
      are hard where p_ab itself lies with one of its words, as then all of its posteriors may;
    - by change: is KL(p_right‖p_ab) − KL(p_right‖q) the larger one, that is, does the sentence move the density
      towards the right word.

    With ``scorer``, by substitutes: which of a and b could rather stand there, asked among the six nearest neighbours
    of both.

    Parameters
    ----------
    vectors : of a model that was trained on the text of the ``PseudoWords`` that the questions come from
    questions : those, or a file of them
    encoder : densities of a list of (tokens, position), such as a model's ``posterior_batch``
    scorer : (tokens, position, candidates) → scores, such as a model's ``substitution_scores``

    Words are spelled as the model reads them: *Church* is *church* to one that lowers.  Questions with a word that is
    not known are left out, and those in which the model joins the pseudo-word into a longer phrase: ``used`` <
    ``total``, and ``left_out`` has their numbers by reason.
    """
    if encoder is None and scorer is None:
        raise ParameterTypeError(
            "evaluate_pseudo_words() needs encoder= or scorer=, such as posterior_batch or substitution_scores of a "
            "trained model, got neither"
        )
    given: Any = questions
    is_file = hasattr(given, "read") or not is_list_like(given)
    found = read_pseudo_questions(given) if is_file else given
    asked = as_objects(found, PseudoQuestion, "questions", "read_pseudo_questions")
    text = own_text(vectors)
    spelled = [_spelled(question, text) for question in asked]
    known = [q for q in spelled if all(word in vectors for word in (q.word, q.right, q.wrong))]
    read = words_at(text, [(q.tokens, q.position) for q in known])
    used = [q for q, word in zip(known, read, strict=True) if q.word == word]
    left_out = {UNKNOWN_WORD: len(asked) - len(known), IN_PHRASE: len(known) - len(used)}
    shares = dict.fromkeys((*_MEASURES, "by_change", "by_substitutes"), np.nan)
    if encoder is not None:
        shares |= _by_densities(vectors, used, encoder)
    if scorer is not None:
        shares["by_substitutes"] = _share(_by_substitutes(vectors, used, scorer))
    return PseudoWordResult(**shares, used=len(used), total=len(asked), left_out=counted(left_out))


def _spelled(question: PseudoQuestion, text: TextCorpus) -> PseudoQuestion:
    """The question with its words as the model of a text spells them."""
    word, right, wrong = text.spell([question.word, question.right, question.wrong])
    return question._replace(word=word, right=right, wrong=wrong)


def _by_densities(vectors: Any, questions: Sequence[PseudoQuestion], encoder: Encoder) -> dict[str, float]:
    found: dict[str, list[npt.ArrayLike]] = {name: [] for name in (*_MEASURES, "by_change")}
    rest = iter(questions)
    while batch := list(islice(rest, _BATCH)):
        for question, density in zip(batch, encoder([(list(q.tokens), q.position) for q in batch]), strict=True):
            words = [question.right, question.wrong]
            for name, measure in _MEASURES.items():
                found[name].append(np.asarray(vectors.scores(density, words, measure=measure)))
            alone = np.asarray(vectors.scores(question.word, words, measure=_MEASURES["by_divergence"]))
            found["by_change"].append(np.asarray(found["by_divergence"][-1]) - alone)
    return {name: _share(scores) for name, scores in found.items()}


def _by_substitutes(vectors: Any, questions: Sequence[PseudoQuestion], scorer: Scorer) -> Iterator[npt.ArrayLike]:
    """Scores of the right word and the other one, among their neighbours: a scorer may compare its candidates."""
    left_out = {SENTENCE_END, UNKNOWN, *(question.word for question in questions)}
    near: dict[str, list[str]] = {}
    for question in questions:
        both = [question.right, question.wrong]
        for word in both:
            if word not in near:
                found = [other for other, _ in vectors.most_similar(word, topn=NUM_NEIGHBOURS + _SPARE)]
                near[word] = [other for other in found if other not in left_out][:NUM_NEIGHBOURS]
        others = [word for word in dict.fromkeys((*near[both[0]], *near[both[1]])) if word not in both]
        yield np.asarray(scorer(list(question.tokens), question.position, [*both, *others]))[:2]


def _share(scores: Iterable[npt.ArrayLike]) -> float:
    """Of rows (right, wrong), in how many the first is larger; half of the ties."""
    pairs = np.asarray(list(scores), dtype=np.float64).reshape(-1, 2)
    if not len(pairs):
        return float("nan")
    return float(np.mean((pairs[:, 0] > pairs[:, 1]) + 0.5 * (pairs[:, 0] == pairs[:, 1])))
