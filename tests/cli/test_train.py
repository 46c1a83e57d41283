"""``densevec train`` and ``densevec demo``, with a stand-in for the model."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from densevec.corpus.aviary import Aviary
from densevec.formats import atomic
from densevec.vectors import DensityVectors


def test_every_parameter_is_an_option(densevec, stand_in):
    text = " ".join(densevec("train", "stand-in", "--help").out.split())
    assert "Stands in for a model, 100 % of the way." in text
    for name in stand_in.declared().keys() - {"corpus"}:
        option = f"--{name.replace('_', '-')}"
        assert (option in text) == (name != "trim_rule"), name
    assert "dimension of the densities; more takes longer (default: 100)" in text
    assert "one upon the other (default: 1)" in text  # not "yes"
    assert "lower the text (default: no)" in text
    assert "--covariance {spherical,diag}" in text
    assert "--objective {hinge,bound,None}" in text
    assert "--lowercase, --no-lowercase" in text


def test_train_lists_the_models(densevec, stand_in):
    text = densevec("train", "--help").out
    assert "stand-in" in text
    assert "Stands in for a model" in text


def test_train(densevec, stand_in, tmp_path):
    path = tmp_path / "model.safetensors"
    options = ["--dim", "4", "--max-vocab-size", "none", "--lowercase", "--learning-rate", "0.5", "--batch-size", "64"]
    options += ["--objective", "bound"]
    result = densevec("train", "stand-in", "a.txt", "-o", path, *options, "--covariance", "diag", "--json")
    assert result.status == 0
    made = stand_in.made
    assert made["corpus"] == "a.txt"
    assert (made["dim"], made["max_vocab_size"], made["lowercase"], made["learning_rate"]) == (4, None, True, 0.5)
    assert (made["batch_size"], made["covariance"], made["objective"]) == (64, "diag", "bound")
    assert made["validation"] is None
    report = result.json
    assert (report["file"], report["model"], report["words"], report["dim"]) == (str(path), "StandIn", 3, 4)
    assert [epoch["loss"] for epoch in report["epochs"]] == [3.5, 3.5]
    assert report["peak_memory_bytes"] > 1e6
    assert result.err.splitlines()[0] == "epoch 1/2: loss 3.500 nats a token (match 3.000, kl 0.500); 125.0 k words/s"
    assert len(DensityVectors.load(path)) == 3


def test_train_on_several_files_for_people(densevec, stand_in, tmp_path):
    path, texts = tmp_path / "model.safetensors", tmp_path / "texts"
    texts.mkdir()
    result = densevec("train", "stand-in", texts, "-o", path, "--validation", "b.txt", "--dim", "4")
    assert "held-out 4.000" in result.err
    assert stand_in.made["validation"] == "b.txt"
    assert f"saved to {path}" in result.out
    assert "densevec neighbors" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "stand-in", "a.txt"], "-o/--output"),
        (["train", "stand-in", "a.txt", "-o", "x", "--dim", "many"], "must be an integer, got 'many'"),
        (["train", "stand-in", "a.txt", "-o", "x", "--covariance", "full"], "invalid choice"),
        (["train", "no-such-model", "a.txt", "-o", "x"], "there is no model 'no-such-model'; it is one of "),
        (["train", "stand_in", "a.txt", "-o", "x"], "there is no model 'stand_in'; did you mean stand-in?"),
        (["train", "stand-in", "a.txt", "-o", "x", "--size", "9"], "--size 9; did you mean --dim?"),
        (["train", "stand-in", "a.txt", "-o", "x", "--covarianc", "diag"], "did you mean --covariance?"),
        (["trian", "stand-in", "a.txt"], "there is no command 'trian'; did you mean train?"),
        (["train", "stand-in", "-o", "x"], "CORPUS"),
    ],
)
def test_usage_errors(densevec, stand_in, arguments, message):
    result = densevec(*arguments)
    assert result.status == 2
    assert message in result.err


def test_checkpoints(densevec, stand_in, tmp_path):
    path = tmp_path / "model.safetensors"
    densevec("train", "stand-in", "a.txt", "-o", path, "--checkpoint", "c", "--checkpoint-minutes", 2, "--dim", 4)
    assert (stand_in.made["checkpoint"], stand_in.made["minutes"]) == ("c", 2.0)
    (tmp_path / "model.safetensors.checkpoint").write_text("of this run")
    densevec("train", "stand-in", "a.txt", "-o", path, "--dim", 4)
    assert stand_in.made["checkpoint"] == f"{path}.checkpoint"
    assert not (tmp_path / "model.safetensors.checkpoint").exists()


@pytest.mark.parametrize(("interruption", "status"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_an_interrupted_training_keeps_what_it_learned(densevec, stand_in, tmp_path, monkeypatch, interruption, status):
    path = tmp_path / "model.safetensors"
    monkeypatch.setattr(stand_in, "interruption", interruption)
    result = densevec("train", "stand-in", "a.txt", "-o", path, "--dim", "4")
    assert (result.status, result.out) == (status, "")
    assert not path.exists()
    assert len(DensityVectors.load(tmp_path / "model.partial.safetensors")) == 3
    assert "what was learned so far is in" in result.err


class FullOnce:
    """A disk that is full when the first bytes are written to it, and lets the others through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self.write = 0, os.write
        monkeypatch.setattr(atomic.os, "write", self)

    def __call__(self, descriptor: int, data: Any) -> int:
        self.calls += 1
        if self.calls == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.write(descriptor, data)


