"""Where training starts: from the same numbers whatever trains, and without torch where none is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from densevec import CBOW, Aviary, BayesianSkipGram, DensityWord2Vec, SkipGram
from densevec._random import UniformDraws
from densevec.layers.initial import uniform

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [0, 1, 2**32 + 5, 2**63 - 1])
@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (1000, 33)])
def test_draws_are_torch_s(seed: int, shape: tuple[int, int]) -> None:
    draws, theirs = UniformDraws(seed), torch.Generator().manual_seed(seed)
    for bound in (0.01, 1.0, 1 / 3):
        ours = np.empty((shape[0], shape[1] + 3), np.float32)[:, : shape[1]]  # rows with gaps between them
        draws.fill(ours, bound)
        np.testing.assert_array_equal(ours, uniform(shape, bound, theirs).numpy())


def test_draws_of_many_rows_are_those_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = (np.empty((50, 7), np.float32) for _ in range(2))
    UniformDraws(3).fill(whole, 1.0)
    monkeypatch.setattr("densevec._random._DRAWS_AT_ONCE", 20)
    UniformDraws(3).fill(parts, 1.0)
    np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (SkipGram, {}),
        (SkipGram, {"output_layer": "nce"}),
        (SkipGram, {"output_layer": "hierarchical"}),
        (SkipGram, {"subwords": (3, 4), "buckets": 50}),
        (CBOW, {}),
        (BayesianSkipGram, {}),
        (DensityWord2Vec, {}),
        (DensityWord2Vec, {"covariance": "diag", "energy": "expected_likelihood"}),
    ],
)
def test_engines_start_from_the_same_numbers(kind: Any, settings: dict[str, Any]) -> None:
    tables = []
    for engine in ("fused", "torch"):
        model = kind(Aviary(200), dim=9, engine=engine, **settings)
        text = model.open_text(model.corpus)
        vocabulary = model.count(text)
        with model.encode(text, vocabulary) as encoded:
            task = model.make_task(vocabulary, encoded)
            tables.append({name: np.array(table) for name, table in task.weights.tables.items()})
            if engine == "fused":  # the network that held-out text is asked of
                for name, value in task.network.state_dict().items():
                    np.testing.assert_array_equal(value.numpy(), tables[0][name])
    assert tables[0].keys() == tables[1].keys()
    for name, table in tables[0].items():
        np.testing.assert_array_equal(table, tables[1][name], err_msg=name)


def test_a_network_sees_what_kernels_have_learned_before_and_after_the_end() -> None:
    model = SkipGram(Aviary(200), dim=9)
    text = model.open_text(model.corpus)
    vocabulary = model.count(text)
    with model.encode(text, vocabulary) as encoded:
        task = model.make_task(vocabulary, encoded)
        for step, batch in enumerate(task.batches(0, None)):
            task.step(batch, step, 0.0)
            np.testing.assert_array_equal(task.network.input.weight, task.weights["input.weight"])
        learned = task.weights["input.weight"].copy()
        task.forget()
        task.finish()
    assert task.weights["input.weight"].flags.c_contiguous  # without the gaps that kernels want
    np.testing.assert_array_equal(task.weights["input.weight"], learned)
    np.testing.assert_array_equal(task.network.input.weight, learned)


WITHOUT = """
import sys
if {is_absent}:
    sys.modules["torch"] = sys.modules["sklearn"] = None  # an import of either is an ImportError
from densevec import CBOW, Aviary, BayesianSkipGram, DensityWord2Vec, SkipGram, load_vectors
path, sentence = {path!r}, "the kiwi laid an egg".split()
kinds = [(SkipGram, {{}}), (SkipGram, {{"output_layer": "hierarchical"}}), (CBOW, {{"output_layer": "nce"}})]
kinds += [(BayesianSkipGram, {{"evidence": None}}), (DensityWord2Vec, {{"evidence": None}})]
ngrams = {{"subwords": (3, 4), "buckets": 500}}
kinds += [(SkipGram, ngrams), (DensityWord2Vec, {{"evidence": None, **ngrams}})]
for kind, settings in kinds if {is_absent} else kinds[::3]:
    model = kind(Aviary(200), dim=8, epochs=1, min_count=1, workers=2, **settings)
    model.train()
    model.save(path)
    vectors, again = load_vectors(path), kind.load(path)
    if settings.get("subwords"):
        again.update([["zorgle", "kiwi", "egg"]] * 5, epochs=1)
        assert "zorgle" in again.vectors and vectors.most_similar("kiwiish")
        continue
    again.save(path)
    assert vectors.most_similar("kiwi") == again.vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    if kind is BayesianSkipGram:
        here, there = model.posterior(sentence, 1), again.posterior(sentence, 1)
        assert (here.mean == there.mean).all() and (here.variance == there.variance).all()
        assert vectors.most_similar(here) == again.vectors.most_similar(there)
        vectors.entails("kiwi", "egg"), vectors.hypernyms("kiwi"), vectors.entropy("kiwi")
start, checkpoint = model.vectors, path + ".checkpoint"
model = SkipGram(Aviary(50), dim=8, epochs=1, min_count=1)
model.train(init_from=start, output=path, checkpoint=checkpoint, checkpoint_minutes=0)
model.train(resume=checkpoint)
found = [name for name in ("torch", "sklearn") if sys.modules.get(name) is not None]
sys.exit(f"imported: {{found}}" if found else 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_absent", [True, False])
def test_compiled_training_files_and_queries_do_without_torch_and_scikit_learn(is_absent: bool, tmp_path: Path) -> None:
    """Where they are not installed it works; where they are they are not imported."""
    program = WITHOUT.format(is_absent=is_absent, path=str(tmp_path / "model.safetensors"))
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr


NEEDING = """
import sys
sys.modules["torch"] = None
import densevec
from densevec import Aviary, SkipGram
from densevec.errors import MissingPackageError
text = Aviary(50)
calls = {
    "or a loss on held-out text,": lambda: SkipGram(text, dim=4, engine="torch").train(),
    "device='cuda'": lambda: SkipGram(text, dim=4, device="cuda").train(),
    "a loss on held-out text,": lambda: SkipGram(text, dim=4).train(validation=text),
    "the output layer of SkipGram": lambda: SkipGram(text, dim=4).train().complete("the _____", ["a"]),
    "RNNLM": lambda: densevec.RNNLM,
}
for what, call in calls.items():
    try:
        call()
    except MissingPackageError as error:
        assert str(error).endswith(what + " needs the package torch: pip install torch"), error
    else:
        raise AssertionError(what)
"""


def test_what_needs_torch_says_so_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NEEDING], check=False, cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
