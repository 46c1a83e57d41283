"""What training says of itself: bars on terminals and in notebooks, lines of the log."""

from __future__ import annotations

import io
import logging
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from densevec import LSA, Aviary, GloVe, SkipGram
from densevec.training import progress as module
from densevec.training.progress import Progress

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"dim": 4, "epochs": 2, "workers": 1, "min_count": 1}
# a cell that trains, in a kernel with the package ipywidgets or, as far as it knows, without
CELL = """
import sys
if {without}:
    sys.modules["ipywidgets"] = None
from densevec import Aviary, SkipGram
model = SkipGram(Aviary(300), dim=4, epochs=2, min_count=1, workers=1).train()
"""


class Stopper:
    """Interrupts training after an epoch, as Ctrl-C does."""

    def on_epoch_end(self, model: object, report: object) -> None:
        raise KeyboardInterrupt


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("densevec")]


def test_a_batch_job_reads_all_of_it_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_SECONDS", 0.0)
    caplog.set_level(logging.INFO, "densevec")
    model = SkipGram(Aviary(300, seed=1), **SMALL)
    model.train(checkpoint=tmp_path / "cut", checkpoint_minutes=0, progress=False).save(tmp_path / "it.safetensors")
    lines = lines_of(caplog)
    expected = [
        r"counting: [\d,]+ words in \d+\.\d s",
        r"\d+ tokens, \d+ distinct words; kept \d+ words, 100\.0 % of the tokens",
        r"encoding: [\d,]+ words in \d+\.\d s",
        r"SkipGram: \d+ words, dim 4, (fused|torch) engine on cpu, workers 1",
        r"training: [\d,]+ words x 2 epochs",
        r"epoch 1/2: \d+\.\d % of the training done, no loss yet, [\d,]+ words/s; \d:\d\d min left",
        r"checkpoint written after step \d+, in \d+\.\d s",
        r"epoch 1/2: \d+\.\d % of the training done, prediction \d+\.\d{3}, [\d,]+ words/s; \d:\d\d min left",
        r"epoch 1/2 ended: loss (\d+\.\d{3}) nats a token \(prediction \1\); [\d.]+ [kM]? ?words/s",
        r"epoch 2/2: 100\.0 % of the training done, prediction \d+\.\d{3}, [\d,]+ words/s; 0:00 min left",
        r"trained: 2 epochs, \d+ steps; 0:\d\d min here",
        r"SkipGram saved to .*it\.safetensors",
    ]
    for pattern in expected:
        assert any(re.fullmatch(pattern, line) for line in lines), (pattern, lines)
    told = re.compile("training|epoch .* ended|trained|.* saved")
    begun, *ended = [lines.index(line) for line in lines if told.match(line)]
    assert begun < min(ended) and ended == sorted(ended) and ended[-1] == len(lines) - 1


def test_one_that_goes_on_says_from_where(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    corpus, cut = list(Aviary(300, seed=1)), tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        SkipGram(corpus, **SMALL).train(checkpoint=cut, checkpoint_minutes=0, callbacks=[Stopper()])
    caplog.set_level(logging.INFO, "densevec")
    SkipGram(corpus, **SMALL).train(resume=cut)
    found = [line for line in lines_of(caplog) if "resumed" in line]
    assert len(found) == 1
    assert re.fullmatch(
        r"training resumed in epoch [12]/2, after step \d+, \d+\.\d % of [\d,]+ words x 2 epochs", found[0]
    )


def test_what_counts_neighbours_says_so(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_SECONDS", 0.0)
    caplog.set_level(logging.INFO, "densevec")
    GloVe(Aviary(200), **SMALL).train()
    LSA(Aviary(200), dim=4, min_count=1).train()
    lines = lines_of(caplog)
    assert any(re.fullmatch(r"counting neighbours: [\d,]+ words in \d\.\d s", line) for line in lines)
    assert any(re.fullmatch(r"epoch 2/2 ended: loss .* a mean over entries .*entries/s", line) for line in lines)
    assert any(re.fullmatch(r"LSA: \d+ words, \d+ entries of the matrix, 4 factors", line) for line in lines)


def test_what_nobody_waits_for_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "densevec")
    for seconds in (0.0, 0.9, 1.1):
        with Progress(None, enabled=False, task=f"{seconds} s") as bar:
            bar.add(5)
            bar._started -= seconds
    assert [line.split(":")[0] for line in lines_of(caplog)] == ["1.1 s"]


def test_lines_come_as_often_as_a_person_reads_them(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "densevec")
    now = 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    with Progress(100, enabled=False) as bar:
        for second in range(50):
            now = float(second + 1)
            bar.update(0, 1, 1, {"kl": 2.0})
    assert [round(float(re.findall(r"(\S+) %", line)[0])) for line in lines_of(caplog)] == [10, 20, 30, 40, 50]
    assert lines_of(caplog)[-1] == "epoch 1/1: 50.0 % of the training done, kl 2.000, 1 words/s; 0:50 min left"


def test_of_several_processes_one_speaks(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO, "densevec")
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "here", "MASTER_PORT": "1", "TORCHELASTIC_RUN_ID": "it"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    for rank in "10":
        monkeypatch.setenv("RANK", rank)
        with Progress(None, enabled=False, task=f"counting by {rank}") as bar:
            bar.add(1)
            bar._started -= 5
    assert [line.split(":")[0] for line in lines_of(caplog)] == ["counting by 0"]


def test_the_program_decides_what_is_heard() -> None:
    """No handler of ours: lines are lost until logging is set up, and warnings reach stderr by logging's last resort,
    which a NullHandler would silence."""
    logger = logging.getLogger("densevec")
    assert (logger.handlers, logger.level, logger.propagate) == ([], logging.NOTSET, True)


@pytest.mark.parametrize(
    ("is_terminal", "shell", "enabled", "is_shown"),
    [
        (False, None, None, False),
        (True, None, None, True),
        (False, None, True, True),
        (True, None, False, False),
        (False, {}, None, False),  # IPython in a pipe
        (False, {"IPKernelApp": {}}, None, True),
        (False, {"IPKernelApp": {}}, False, False),
    ],
)
def test_a_bar_is_shown_where_somebody_watches(
    is_terminal: bool, shell: dict | None, enabled: bool | None, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # a bar of characters, which can be read here
    for name in ("tqdm.auto", "tqdm.autonotebook", "tqdm.notebook"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    here = None if shell is None else SimpleNamespace(config=shell)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: here))
    seen = io.StringIO()
    monkeypatch.setattr(seen, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stderr", seen)
    with Progress(10, enabled=enabled) as bar:
        bar.update(0, 1, 10, {"kl": 2.0})
    assert ("epoch 1/1: 100%" in seen.getvalue() and "kl=2.000" in seen.getvalue()) == is_shown


@pytest.mark.slow
@pytest.mark.parametrize("without", [False, True])
def test_a_real_notebook_shows_bars(without: bool) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.format(without=without))])
    client.NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    outputs = notebook.cells[0].outputs
    if without:
        assert all(output.name == "stderr" for output in outputs), outputs
        text = "".join(output.text for output in outputs)
        assert "counting" in text and "epoch 2/2: 100%" in text and "Warning" not in text
    else:
        states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state.values()
        bars = [each.state for each in states if each.model_name == "FloatProgressModel"]
        texts = [str(each.state.value) for each in states if each.model_name == "HTMLModel"]
        assert len(outputs) == 3 and {bar.bar_style for bar in bars} == {"success"}  # counted, encoded, trained
        assert any(text.replace("\u2007", " ") == "epoch 2/2: 100%" for text in texts)
