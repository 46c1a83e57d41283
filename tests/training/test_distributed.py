"""Two processes that train one model: forked here as torchrun starts them, and one training by torchrun itself."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densevec import (
    RNNLM,
    Aviary,
    AviaryBitext,
    BayesianSkipGram,
    DensityWord2Vec,
    EmbedAlign,
    SkipGram,
    load_vectors,
)
from densevec._processes import is_distributed, is_first
from densevec.errors import ParameterError
from densevec.training.distributed import find_group
from densevec.training.exchange import SharedTables
from densevec.training.resume import as_saved_by_all
from tests.evidence.test_inference import sentences
from tests.training.ranks import run_ranks
from tests.training.threads import together

FULL = os.environ.get("DENSEVEC_FULL_SWEEPS") == "1"
OF_SWEEPS = "takes half a minute: make sweeps, or DENSEVEC_FULL_SWEEPS=1"


def test_tables_are_brought_together() -> None:
    """Changes of rows are joined, sums of squares added up, moments averaged, counts the greatest; then all are one."""

    def learn(group: Any) -> dict[str, Any]:
        mine = group.rank + 1
        arrays = {
            "table": np.zeros((4, 16), np.float32),
            "squares": np.ones(4, np.float32),
            "moment": np.full(2, mine, np.float32),
            "steps": np.array([4 * mine]),
        }
        shared = SharedTables(arrays, ["moment"], ["squares"], group, 2**12)
        arrays["table"][group.rank] = mine
        arrays["table"][2] = 1
        arrays["squares"][:2] += 1
        assert shared.merge(np.array([1.0, mine])).tolist() == [2, 3]
        arrays["table"][3] = group.rank  # while the first messages travel
        shared.unite()
        return arrays

    one, two = together(learn)
    for name, array in one.items():
        assert np.array_equal(array, two[name])
    np.testing.assert_allclose(one["table"][:, 0], [1, 2, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(one["squares"], [3, 3, 1, 1], rtol=1e-5)
    assert one["moment"].tolist() == [1.5, 1.5]
    assert one["steps"].tolist() == [8]


def test_a_process_alone_is_the_first() -> None:
    assert not is_distributed()
    assert is_first()
    assert find_group() is None


def written(folder: Path, num_sentences: int) -> Path:
    path = folder / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in Aviary(num_sentences)))
    return path


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> Path:
    """Enough to learn what words mean."""
    return written(tmp_path_factory.mktemp("text"), 15_000)


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("short"), 5_000)


@pytest.fixture
def run(tmp_path_factory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Train by a command line, the same in all processes; of one machine, or of what they take for several."""

    def train(*arguments: object, processes: int = 2, machines: int = 1) -> subprocess.CompletedProcess[str]:
        return run_ranks([["train", *arguments]] * processes, tmp_path_factory.mktemp("logs"), machines)

    return train


@pytest.mark.slow
@pytest.mark.parametrize("machines", [1, pytest.param(2, marks=pytest.mark.skipif(not FULL, reason=OF_SWEEPS))])
def test_two_processes_learn_what_one_does(run, machines, text, tmp_path) -> None:
    """The same words, a loss like that of one, and vectors that find the same neighbours; the first alone speaks."""
    losses = {}
    for processes in (1, 2):
        options = [text, "-o", tmp_path / f"{processes}", "--dim", 32, "--epochs", 5, "--workers", 1]
        done = run("skipgram", *options, processes=processes, machines=min(machines, processes))
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("epoch 5/5") == 1
        assert done.stdout.count("saved to") == 1
        losses[processes] = float(done.stderr.split("epoch 5/5: loss ")[1].split()[0])
    one, two = (load_vectors(tmp_path / name) for name in ("1", "2"))
    assert one.index_to_key == two.index_to_key
    assert losses[2] == pytest.approx(losses[1], rel=0.03)
    words = one.index_to_key[:60]
    cosines = [[v.similarity(w, o) for w in words for o in words if w != o] for v in (one, two)]
    assert np.corrcoef(*cosines)[0, 1] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("machines", [1, 2])