@pytest.mark.parametrize("fallback", [None, "elsewhere"])
def test_a_disk_that_fills_up_loses_no_training(densevec, stand_in, tmp_path, monkeypatch, fallback):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "elsewhere").mkdir()
    FullOnce(monkeypatch)
    options = [] if fallback is None else ["--fallback", tmp_path / fallback]
    result = densevec("train", "stand-in", "a.txt", "-o", tmp_path / "m.safetensors", "--dim", 4, *options)
    kept = tmp_path / (fallback or "cache/densevec") / "m.safetensors"
    assert (result.status, result.out) == (1, "")
    assert result.err.splitlines()[-1].startswith(f"densevec: {tmp_path / 'm.safetensors'} cannot be written (")
    assert result.err.endswith(f"No space left on device; the trained model is kept in {kept}\n")
    assert len(DensityVectors.load(kept, check=True)) == 3
    assert not (tmp_path / "m.safetensors").exists()
    assert not (tmp_path / "m.partial.safetensors").exists()


def test_an_interrupted_training_on_a_full_disk_says_where_it_is_kept(densevec, stand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stand_in, "interruption", KeyboardInterrupt())
    FullOnce(monkeypatch)
    result = densevec("train", "stand-in", "a.txt", "-o", tmp_path / "m.safetensors", "--dim", 4)
    kept = tmp_path / "cache" / "densevec" / "m.partial.safetensors"
    assert result.status == 130
    assert f"training was interrupted; {tmp_path / 'm.partial.safetensors'} cannot be written (" in result.err
    assert f"is kept in {kept}\n" in result.err
    assert len(DensityVectors.load(kept, check=True)) == 3


def test_a_limit_on_file_sizes_is_told_when_nothing_can_be_kept(tmp_path):
    """The system's own limit, in a process of its own; folders for nothing are not left behind."""
    (tmp_path / "text").write_text("a b c d\n" * 50)
    code = """
import resource, signal, sys
from densevec.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
sys.exit(main(sys.argv[1:]))
"""
    arguments = ["train", "cbow", "text", "-o", "model", "--min-count", "1", "--dim", "300", "--epochs", "1"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])  # it may not be installed
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # which the limit would cut short, for whoever imports it next
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("densevec: model cannot be written (")
    assert done.stderr.endswith("File too large\n")
    assert not [path for path in tmp_path.rglob("*") if path.name not in ("text", "cache", "densevec")]


