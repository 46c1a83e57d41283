"""Exit statuses, streams and speed of starting."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from densevec.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def spawn(*arguments, **options):
    command = [sys.executable, "-m", "densevec", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, **options)


def test_every_command_is_listed(densevec):
    result = densevec("--help")
    assert result.status == 0
    for command, summary in COMMANDS.items():
        assert command in result.out
        assert summary in result.out


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "train"])
def test_every_command_explains_itself(densevec, command):
    result = densevec(command, "--help")
    assert result.status == 0
    assert "--json" in result.out


def test_usage_errors(densevec, density_file):
    assert densevec().status == 2
    assert densevec("fly").status == 2
    assert densevec("neighbors", density_file).status == 2
    result = densevec("neighbors", density_file, "kiwi", "--topn", "-1")
    assert result.status == 2
    assert "topn" in result.err
    assert result.err.count("\n") == 1
    assert densevec("neighbors", density_file, "kiwi", "--restrict-vocab", "-1").err == (
        "densevec: --restrict-vocab must be an integer at least 0, got -1\n"
    )
    assert densevec("info", density_file, "--words", "-1").err == (
        "densevec: --words must be an integer at least 0, got -1\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("neighbors", "{file}", "kiwii"), "'kiwi'"),
        (("neighbors", "{folder}/none.safetensors", "kiwi"), "none.safetensors"),
        (("verify", "{folder}"), "directory"),
        (("evaluate", "{file}", "--similarity", "{folder}/none.txt"), "none.txt"),
    ],
)
def test_bad_data_is_one_sentence(densevec, density_file, arguments, message):
    filled = [argument.format(file=density_file, folder=density_file.parent) for argument in arguments]
    result = densevec(*filled)
    assert (result.status, result.out) == (1, "")
    assert message in result.err
    assert result.err.startswith("densevec: ")
    assert result.err.count("\n") == 1


def test_interrupts(densevec, density_file, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("densevec.cli.verify.run", interrupt)
    result = densevec("verify", density_file)
    assert (result.status, result.err) == (130, "densevec: interrupted\n")

    monkeypatch.setattr("densevec.cli.verify.run", lambda args: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert densevec("verify", density_file).status == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_as_a_program(density_file):
    result = spawn("entails", density_file, "kakapo", "bird", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["entails"] is True


def test_a_reader_that_leaves_early(density_file):
    command = f"{sys.executable} -m densevec info {density_file} | head -n 0; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    assert result.stdout.strip() in ("0", "141")


def test_words_a_terminal_cannot_show(density_file):
    result = spawn("neighbors", density_file, "kiwi", env={"PYTHONIOENCODING": "ascii"})
    assert (result.returncode, result.stderr) == (0, "")
    assert "caf\\xe9" in result.stdout
    as_json = spawn("neighbors", density_file, "kiwi", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert "café" in {entry["word"] for entry in json.loads(as_json.stdout)["neighbors"]["kiwi"]}


@pytest.mark.parametrize("command", ["neighbors FILE kiwi", "info FILE", "verify FILE", "evaluate FILE"])
def test_queries_do_not_import_torch_or_scipy(density_file, command):
    arguments = [str(density_file) if word == "FILE" else word for word in command.split()]
    program = (
        "import sys; from densevec.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules); assert not heavy, heavy; sys.exit(status)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("model", "option", "hint"),
    [
        ("skipgram", "--evidence", "--evidence is an option of bayesian-skipgram, density-word2vec"),
        ("skipgram", "--order", "--order is an option of ngram, nplm"),
        ("skipgram", "--layers", "--layers is an option of bayesian-skipgram, rnnlm"),
        ("ngram", "--window", "--window is an option of bayesian-skipgram, cbow, density-word2vec, glove and 3 more"),
        ("skipgram", "--min-n", "--subwords 3,6 is for n-grams of 3 to 6 characters"),
        ("cbow", "-maxn", "--subwords 3,6 is for n-grams of 3 to 6 characters"),
        ("skipgram", "--sg", "skipgram and cbow are models, to be named after train"),
        ("skipgram", "--hs", "--output-layer hierarchical is for what it does"),
        ("skipgram", "-input", "what is read is named without an option"),
        ("skipgram", "-lrUpdateRate", "the rate falls with every step"),
        ("skipgram", "-minCount", "did you mean --min-count?"),
        ("skipgram", "--min_count", "did you mean --min-count?"),
        ("skipgram", "-t", "did you mean --sample?"),
        ("skipgram", "-pretrainedVectors", "did you mean --init-from?"),
        ("skipgram", "--min-alpha", "did you mean --min-learning-rate?"),
        ("skipgram", "--batch", "did you mean --batch-size?"),
        ("skipgram", "--window-size", "did you mean --window?"),
        ("skipgram", "--negative-samples", "did you mean --negative?"),
        ("skipgram", "--max-vocabulary", "did you mean --max-vocab-size?"),
        ("skipgram", "--ngrams", "did you mean --subwords?"),
        ("rnnlm", "--hidden-size", "did you mean --hidden?"),
        ("skipgram", "--windw", "did you mean --window?"),
        *(
            (model, option, "")
            for model in ("skipgram", "ngram")
            for option in ("--order-of-words", "--vocabulary", "-1")
        ),
        ("ngram", "--hs", ""),
    ],
)
def test_what_is_said_of_options_that_a_model_has_not(densevec, model, option, hint):
    result = densevec("train", model, "text.txt", "-o", "model", option, "3")
    *_, told = result.err.splitlines()
    assert (result.status, told.endswith(f"unrecognized arguments: {option} 3")) == (2, not hint)
    assert hint in told