@pytest.mark.parametrize(
    "model",
    [
        pytest.param("cbow", marks=pytest.mark.skipif(not FULL, reason=OF_SWEEPS)),
        pytest.param("density-word2vec", marks=pytest.mark.skipif(not FULL, reason=OF_SWEEPS)),
        "bayesian-skipgram",
    ],
)
def test_other_models_learn_so_too(run, model, machines, short, tmp_path) -> None:
    losses = {}
    for processes in (1, 2):
        options = ["--dim", 16, "--epochs", 2, "--engine", "fused", "--workers", 1]
        where = tmp_path / f"{processes}"
        done = run(model, short, "-o", where, *options, processes=processes, machines=min(machines, processes))
        assert done.returncode == 0, done.stderr
        losses[processes] = float(done.stderr.split("epoch 2/2: loss ")[1].split()[0])
    assert losses[2] == pytest.approx(losses[1], rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("model", [BayesianSkipGram, DensityWord2Vec])
def test_what_is_read_of_a_text_is_that_of_all_of_it(run, model, tmp_path) -> None:
    """What it says of kinds of things, and what words tell about others, to the bit, in each process."""
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences(8_000)))
    one = model(path, dim=8, epochs=1).train().vectors._state
    done = run(model.command, path, "-o", tmp_path / "two", "--dim", 8, "--epochs", 1, "--verbose")
    assert done.returncode == 0, done.stderr
    two = model.load(tmp_path / "two").vectors._state
    assert np.array_equal(two.specificity, one.specificity)
    for name in ("folds", "narrow", "broad", "weight"):
        assert np.array_equal(getattr(two.statements, name), getattr(one.statements, name))
    assert two.statements.examples == one.statements.examples
    told = re.findall(r"English: \d+ pairs of words stated .*", done.stderr)
    assert len(told) == 2
    assert told[0] == told[1]


@pytest.mark.slow
def test_last_touches_are_each_process_s_own(run, short, tmp_path) -> None:
    """Rows of n-grams come into their order once, not once for every process that had them in common."""
    done = run("skipgram", short, "-o", tmp_path / "m", "--dim", 16, "--subwords", "3,5", "--buckets", 2000)
    assert done.returncode == 0, done.stderr
    vectors = load_vectors(tmp_path / "m")
    words = vectors.index_to_key[:500]
    own, of_ngrams = (np.array([get(word) for word in words]) for get in (vectors.get_vector, vectors.subwords.vector))
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(of_ngrams, axis=1)
    assert ((own * of_ngrams).sum(1) / lengths).mean() > 0.95


