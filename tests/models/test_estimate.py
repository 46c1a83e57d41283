"""What a training will take, said before it begins, and what it then takes."""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
import torch

from densevec import (
    CBOW,
    RNNLM,
    Aviary,
    AviaryBitext,
    BayesianSkipGram,
    DensityWord2Vec,
    EmbedAlign,
    GloVe,
    SkipGram,
)
from densevec.cli import main
from densevec.errors import OutOfMemoryError
from densevec.models import estimate, gradient_model
from densevec.models.estimate import state_bytes
from densevec.models.limits import Limit, memory_limits, used_memory
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


@pytest.fixture(scope="module")
def stated(tmp_path_factory) -> Path:
    """A text that is longer than a trial needs to learn, and says only then what is a kind of what."""
    random = np.random.default_rng(2)
    names = ["".join(letters) for letters in itertools.product(ascii_lowercase, repeat=3)]
    narrow, kind, other = ((len(names) * random.random(20_000) ** power).astype(int).tolist() for power in (2, 9, 1))
    path = tmp_path_factory.mktemp("stated") / "text.txt"
    with path.open("w") as file:
        file.writelines(
            f"of {names[one]} the {names[another]} on\n" * 2 for one, another in zip(narrow, other, strict=True)
        )
        file.writelines(f"the {names[one]} is a {names[of]}\n" for one, of in zip(narrow, kind, strict=True))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["BayesianSkipGram", "DensityWord2Vec"])
def test_the_peak_of_reading_evidence_is_the_one_that_comes(name, stated) -> None:
    told, found = asked(name, stated, "look"), asked(name, stated, "train")
    assert told["peak"] == pytest.approx(found["peak"], rel=0.15)


