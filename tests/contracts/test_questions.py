"""Every question that takes words is read as the model's text was: folded, and without its tokenizer where it is lists.

``CALLS`` has every public method of every estimator that takes words by one of ``ROLES``; a test says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec import Gaussian, SkipGram
from densevec.corpus.nbest import Hypothesis, NBestList
from densevec.errors import ParameterError
from densevec.models.growing import Grows
from densevec.models.interpolated import Interpolated
from densevec.models.language_model import LanguageModel
from tests.contracts.cases import ESTIMATORS, aviary, make

ROLES = ("tokens", "items", "sentence", "sentences", "history", "context_words", "pairs", "source", "target", "word")
ROLES += ("words", "lists", "candidates", "choices")
TOKENS = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"]
GAP = ["the", None, "laid", "an", "egg"]
WORDS = ["its", "egg", "laid"]
Spell = Callable[[list[Any]], list[Any]]

# by name: a call of the method, whose words are spelled by s
CALLS: dict[str, Callable[[Any, Spell], Any]] = {
    "align": lambda m, s: m.align(s(TOKENS), s(TOKENS)),
    "align_batch": lambda m, s: m.align_batch([(s(TOKENS), s(TOKENS))]),
    "complete": lambda m, s: scores(m.complete(s(GAP), s(WORDS))),
    "generate": lambda m, s: m.generate(s(TOKENS[:3]), 5, seed=3),
    "lexical_substitutes": lambda m, s: scores(m.lexical_substitutes(s(TOKENS), 1, None, s(WORDS))),
    "log_count": lambda m, s: m.log_count(*s(["kiwi", "egg"])),
    "log_prob": lambda m, s: m.log_prob(s(TOKENS)),
    "mean_posteriors": lambda m, s: m.mean_posteriors([s(TOKENS)]),
    "mean_region": lambda m, s: m.mean_region(s(["the", "takahe", *TOKENS[2:]]), 1),
    "next_words": lambda m, s: m.next_words(s(TOKENS[:3])),
    "posterior": lambda m, s: m.posterior(s(TOKENS), 1),
    "posterior_batch": lambda m, s: m.posterior_batch([(s(TOKENS), 1), (s(TOKENS), -4)]),
    "predict_next": lambda m, s: m.predict_next(s(TOKENS[:3])),
    "predict_output_word": lambda m, s: m.predict_output_word(s(["the", "egg"])),
    "rescore": lambda m, s: [each.score for each in m.rescore([candidates_of(s)])[0].hypotheses],
    "senses": lambda m, s: m.senses(*s(["kiwi"]), [s(TOKENS)] * 3),
    "senses_batch": lambda m, s: list(m.senses_batch(s(["kiwi"]), [s(TOKENS)] * 3).values()),
    "substitutes": lambda m, s: (m.substitutes(s(TOKENS), 1, topn=None), scores(m.substitutes(s(TOKENS), 1, s(WORDS)))),
    "substitution_evidence": lambda m, s: m.substitution_evidence(s(TOKENS), 1, s(WORDS)),
    "substitution_scores": lambda m, s: m.substitution_scores(s(TOKENS), 1, s(WORDS)),
    "token_log_probs": lambda m, s: m.token_log_probs([s(TOKENS)]),
    "translations": lambda m, s: m.translations(s(TOKENS), 1),
}
ASKED = {
    kind: [
        name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name in CALLS and not name.startswith("_")
    ]
    for kind in ESTIMATORS.values()
}


def scores(ranking: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Candidates have the names that they are given by."""
    return [(word.lower(), score) for word, score in ranking]


def candidates_of(s: Spell) -> NBestList:
    return NBestList("1", tuple(Hypothesis(tuple(s(words)), 0.0) for words in (TOKENS, TOKENS[:3])))


def capitals(words: list[Any]) -> list[Any]:
    return [word and word.upper() for word in words]


def cut(line: str) -> list[str]:
    return line.replace("-", " ").split()


_trained: dict[Any, Any] = {}


@pytest.fixture(params=[kind for kind, names in ASKED.items() if names], ids=lambda kind: kind.__name__)
def model(request: pytest.FixtureRequest) -> Any:
    """One that lowers its text, and cuts it by a function."""
    kind = request.param
    if kind not in _trained:
        _trained[kind] = make(kind, lowercase=True, tokenizer=cut).train()
    return _trained[kind]


