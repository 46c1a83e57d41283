"""What a training will take, said before it begins, and what it then takes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from densevec import CBOW, Aviary, AviaryBitext, DensityWord2Vec, EmbedAlign, GloVe, SkipGram
from densevec.cli import main
from densevec.errors import OutOfMemoryError
from densevec.models import estimate, gradient_model
from densevec.models.estimate import state_bytes
from densevec.models.limits import Limit, memory_limits
from densevec.models.placement import place
from densevec.models.word2vec import kernel

NUM_WORDS, NUM_TOKENS = 30_000, 90_000
SCRIPT = """
import json, resource, sys
import densevec
from densevec.models import estimate
estimate._SECONDS = 0.3
name, path, does = sys.argv[1:]
model = getattr(densevec, name)(path, dim=100, min_count=1, epochs=1)
if does == "look":
    estimate = model.estimate_memory()
    print(json.dumps(estimate.as_dict()))
else:
    model.train(progress=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"peak": peak, "imports a compiler": "torch._dynamo" in sys.modules}))
"""


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> Path:
    random = np.random.default_rng(1)
    share = 1 / np.arange(1, NUM_WORDS + 1)
    ids = np.append(
        random.permutation(NUM_WORDS), random.choice(NUM_WORDS, NUM_TOKENS - NUM_WORDS, p=share / share.sum())
    )
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("".join(" ".join(f"w{i}" for i in row) + "\n" for row in ids.reshape(-1, 20)))
    return path


def asked(*arguments: object) -> dict:
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SkipGram", "BayesianSkipGram", "NPLM"])
def test_the_peak_is_the_one_that_comes(name, text) -> None:
    told, found = asked(name, text, "look"), asked(name, text, "train")
    assert told["peak"] == pytest.approx(found["peak"], rel=0.15)
    ends = NUM_TOKENS // 20 * (name == "NPLM")  # of sentences, which a language model predicts
    assert told["tokens"] == NUM_TOKENS + ends
    assert told["words"] == NUM_WORDS + 2 * (name == "NPLM")
    assert told["seconds"] > 0
    assert not found["imports a compiler"]  # as torch's own optimisers do, for two seconds of processor time
    assert told["ids_in_memory"] == pytest.approx(4 * told["tokens"] + 8 * NUM_TOKENS / 20, rel=0.1)


NGRAMS = {"subwords": (3, 6), "buckets": 7_919}


@pytest.mark.parametrize(
    ("kind", "corpus", "settings"),
    [
        (SkipGram, Aviary(2_000), {}),
        (SkipGram, Aviary(2_000), NGRAMS),
        (CBOW, Aviary(2_000), {"engine": "torch", **NGRAMS}),
        (DensityWord2Vec, Aviary(2_000), NGRAMS),
        (CBOW, Aviary(2_000), {}),
        (GloVe, Aviary(500), {}),
        (EmbedAlign, AviaryBitext(500), {}),
    ],
)
def test_sizes_of_small_tables_tell_those_of_large_ones(kind, corpus, settings) -> None:
    """Exactly: against the very tables, for other numbers of words and of rows of n-grams."""
    model = kind(corpus, min_count=1, **settings)
    text = model.open_text(corpus)
    vocabulary = model.count(text)
    with model.encode(text, vocabulary) as encoded:
        task = model.make_task(vocabulary, encoded)
    sizes = {name: tensor.nbytes for name, tensor in task.state().items()}
    tables, optimiser = state_bytes(model, vocabulary, place(model))
    adam = 0 if kind is not EmbedAlign else 2 * sum(p.nbytes for p in task.engine.optimiser.dense.values())
    assert tables + optimiser - adam == sum(sizes.values())
    assert optimiser - adam == sum(size for name, size in sizes.items() if "squares" in name)


def test_no_table_of_n_grams_is_made_to_tell_its_size(monkeypatch) -> None:
    """A table of two million rows takes seconds to draw."""
    made: list[int] = []
    drawn = kernel.uniform_rows
    monkeypatch.setattr(kernel, "uniform_rows", lambda number, *rest: made.append(number) or drawn(number, *rest))
    SkipGram(Aviary(50), dim=4, epochs=1, min_count=1, **NGRAMS).train(progress=False)
    assert sum(number > 7_919 for number in made) == 1


def test_a_look_leaves_no_trace(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(estimate, "_SECONDS", 0.1)
    (tmp_path / "text.txt").write_text("a kiwi laid an egg\n" * 500)
    output = tmp_path / "model.safetensors"
    assert main(["train", "skipgram", str(tmp_path / "text.txt"), "-o", str(output), "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["words"], told["tokens"], told["fits"]) == (5, 2500, True)
    assert told["tables"] == 2 * 5 * 112 * 4
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
    for option in ("--validation", "--init-from", "--resume"):
        command = ["train", "skipgram", str(tmp_path / "text.txt"), "-o", str(output), "--dry-run", option, "none"]
        assert main(command) == 2
        assert f"{option} must be left out with --dry-run" in capsys.readouterr().err
    command = ["train", "skipgram", "text.txt", "-o", str(output), "--dry-run", "--checkpoint", str(tmp_path / "no/c")]
    assert main(command) == 1 and "does not exist" in capsys.readouterr().err
    model = SkipGram(Aviary(300), dim=8, epochs=1)
    before = model.train(progress=False).vectors.vectors.copy()
    assert model.estimate_memory().words == len(before)
    assert (model.train(progress=False).vectors.vectors == before).all()


def test_limits_of_control_groups_are_read(tmp_path) -> None:
    """Of version 2, where any folder above may have one, and of version 1."""
    files = {
        "proc/self/cgroup": "4:memory:/job\n0::/slice/job\n",
        "proc/self/statm": "1000 500 0 0 0 0 0\n",
        "proc/meminfo": "MemTotal: 4000000 kB\nSwapTotal: 0 kB\n",
        "sys/fs/cgroup/slice/memory.max": "3000000000\n",
        "sys/fs/cgroup/slice/job/memory.max": "max\n",
        "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "3500000000\n",
    }
    for name, value in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(value)
    found = memory_limits(str(tmp_path))
    groups = [limit.left for limit in found if "control group" in limit.name]
    assert len(groups) == 2
    assert groups[1] - groups[0] == 500_000_000
    assert found[0].name == "the memory limit of the control group"
    assert memory_limits(str(tmp_path / "nothing there"))[:1] == [
        limit for limit in memory_limits(str(tmp_path / "nothing there")) if "ulimit" in limit.name
    ]


def test_tables_beyond_a_limit_are_refused_before_they_are_made(monkeypatch) -> None:
    monkeypatch.setattr(gradient_model, "memory_limits", lambda: [Limit(100_000, "the memory limit of the test")])
    with pytest.raises(
        OutOfMemoryError,
        match=r"of memory for the tables and the optimiser of SkipGram, of \d+ words, where the memory limit of the "
        "test leaves 100,000, are not to be had; what helps: a dim below 500",
    ):
        SkipGram(Aviary(2_000), dim=500).train(progress=False)
    SkipGram(Aviary(2_000), dim=4, epochs=1).train(progress=False)


@pytest.mark.slow
def test_ulimit_is_told_in_one_sentence(text) -> None:
    """A limit on address space that tables of 9.6 GB do not fit in."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2)

    command = [
        sys.executable,
        "-m",
        "densevec",
        "train",
        "skipgram",
        str(text),
        "-o",
        str(text.parent / "m"),
        "--dim",
        "40000",
    ]
    done = subprocess.run(
        [*command, "--min-count", "1", "--dim", "40000"],
        check=False,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1
    assert "the limit on address space (ulimit -v) leaves" in done.stderr
    assert done.stderr.count("\n") == 1