def test_what_follows_the_last_step_is_told_of_all_of_the_text(tmp_path, monkeypatch) -> None:
    """Memory and time that grow with the text, of which a trial has the eighth part; sentences are kept of files."""
    has_files: list[bool] = []

    def learn(vectors, encoded, *_, is_of_files, **__) -> None:
        has_files.append(is_of_files)
        held = np.ones(6400 * encoded.num_ids)
        time.sleep(4e-4 * held.size / 6400)

    monkeypatch.setattr(estimate, "peak_memory", used_memory)  # other tests have held more
    monkeypatch.setattr(estimate, "_SECONDS", 0.05)
    monkeypatch.setattr(estimate, "learn_inference", learn)
    sentences = list(Aviary(800))
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences))
    num_tokens = sum(map(len, sentences))
    for corpus in (sentences, path):
        for part in (1, 8):
            monkeypatch.setattr(estimate, "_EVIDENCE_TOKENS", num_tokens // part)
            told = DensityWord2Vec(corpus, dim=4, epochs=1, min_count=1).estimate_memory()
            memory, seconds = 0.6 * part ** (estimate._LEVELLING - 1)
            assert told.seconds > seconds * 4e-4 * num_tokens
            assert told.peak - used_memory() > memory * 8 * 6400 * num_tokens
    assert has_files == [False] * 3 + [True] * 3


def test_memory_is_watched() -> None:
    before = used_memory()
    with estimate._Watch() as watch:
        held = np.ones(2**25)
        time.sleep(0.1)
        number = held.nbytes
        del held
    # whatever else the process gives back or takes meanwhile
    assert watch.peak - before == pytest.approx(number, rel=0.25)


def test_torch_works_with_the_threads_of_the_training(monkeypatch) -> None:
    seen: list[int] = []
    learn = estimate._Calibration._learn
    monkeypatch.setattr(estimate, "_SECONDS", 0.05)
    monkeypatch.setattr(
        estimate._Calibration, "_learn", staticmethod(lambda task: seen.append(torch.get_num_threads()) or learn(task))
    )
    before = torch.get_num_threads()
    for workers in (before + 1, before + 2):
        CBOW(Aviary(300), dim=4, engine="torch", workers=workers).estimate_memory()
    assert seen == [before + 1, before + 2]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("kind", [SkipGram, GloVe, DensityWord2Vec])
def test_a_text_without_neighbours_takes_no_time(kind, monkeypatch) -> None:
    monkeypatch.setattr(estimate, "_SECONDS", 0.05)
    told = kind([["kiwi"], ["plum"]] * 50, dim=4, min_count=1).estimate_memory()
    assert (told.words, told.seconds < 5) == (2, True)


@pytest.mark.parametrize("kind", [SkipGram, BayesianSkipGram, GloVe, RNNLM])
def test_a_trial_begins_with_the_first_known_words(kind, monkeypatch) -> None:
    for name, value in (("_SECONDS", 0.05), ("_SAMPLE_TOKENS", 200), ("_EVIDENCE_TOKENS", 200)):
        monkeypatch.setattr(estimate, name, value)
    once = [[f"once{number}", f"never{number}"] for number in range(900)]
    told = kind([*once, *Aviary(200)], dim=4, epochs=1).estimate_memory()
    assert told.words > 20 and told.seconds > 0


@pytest.mark.parametrize("most", [10, 2**22])
@pytest.mark.parametrize("kind", [SkipGram, BayesianSkipGram, GloVe, RNNLM, EmbedAlign])
def test_a_trial_has_fewer_words_where_tables_are_large(kind, most, monkeypatch) -> None:
    for name, value in (("_SECONDS", 0.05), ("_SAMPLE_TOKENS", most), ("_EVIDENCE_TOKENS", most)):
        monkeypatch.setattr(estimate, name, value)
    model = kind(AviaryBitext(300) if kind is EmbedAlign else Aviary(300), dim=8, epochs=1, min_count=1)
    whole = model.estimate_memory()
    monkeypatch.setattr(estimate, "_SAMPLE_BYTES", (whole.tables + whole.optimiser) // 2)
    told = model.estimate_memory()
    assert (told.words, told.tables, told.optimiser) == (whole.words, whole.tables, whole.optimiser)
    assert told.seconds_error > 0.35 and told.seconds > 0
    assert told.ids_in_memory == pytest.approx(whole.ids_in_memory, rel=0.5)


@pytest.mark.parametrize("options", [{}, {"monolingual": True}])
def test_a_trial_takes_the_first_pairs(options, monkeypatch) -> None:
    pairs = AviaryBitext(200)
    corpus = [source for source, _ in pairs] if options else pairs
    monkeypatch.setattr(estimate, "_SECONDS", 0.05)
    sizes = {"dim": 4, "embedding_dim": 4, "hidden": 4, "epochs": 1, "min_count": 1, **options}
    whole = EmbedAlign(corpus, **sizes).estimate_memory()
    monkeypatch.setattr(estimate, "_SAMPLE_TOKENS", 200)
    part = EmbedAlign(corpus, **sizes).estimate_memory()
    assert part.ids_in_memory == pytest.approx(whole.ids_in_memory, rel=0.1)


@pytest.mark.parametrize(("kind", "length"), [(EmbedAlign, 70), (SkipGram, 10_050)])
def test_a_trial_takes_sentences_as_long_as_the_text_s(kind, length, monkeypatch) -> None:
    encoded = []
    monkeypatch.setattr(estimate, "_SECONDS", 0.05)
    monkeypatch.setattr(estimate, "_SAMPLE_TOKENS", 200)
    sentence = ["kiwi", "plum"] * (length // 2)
    corpus = [(sentence, sentence)] * 5 if kind is EmbedAlign else [sentence] * 5
    model = kind(corpus, dim=4, epochs=1, min_count=1, max_sentence_length=length)
    beginning = estimate._encoded_beginning

    def keep(*told):
        encoded.append(beginning(*told))
        return encoded[-1]

    monkeypatch.setattr(estimate, "_encoded_beginning", keep)
    model.estimate_memory()
    assert np.diff(getattr(encoded[0], "source", encoded[0]).offsets).max() == length


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
    command = ["train", "skipgram", str(tmp_path / "text.txt"), "-o", str(output), "--dry-run", "--share-rows"]
    assert main(command) == 2 and "--share-rows must be False for an estimate" in capsys.readouterr().err
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