def numbers(answer: Any) -> Iterator[Any]:
    """All that an answer holds, in order."""
    if isinstance(answer, Gaussian):
        yield from (np.asarray(answer.mean), np.asarray(answer.variance))
    elif is_dataclass(answer) and not isinstance(answer, type):
        yield from numbers(asdict(answer))
    elif isinstance(answer, Mapping):
        yield from (part for name in sorted(answer) for part in (name, *numbers(answer[name])))
    elif isinstance(answer, list | tuple):
        yield from (part for each in answer for part in numbers(each))
    elif hasattr(answer, "__dict__") and not isinstance(answer, np.ndarray | str):
        yield from numbers(vars(answer))
    else:
        yield answer


def assert_same(first: Any, second: Any) -> None:
    parts = list(zip(numbers(first), numbers(second), strict=True))
    assert parts
    for one, other in parts:
        if isinstance(one, float | np.ndarray):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
        else:
            assert one == other


def test_all_questions_that_take_words_are_here() -> None:
    found = {
        name
        for kind in ESTIMATORS.values()
        for name, function in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and set(ROLES) & set(inspect.signature(function).parameters)
    }
    assert found - {"open_text"} == set(CALLS)


def test_words_are_folded_in_every_question(model: Any) -> None:
    for name in ASKED[type(model)]:
        assert_same(CALLS[name](model, capitals), CALLS[name](model, list))


def test_vectors_fold_the_sentences_that_a_model_reads_for_them(model: Any) -> None:
    if not hasattr(model, "posterior"):
        return
    capital, small = ((capitals(TOKENS), -7), (TOKENS, 1))
    assert_same(model.vectors.most_similar(capital), model.vectors.most_similar(small))
    assert "kiwi" not in [word for word, _ in model.vectors.most_similar(capital, topn=len(model.vectors))]
    assert model.vectors.similarity(capital, small) == pytest.approx(1.0)


def test_a_loaded_model_needs_its_tokenizer_for_text_alone(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded, told = (type(model).load(tmp_path / "model") for _ in range(2))
    told.set_params(tokenizer=cut)
    for name in ASKED[type(model)]:
        assert_same(CALLS[name](loaded, capitals), CALLS[name](told, list))
    text = list(aviary(type(model), 20))
    if isinstance(model, LanguageModel):
        assert loaded.perplexity(text) == model.perplexity(text)
        assert Interpolated([loaded]).log_prob(capitals(TOKENS)) == pytest.approx(model.log_prob(TOKENS))
    if hasattr(model, "complete"):
        question = "The-_____ laid an-egg", ["Kiwi", "Egg"]
        with pytest.raises(
            ParameterError, match=r"lists of tokens.*test_questions\.cut'.*model\.set_params\(tokenizer"
        ):
            loaded.complete(*question)
        assert_same(told.complete(*question), told.complete(["the", None, "laid", "an", "egg"], question[1]))


@pytest.mark.parametrize("kind", [kind for kind in ESTIMATORS.values() if issubclass(kind, Grows)])
def test_a_loaded_model_is_updated_with_lists_without_its_tokenizer(kind: Any, tmp_path: Path) -> None:
    make(kind, lowercase=True, tokenizer=cut, epochs=1).train().save(tmp_path / "model")
    loaded = kind.load(tmp_path / "model").update([["A", "Takahe", "laid", "an", "egg"]] * 5)
    assert "takahe" in loaded.vectors
    (tmp_path / "text").write_text("a-takahe laid an-egg\n" * 5)
    with pytest.raises(ParameterError, match=r"model\.set_params\(tokenizer"):
        loaded.update(tmp_path / "text")
    assert "an-egg" not in loaded.set_params(tokenizer=cut).update(tmp_path / "text").vectors


def test_candidates_keep_the_names_that_they_are_given_by() -> None:
    model = SkipGram(
        [["the", "kiwi", "sleeps"], ["a", "bird", "sleeps"]] * 30, min_count=1, dim=8, lowercase=True
    ).train()
    assert {word for word, _ in model.substitutes(["The", "Kiwi", "sleeps"], 1, ["Bird", "A"])} == {"Bird", "A"}
    completed = model.complete(["The", None, "sleeps"], ["Kiwi", "Bird"])
    assert completed == model.complete("The _____ sleeps", ["Kiwi", "Bird"])
    assert np.isfinite([score for _, score in completed]).all()
