"""Linear interpolation of language models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from densevec._containers import is_list_like, listed
from densevec._roles import as_numbers
from densevec.corpus import TextCorpus, Vocabulary
from densevec.corpus.own_text import RULES, own_text
from densevec.corpus.perplexity import fit_mixture_weights
from densevec.densities.lengths import fitting
from densevec.errors import ParameterError, ParameterTypeError
from densevec.models.language_model import LanguageModel


class Interpolated(LanguageModel):
    """P(w | h) = Σ_m λ_m P_m(w | h): trained language models of the same words, mixed.

    Parameters
    ----------
    models : trained language models that give probabilities (``is_normalised``); their vocabularies have the same
        words, in any order, and they read text alike (``lowercase``, ``tokenizer``, ``normalize``)
    weights : λ, at least 0, one for each model; they are divided by their sum; None: equal ones

    ``fit`` finds the weights that suit a held-out text best.  The mixture of a neural model with an n-gram is much
    better than either (Bengio et al. 2003): they err in different places.

    >>> from densevec import NGram
    >>> text = [["the", "kiwi", "sleeps"], ["the", "kiwi", "eats"]] * 9
    >>> mixed = Interpolated([NGram(text, order=3, min_count=1).train(), NGram(text, order=1, min_count=1).train()])
    >>> mixed.fit([["the", "kiwi", "sleeps"]]).weights.round(1).tolist()
    [1.0, 0.0]
    """

    weights: np.ndarray
    _known: Sequence[Vocabulary] = ()  # the models' vocabularies that ``_rows`` are of

    def __init__(self, models: Sequence[LanguageModel], weights: Sequence[float] | np.ndarray | None = None) -> None:
        self.models = listed(models) if is_list_like(models) else []
        if not self.models or not all(isinstance(model, LanguageModel) for model in self.models):
            raise ParameterTypeError(f"models must be trained language models, at least one, got {models!r:.200}")
        given = np.ones(len(self.models)) if weights is None else as_numbers(weights, "weights").astype(np.float64)
        if given.shape != (len(self.models),) or not np.isfinite(given).all() or (given < 0).any() or not given.any():
            raise ParameterError(
                f"weights must be {len(self.models)} numbers of at least 0 that are not all 0, got {weights!r:.80}"
            )
        shares = fitting(given)
        self.weights = shares / shares.sum()
        self._each_with_rows()

    @property
    def vocabulary(self) -> Vocabulary:
        """That of the first model; the others have the same words.

        Errors: ParameterError where they do not any more, as one was trained again.
        """
        self._each_with_rows()
        return self._known[0]

    def fit(self, corpus: Any) -> Self:
        """Set the weights to those that make a held-out text most probable (see fit_mixture_weights).

        The text is read as the models' was.  Errors: CorpusError when it cannot be read or has no tokens;
        ParameterError where a model is not ``is_one_sided``: the text has no probability then.
        """
        self._check_one_sided("fit")
        with self._encode_running(corpus) as text:
            parts = self._each(text.ids, text.offsets, True)
            self.weights = fit_mixture_weights([np.concatenate(list(part)) for part in parts])
        return self

    def _each_with_rows(self) -> Iterator[tuple[LanguageModel, np.ndarray | None]]:
        """Each model with its ids of the first one's words, None where they are the same; found anew when one of the
        models was trained again."""
        known = [model.vocabulary for model in self.models]
        if len(known) != len(self._known) or any(new is not old for new, old in zip(known, self._known, strict=True)):
            for number, model in enumerate(self.models, 1):
                _check_probabilities(model, number)
            _check_reading(self.models)
            self._rows = [_rows_in(each, known[0], number) for number, each in enumerate(known)]
            self.skip_symbols = all(model._leaves_symbols_out for model in self.models)
            self._known = known
        return zip(self.models, self._rows, strict=True)

    def _each(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> list[Iterator[np.ndarray]]:
        return [
            model._log_probs(ids if rows is None else rows[ids], offsets, is_running)
            for model, rows in self._each_with_rows()
        ]

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        waiting: list[np.ndarray] = [np.empty(0)] * len(self.models)
        parts = self._each(ids, offsets, is_running)
        done = 0
        while done < len(ids):
            for number, part in enumerate(parts):  # models cut the text at places of their own
                while not len(waiting[number]):
                    waiting[number] = np.asarray(next(part), np.float64)
            length = min(map(len, waiting))
            yield self._mix([values[:length] for values in waiting])
            waiting = [values[length:] for values in waiting]
            done += length

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        columns = []
        for model, rows in self._each_with_rows():
            log_probs = model._next_log_probs(history if rows is None else rows[history])
            columns.append(log_probs if rows is None else log_probs[rows])
        return self._mix(columns)

    def _mix(self, log_probs: Sequence[np.ndarray]) -> np.ndarray:
        """log Σ_m λ_m e^(log P_m), safe from underflow."""
        stacked = np.stack([np.asarray(values, np.float64) for values in log_probs])  # (M, T)
        highest = stacked.max(axis=0)
        highest[~np.isfinite(highest)] = 0.0
        with np.errstate(divide="ignore"):
            mixed: np.ndarray = np.log(self.weights @ np.exp(stacked - highest)) + highest
        return mixed

    def open_text(self, source: Any, **reading: Any) -> TextCorpus:
        return self.models[0].open_text(source, **reading)

    @property
    def is_one_sided(self) -> bool:
        return all(model.is_one_sided for model in self.models)

    @property
    def is_normalised(self) -> bool:
        return True

    @property
    def has_log_probs(self) -> bool:
        return True

    def __repr__(self) -> str:
        names = ", ".join(type(model).__name__ for model in self.models)
        return f"Interpolated([{names}], weights={self.weights.round(4).tolist()})"


def _check_probabilities(model: LanguageModel, number: int) -> None:
    if not model.is_normalised:
        raise ParameterError(
            f"models must give probabilities to be mixed, but model {number}, a {type(model).__name__}, gives scores "
            f"that are not normalised; train it with another output_layer, such as 'full'"
        )


def _check_reading(models: Sequence[LanguageModel]) -> None:
    first, *others = (own_text(model).parameters for model in models)
    for number, rules in enumerate(others, 2):
        other = [name for name in RULES if rules[name] != first[name]]
        if other:
            said, wanted = (", ".join(f"{name}={each[name]!r}" for name in other) for each in (rules, first))
            raise ParameterError(
                f"models must read text alike to be mixed, but model {number} has {said} and the first {wanted}; train "
                f"all with the same {', '.join(RULES)}, or open an ARPA file with those of the others"
            )


def _rows_in(vocabulary: Vocabulary, wanted: Vocabulary, number: int) -> np.ndarray | None:
    """The ids that ``vocabulary`` has for the words of ``wanted``, int32 (V,); None when they are the same."""
    if vocabulary.words == wanted.words:
        return None
    index = vocabulary.index
    missing = [word for word in wanted.words if word not in index]
    if missing or len(vocabulary) != len(wanted):
        example = f", for one {missing[0]!r}" if missing else ""
        raise ParameterError(
            f"models must have the same words to be mixed, but model {number + 1} has {len(vocabulary)} words and "
            f"lacks {len(missing)} of the {len(wanted)} of the first{example}; train all with the same text, "
            f"min_count and max_vocab_size"
        )
    return np.array([index[word] for word in wanted.words], np.int32)
