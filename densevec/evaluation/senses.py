"""Senses found in a text beside those that are known: is their number right, and do they part the same sentences?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from densevec._containers import is_list_like
from densevec._roles import as_objects
from densevec.corpus.lines import Source
from densevec.corpus.pseudo_senses import SenseInstance, read_sense_instances
from densevec.corpus.text import TextCorpus
from densevec.evaluation._reading import IN_PHRASE, UNKNOWN_WORD, beyond_unknown, counted, words_at
from densevec.evaluation._statistics import figure


class FoundSenses(Protocol):
    """What is asked of the senses of a word, such as a ``WordSenses``: how many, and which one is it here."""

    def __len__(self) -> int: ...

    def assign_batch(self, items: Sequence[tuple[Sequence[str], int]]) -> list[int]: ...


@dataclass(frozen=True)
class SensesResult:
    """Means over words; nan where no word was asked about."""

    number_right: float  # share of the words with as many senses as were planted
    number_right_by_senses: Mapping[int, float]  # senses that were planted → that share
    mean_error: float  # of |senses found − senses planted|
    adjusted_rand: float
    v_measure: float
    used: int
    total: int
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → words, or their tagged sentences

    def as_dict(self) -> dict[str, Any]:
        return {
            "number_right": figure(self.number_right),
            "number_right_by_senses": {str(k): figure(share) for k, share in self.number_right_by_senses.items()},
            "mean_error": figure(self.mean_error),
            "adjusted_rand": figure(self.adjusted_rand),
            "v_measure": figure(self.v_measure),
            "used": self.used,
            "total": self.total,
            **beyond_unknown(self.left_out),
        }


def evaluate_senses(senses: Mapping[str, FoundSenses], instances: Iterable[SenseInstance] | Source) -> SensesResult:
    """Are as many senses found as the tagged sentences of a word have, and do they part these in the same way?

    - adjusted Rand index (Hubert & Arabie 1985), of pairs of a word's instances: together in both or apart in both,
      above what is expected of chance; 1 is agreement, 0 chance;
    - V-measure (Rosenberg & Hirschberg 2007): the harmonic mean of homogeneity and completeness, from 0 to 1.  It
      rewards many senses; a word taken for one sense has 0, or 1 if it has one.

    Parameters
    ----------
    senses : word → its senses, such as a model's ``senses_batch`` finds
    instances : of ``PseudoSenses``, or a file of them; the senses of a word are those that its instances name

    Words are spelled as the model of the senses reads them: *Church* is *church* to one that lowers.  Those that are
    not among ``senses`` are left out: ``used`` < ``total``.  So are sentences in which the model joins the word into a
    longer phrase, which ``left_out`` counts, and words of which none remains.

    >>> class Kinds(list):
    ...     def assign_batch(self, items):
    ...         return [self.index(tokens[0]) for tokens, position in items]
    >>> tagged = [SenseInstance("a_b", tokens[0], 1, tuple(tokens)) for tokens in (["a", "a_b"], ["b", "a_b"])]
    >>> result = evaluate_senses({"a_b": Kinds(["a", "b"])}, tagged)
    >>> result.number_right, result.adjusted_rand
    (1.0, 1.0)
    """
    from sklearn.metrics import adjusted_rand_score, v_measure_score  # which take a moment to import

    senses = {getattr(found, "word", word): found for word, found in senses.items()}
    by_word: dict[str, list[SenseInstance]] = {}
    num_joined = 0
    given: Any = instances
    is_file = hasattr(given, "read") or not is_list_like(given)
    all_tagged = read_sense_instances(given) if is_file else given
    all_tagged = as_objects(all_tagged, SenseInstance, "instances", "read_sense_instances")
    text = next((found.text for found in senses.values() if hasattr(found, "text")), TextCorpus([]))
    words = text.spell([instance.word for instance in all_tagged])
    read = words_at(text, [(instance.tokens, instance.position) for instance in all_tagged])
    for word, here, instance in zip(words, read, all_tagged, strict=True):
        tagged = by_word.setdefault(word, [])
        if word in senses and here != word:
            num_joined += 1
        else:
            tagged.append(instance)
    planted, found, agreement = [], [], []
    for word, tagged in by_word.items():
        if word in senses and tagged:
            labels = [instance.sense for instance in tagged]
            assigned = senses[word].assign_batch([(instance.tokens, instance.position) for instance in tagged])
            planted.append(len(set(labels)))
            found.append(len(senses[word]))
            agreement.append((adjusted_rand_score(labels, assigned), v_measure_score(labels, assigned)))
    errors = np.abs(np.array(found, dtype=np.float64) - planted)
    by_number = {number: errors[np.equal(planted, number)] for number in sorted(set(planted))}
    return SensesResult(
        number_right=_mean(errors == 0),
        number_right_by_senses={number: _mean(each == 0) for number, each in by_number.items()},
        mean_error=_mean(errors),
        adjusted_rand=_mean([rand for rand, _ in agreement]),
        v_measure=_mean([v for _, v in agreement]),
        used=len(planted),
        total=len(by_word),
        left_out=counted(
            {
                UNKNOWN_WORD: sum(word not in senses for word in by_word),
                f"sentence with the {IN_PHRASE}": num_joined,
            }
        ),
    )


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