def test_a_training_is_saved_at_a_url(densevec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("the kiwi laid an egg\n" * 20)
    url = tmp_path.as_uri()
    train = ["train", "bayesian-skipgram", "text", "--dim", 4, "--min-count", 1, "--epochs", 2, "-o", f"{url}/m"]
    for command in (train, ["update", f"{url}/m", "text", "-o", f"{url}/m"]):
        result = densevec(*command)
        assert result.status == 0, result.err
        assert sorted(os.listdir()) == ["m", "text"]  # of a checkpoint, which nothing could remove, there is none
        for options, message in (
            (["--resume", "auto"], "--resume auto must see whether the checkpoint is there"),
            (["--fallback", url], "--fallback must be a folder on a disk of this machine"),
        ):
            result = densevec(*command, *options)
            assert (result.status, message in result.err) == (2, True), result.err
    at_url = ["--checkpoint", f"{url}/c", "--checkpoint-minutes", 0]
    whole, _ = densevec(*train, *at_url), os.remove("m")
    assert whole.status == 0 and Path("c").exists()
    again = densevec(*train, *at_url, "--resume")
    assert again.status == 0 and f"found {url}/c: BayesianSkipGram" in again.err
    assert sorted(os.listdir()) == ["c", "m", "text"]


def test_where_to_save_is_checked_first(densevec, stand_in, tmp_path):
    result = densevec("train", "stand-in", "a.txt", "-o", tmp_path / "m", "--fallback", tmp_path / "no")
    assert (result.status, "does not exist" in result.err) == (1, True)
    for output, message in ((tmp_path, "is a folder"), (tmp_path / "no" / "model", "does not exist")):
        stand_in.made = {}
        result = densevec("train", "stand-in", "a.txt", "-o", output)
        assert result.status == 1
        assert message in result.err
        assert stand_in.made == {}


def test_a_real_model_from_text_to_answers(densevec, tmp_path):
    """The whole way once: train on a file, then ask about a word in a sentence."""
    text, path = tmp_path / "text.txt", tmp_path / "model.safetensors"
    text.write_text("\n".join(" ".join(sentence) for sentence in Aviary(1000)))
    options = ["--dim", 8, "--epochs", 1, "--workers", 1, "--negative", 32, "--hidden", 8, "--validation", text]
    trained = densevec("train", "bayesian-skipgram", text, "-o", path, *options, "--json")
    assert trained.status == 0, trained.err
    assert trained.json["epochs"][0]["validation"]["loss"] > 0
    reading = densevec("posterior", path, "The kiwi laid an egg", "kiwi", "--json")
    assert reading.status == 0, reading.err
    assert (reading.json["word"], len(reading.json["neighbors"])) == ("kiwi", 10)
    assert densevec("verify", path).status == 0


def test_sub_words_from_text_to_an_unknown_word(densevec, tmp_path):
    text, path = tmp_path / "text.txt", tmp_path / "model.safetensors"
    text.write_text("\n".join(" ".join(sentence) for sentence in Aviary(500)))
    options = ["--dim", 8, "--epochs", 1, "--buckets", 300, "--min-count", 1, "--json"]
    for lengths in ("3", "a,b", "3,6,9"):
        wrong = densevec("train", "skipgram", text, "-o", path, "--subwords", lengths, *options)
        assert wrong.status == 2 and "two integers such as 3,6" in wrong.err
    assert densevec("train", "cbow", text, "-o", path, "--subwords", "6,3", *options).status == 2
    words = "train", "skipgram", text, "-o", path, "--subwords", "none", *options
    told = "--buckets must be left at 2000000 with --subwords none, which does not use it, got 300; give --subwords too"
    assert told in densevec(*words).err
    assert densevec(*words, "--buckets", 2_000_000).status == 0
    assert densevec("neighbors", path, "kiwiish").status != 0
    trained = densevec("train", "cbow", text, "-o", path, "--subwords", "3,6", *options)
    assert trained.status == 0, trained.err
    assert densevec("convert", path, tmp_path / "model.bin", "--to", "fasttext").status == 0
    _ask_of_densities(densevec, text, tmp_path / "densities.safetensors", options)
    for file in (path, tmp_path / "model.bin"):
        assert densevec("neighbors", file, "kiwiish", "--json").status == 0
    assert densevec("verify", path).status == 0


def _ask_of_densities(densevec, text, path, options):
    assert densevec("train", "density-word2vec", text, "-o", path, "--subwords", "3,6", *options).status == 0
    near = densevec("neighbors", path, "kiwiish", "--measure", "kl_from_query", "--json")
    assert near.status == 0, near.err
    answer = densevec("entails", path, "kiwiish", "kiwi", "--json")
    assert answer.status == 0, answer.err
    assert densevec("verify", path).status == 0


def test_demo(densevec, monkeypatch, tmp_path, stand_in):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("densevec.cli.demo.SETTINGS", {"dim": 5})
    result = densevec("demo", "--sentences", 4000)
    assert result.status == 0, result.err
    assert "saved to aviary.safetensors" in result.out
    assert (tmp_path / "aviary.safetensors").exists()
    for part in ("most_similar('kiwi')", "entails('kakapo', 'bird')", "entails('bird', 'kakapo')", "what next"):
        assert part in result.out
    report = densevec("demo", "--sentences", 4000, "--json", "-o", "other.safetensors").json
    assert {"file", "most_similar", "entails", "readings"} <= set(report)
    assert len(report["readings"]) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--topn", -1), "--topn must be an integer at least 0, got -1"),
        (("--sentences", 0), "--sentences must be an integer at least 1, got 0"),
        (("--sentences", 5), "--sentences must be at least 1700, in which kiwi, kakapo, bird come 5 times each, got 5"),
        (("--sentences", 1699), "--sentences must be at least 1700"),
        (("--text", "text.txt", "--topn", -1), "--topn must be an integer at least 0, got -1"),
        (("--errors", "replace"), "--errors needs --text FILE, which is read by it"),
    ],
)
def test_demo_looks_at_its_options_first(densevec, monkeypatch, tmp_path, options, message):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("the kiwi is a bird\n")
    result = densevec("demo", *options)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "epoch" not in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