@pytest.mark.slow
def test_processes_of_the_torch_engine_take_the_steps_of_one(run, tmp_path) -> None:
    """Words and ids are found in parts; losses of both texts are those of one process, and the first one speaks."""
    text = written(tmp_path, 300)
    one = RNNLM(text, output_layer="hierarchical", dim=8, hidden=8, epochs=1, seed=1).train(validation=text)
    options = ["--output-layer", "hierarchical", "--dim", 8, "--hidden", 8, "--epochs", 1, "--validation", text]
    done = run("rnnlm", text, "-o", tmp_path / "two", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("saved to") == 1
    losses = [float(done.stderr.split(f"{name} ")[-1].split()[0].rstrip(";")) for name in ("1/1: loss", "held-out")]
    (report,) = one.history
    assert losses == pytest.approx([report.loss, report.validation["loss"]], abs=2e-3)
    two = load_vectors(tmp_path / "two")
    assert two.index_to_key == one.vectors.index_to_key
    np.testing.assert_allclose(two.vectors, one.vectors.vectors, atol=1e-4)


DIES = """
import os, sys
from densevec.cli import main
from densevec.training.trainer import Trainer

once = sys.argv.pop()
end = Trainer._end_epoch


def killed(self, state, stop):
    end(self, state, stop)
    if self.checkpoint is not None:
        self._write_checkpoint(state)
    if state.epoch == 2 and os.environ["RANK"] == "1" and not os.path.exists(once):
        self.group.most(0)  # the first one has written
        open(once, "w").close()
        os.kill(os.getpid(), 9)
    if state.epoch == 2:
        self.group.most(0)


Trainer._end_epoch = killed
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_fault_45_a_process_that_dies_is_started_again_from_the_checkpoint(short, tmp_path) -> None:
    (tmp_path / "dies.py").write_text(DIES)
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--max-restarts", "1"]
    train = [str(tmp_path / "dies.py"), "train", "skipgram", str(short), "-o", str(tmp_path / "model"), "--dim", "16"]
    done = subprocess.run(
        [sys.executable, "-m", *launch, *train, "--epochs", "4", "--resume", "auto", str(tmp_path / "once")],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "once").exists()
    assert "SkipGram, epoch 3 of 4, 50 % done" in done.stderr
    losses = [float(done.stderr.split(f"epoch {epoch}/4: loss ")[1].split()[0]) for epoch in (1, 2, 3, 4)]
    assert losses == sorted(losses, reverse=True)
    assert [done.stderr.count(f"epoch {epoch}/4: loss") for epoch in (1, 2, 3, 4)] == [1, 1, 1, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dies.py", "model", "once"]


@pytest.mark.slow
def test_fault_45_processes_that_see_other_texts_say_so(short, tmp_path) -> None:
    """Before anything is read, and all of them end."""
    commands = []
    for rank in (0, 1):
        (tmp_path / f"text{rank}").write_text(short.read_text() + "one more kiwi\n" * 5 * rank)
        commands.append(["train", "skipgram", tmp_path / f"text{rank}", "-o", tmp_path / "model"])
    done = run_ranks(commands, tmp_path)
    assert done.returncode != 0
    assert "the text must be the same in all processes of a training" in done.stderr
    assert "epoch 1" not in done.stderr


@pytest.fixture
def interrupted(short, tmp_path) -> Path:
    """The checkpoint of a training whose other processes look for theirs elsewhere."""

    def stop(model: Any, report: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    path = tmp_path / "0" / "m.checkpoint"
    for rank in (0, 1):
        (tmp_path / str(rank)).mkdir()
    with pytest.raises(KeyboardInterrupt):
        SkipGram(short, dim=8, epochs=3).train(checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)])
    return path


OTHERS = (
    r"the checkpoint that training goes on from must be the same in all processes of a training, got 'step \d+ of "
    r"\w{16}' in process 0 and '%s' in process 1; let all of them see the same file, or each a copy of it, or begin "
    "anew without resume"
)


@pytest.mark.parametrize(("other", "found"), [(None, "none"), ("1/m.checkpoint", "none that can be read")])
def test_all_go_on_from_the_same_checkpoint_or_none(interrupted, other, found, tmp_path) -> None:
    """Two threads are the processes."""

    def resume(group: Any) -> str:
        with pytest.raises(ParameterError) as caught:
            as_saved_by_all(interrupted if group.rank == 0 else other and tmp_path / other, group)
        return str(caught.value)

    assert [bool(re.fullmatch(OTHERS % found, said)) for said in together(resume)] == [True, True]
    shutil.copy(interrupted, tmp_path / "1")
    same = together(lambda group: as_saved_by_all(tmp_path / str(group.rank) / "m.checkpoint", group).identity)
    assert same[0] == same[1]
    assert together(lambda group: as_saved_by_all(None, group)) == [None, None]


@pytest.mark.slow
@pytest.mark.parametrize(("options", "found"), [(["auto"], "none"), ([], "none that can be read")])
def test_processes_that_see_other_checkpoints_say_so(short, interrupted, options, found, tmp_path) -> None:
    train = ["train", "skipgram", short, "--dim", 8, "--epochs", 3]
    done = run_ranks([[*train, "-o", tmp_path / str(rank) / "m", "--resume", *options] for rank in (0, 1)], tmp_path, 2)
    assert done.returncode == 2
    assert re.search(OTHERS % found, done.stderr)


@pytest.mark.slow
def test_what_several_processes_cannot_train_is_told(run, short, tmp_path) -> None:
    done = run("glove", short, "-o", tmp_path / "model")
    assert done.returncode != 0
    assert "GloVe must be trained by one process by the fused engine, got 2 of torchrun" in done.stderr
    looked = run("glove", short, "-o", tmp_path / "model", "--dry-run")
    assert looked.returncode != 0
    assert "GloVe must be trained by one process by the fused engine, got 2 of torchrun" in looked.stderr
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_the_first_process_alone_looks_ahead_and_all_end(run, short, tmp_path) -> None:
    done = run("skipgram", short, "-o", tmp_path / "model", "--dim", 8, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("peak of memory") == 1
    refused = run("skipgram", short, "-o", tmp_path / "model", "--dry-run", "--validation", short)
    assert refused.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_two_processes_train_embedalign_on_two_texts(tmp_path) -> None:
    """By the command; the loss is that of one process, up to rounding and what is drawn."""
    pairs = list(AviaryBitext(400))
    for side in (0, 1):
        (tmp_path / f"text{side}").write_text("".join(" ".join(pair[side]) + "\n" for pair in pairs))
    texts = tmp_path / "text0", tmp_path / "text1"
    sizes = {"dim": 8, "embedding_dim": 8, "hidden": 8, "epochs": 2, "min_count": 1}
    options = [word for name, size in sizes.items() for word in (f"--{name.replace('_', '-')}", size)]
    done = run_ranks([["train", "embedalign", *texts, *options, "-o", tmp_path / "two"]] * 2, tmp_path)
    assert done.returncode == 0, done.stderr
    alone, two = EmbedAlign(texts, **sizes).train(), EmbedAlign.load(tmp_path / "two")
    (loss,) = re.findall(r"epoch 2/2: loss ([\d.]+) nats", done.stderr)
    assert float(loss) == pytest.approx(alone.history[-1].loss, rel=0.02)
    assert two.vectors.index_to_key == alone.vectors.index_to_key
    assert {link.source for link in two.align(*pairs[0])} <= set(range(len(pairs[0][0])))


SAVES_AND_DIES = """
import os, signal, sys, time
from densevec import SkipGram, load_vectors
from densevec.errors import TrainingError
from densevec.models import base

text, path, noted = sys.argv[1:]
rank, write = int(os.environ["RANK"]), base.write_container


def note(*what):
    with open(noted, "a") as file:
        print(*what, file=file)


def slowly(*arguments):
    note("written by", rank)
    time.sleep(0.2)
    write(*arguments)


base.write_container = slowly
settings = {"dim": 8, "workers": 1}
model = SkipGram(text, epochs=1, **settings).train(progress=False)
model.save(path)
assert (load_vectors(path).vectors == model.vectors.vectors).all()


class Dies:
    def on_epoch_end(self, model, report):
        if rank == 1 and report.epoch == 2:
            note("died at", time.time())
            os.kill(os.getpid(), signal.SIGKILL)


try:
    SkipGram(text, epochs=50, **settings).train(progress=False, callbacks=[Dies()])
except TrainingError as error:
    note("told at", time.time(), error)
    assert (load_vectors(path).vectors == model.vectors.vectors).all()  # of the training before, as it was
    raise
"""


@pytest.mark.slow
def test_faults_30_and_32_the_first_process_writes_and_all_end_with_one_that_dies(short, tmp_path) -> None:
    """All save, one writes, and all have what it has written.  Ten seconds after a kill the other has told of it."""
    (tmp_path / "script.py").write_text(SAVES_AND_DIES)
    noted = tmp_path / "noted"
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(tmp_path / "script.py")]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, str(short), str(tmp_path / "model"), str(noted)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode != 0
    written, died, told = noted.read_text().splitlines()
    assert written == "written by 0"
    assert float(told.split()[2]) - float(died.split()[2]) < 10
    assert "another process of the training has ended" in told


ENDS = """
import os, socket, sys, time
import numpy as np
import torch.distributed
from densevec.training.distributed import do_once, find_group

ranks = []
for how in sys.argv[1:]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for rank in (0, 1):
        ranks.append(os.fork())
        if not ranks[-1]:  # one that ends as an interpreter does
            os.environ.update(RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
            os.environ.update(TORCHELASTIC_RUN_ID="ends", GROUP_RANK=str(rank))
            if how == "own":
                torch.distributed.init_process_group("gloo")
            group = find_group()
            do_once("save", lambda: None)
            sys.setswitchinterval(100)  # what has been sent waits, to be forgotten, for this thread
            group.send(np.zeros(1000, np.uint8), 1000)
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                pass
            if how == "fails" and rank:
                sys.exit(3)
            if how == "fails":
                group.wait()
            if how in ("own", "closed"):
                torch.distributed.destroy_process_group()
            sys.exit()
print(*(os.waitstatus_to_exitcode(os.waitpid(rank, 0)[1]) for rank in ranks), flush=True)
os._exit(0)
"""


@pytest.mark.slow
def test_processes_close_what_they_have_opened_when_they_end() -> None:
    """Threads of gloo that are busy then abort the interpreter.  One that fails does not wait for others that do."""
    done = subprocess.run(
        [sys.executable, "-c", ENDS, "ends", "fails", "closed", "own"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
    )
    assert done.stdout.split() == ["0"] * 2 + ["1", "3"] + ["0"] * 4, done.stderr
