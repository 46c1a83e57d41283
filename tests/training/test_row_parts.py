"""Processes each of which has a part of the rows: what they learn, and that no pair of words is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, KeyedVectors, SkipGram, load_vectors
from densevec._cy.blocks import Text, fill_block, pair_lists
from densevec.errors import ParameterError
from densevec.models.placement import Placement
from densevec.training.state import TrainingState
from densevec.training.trainer import Trainer
from tests.training.ranks import run_ranks
from tests.training.threads import together


@pytest.mark.parametrize("parts", [1, 3])
def test_lists_of_all_parts_have_every_pair_once(parts: int) -> None:
    """Pairs of a token and one in its window, as blocks of the text have them, and each kept token counted once."""
    draws = np.random.default_rng(1)
    lengths = draws.integers(1, 30, 200)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = draws.integers(0, 17, offsets[-1]).astype(np.int32)
    text = Text(ids, offsets, np.full(17, 3 * 2**30, np.uint32), 4, True, True)
    block, left, right = (np.empty(len(ids), np.int32) for _ in range(3))
    kept, num_read, *_ = fill_block(text, 5, 0, 0, block, left, right)
    near = Counter(
        (int(block[i]), int(block[p])) for i in range(kept) for p in range(i - left[i], i + right[i] + 1) if p != i
    )
    found: Counter[tuple[int, int]] = Counter()
    num_centres = 0
    for centre in range(parts):
        for context in range(parts):
            lists, number, centres, read = pair_lists(text, 5, 0, 200, parts, centre, context)
            assert read == num_read
            num_centres += centres * (context == 0)
            rows, first, last = (np.empty(len(ids) * 9, np.int32) for _ in range(3))
            filled, *_, turn, _ = fill_block(lists, 0, 0, 0, rows, first, last)
            assert turn == number
            assert not first[:filled].any()
            for i in np.flatnonzero(last[:filled]):
                word = int(rows[i]) * parts + centre
                found.update((word, int(row) * parts + context) for row in rows[i + 1 : i + 1 + last[i]])
    assert found == near
    assert num_centres == kept


def test_pairs_of_turns_and_parts_that_are_not_there_are_refused() -> None:
    text = Text(np.zeros(2, np.int32), np.array([0, 2]), None, 1, False, False)
    for turns, parts in (((0, 2), (1, 0, 0)), ((0, 1), (2, 2, 0)), ((1, 0), (1, 0, 0))):
        with pytest.raises(ValueError, match="turns outside the text, or parts that are not there"):
            pair_lists(text, 1, *turns, *parts)


def make_task(model: SkipGram, group: Any) -> Any:
    vocabulary = model.count(model.open_text(model.corpus))
    encoded = model.encode(model.open_text(model.corpus), vocabulary)
    return model.make_task(vocabulary, encoded, placement=Placement("cpu", True), group=group)


def learn(model: SkipGram, group: Any) -> tuple[TrainingState, Any, int]:
    task = make_task(model, group)
    group.say, group.heard = lambda *said: None, lambda: (0, False)
    group.most = lambda value: int(max(group.everyone(value)))
    state = TrainingState()
    Trainer(task, epochs=model.epochs, group=group, show_progress=False).run(state)
    size = sum(array.nbytes for array in task.state().values())
    task.finish()
    task.gather()
    return state, task, size


@pytest.mark.parametrize("size", [2, 3])
def test_parts_learn_what_whole_tables_do(size: int) -> None:
    """The loss, and which words are near each other; each process has its share of the tables, the first one saves."""
    settings: dict[str, Any] = {"dim": 24, "epochs": 4, "workers": 1, "seed": 3}
    alone = SkipGram(Aviary(4_000), **settings).train()
    shared = SkipGram(Aviary(4_000), share_rows=True, **settings)
    (state, first, own), *others = together(lambda group: learn(shared, group), size)
    words = alone.vectors.index_to_key
    whole = 2 * len(words) * 32 * 4
    assert own <= whole / size + 2 * 32 * 4
    assert state.num_read == 4 * int(alone.vectors.counts.sum())
    assert first.has_all_rows
    tables = first.weights.tables
    assert all(
        not task.has_all_rows and training.history[-1].loss == state.history[-1].loss for training, task, _ in others
    )
    for ours, theirs in zip(state.history, alone.history, strict=True):
        assert ours.num_tokens == theirs.num_tokens
        assert ours.loss == pytest.approx(theirs.loss, rel=0.03)
    vectors = KeyedVectors(words, tables["input.weight"])
    assert sorted(tables) == sorted(["input.weight", "output.words.weight.weight"])
    cosines = [[v.similarity(w, o) for w in words[:60] for o in words[:60] if w != o] for v in (alone.vectors, vectors)]
    assert np.corrcoef(*cosines)[0, 1] > 0.9


def test_a_vector_that_has_run_away_is_named_by_the_process_that_has_it() -> None:
    def fault(group: Any) -> tuple[str | None, str]:
        task = make_task(SkipGram(Aviary(50), share_rows=True, dim=4, workers=1), group)
        task.rows.input[2, 0] = 3e5 * group.rank
        return task.fault(everywhere=True), task.vocabulary.words[5]

    first, (said, word) = together(fault, 2)
    assert first[0] is None
    assert said == f"a number in the vector of {word!r} is 3e+05"


def test_what_needs_all_rows_in_one_process_is_refused() -> None:
    with pytest.raises(ParameterError, match="share_rows must be False for one process alone, got True"):
        SkipGram(Aviary(50), share_rows=True).train()
    for name, value in (("output_layer", "nce"), ("subwords", (3, 5))):
        with pytest.raises(ParameterError, match=f"{name} must be .* with share_rows"):
            SkipGram(Aviary(50), share_rows=True, **{name: value}).train()
    with pytest.raises(ParameterError, match="checkpoint must be None with share_rows, whose rows no process has all"):
        SkipGram(Aviary(50), share_rows=True)._refuse_with_parts(object(), validation=None, checkpoint="kept")
    with pytest.raises(ParameterError, match="share_rows must be False for an estimate"):
        SkipGram(Aviary(50), share_rows=True).estimate_memory()


def test_a_process_without_a_word_is_refused_before_it_learns() -> None:
    few = SkipGram([["kiwi", "plum"]] * 50, share_rows=True, min_count=1)
    with pytest.raises(ParameterError, match="share_rows must be False with fewer words than processes, got 2 words"):
        together(lambda group: make_task(few, group), 3)


def test_what_parts_have_learned_is_updated_as_any_other() -> None:
    shared, plain = (SkipGram(Aviary(200), dim=8, epochs=1).train(progress=False) for _ in range(2))
    shared._origin = replace(shared._origin, parameters={**shared._origin.parameters, "share_rows": True})
    for model in (shared, plain):
        model.update([["takahe", "kiwi"]] * 10, progress=False)
    assert (shared.vectors.vectors == plain.vectors.vectors).all()
    assert shared._own.share_rows and not plain._own.share_rows


@pytest.mark.slow
def test_processes_with_parts_of_the_rows_write_one_model(tmp_path) -> None:
    text = tmp_path / "text"
    text.write_text("".join(" ".join(sentence) + "\n" for sentence in Aviary(1_000)))
    command = ["train", "skipgram", text, "-o", tmp_path / "model", "--dim", 8, "--epochs", 2, "--share-rows"]
    done = run_ranks([command] * 2, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("saved to") == 1
    model = SkipGram.load(tmp_path / "model", check=True)
    assert load_vectors(tmp_path / "model").vector_size == 8
    assert model.predict_output_word(["kiwi"], topn=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "text"]
    assert "takahe" in model.update([["takahe", "kiwi"]] * 10, epochs=1, progress=False).vectors
