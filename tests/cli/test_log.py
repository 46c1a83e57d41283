"""What a command says of its work on stderr."""

from __future__ import annotations

import argparse
import logging
import re
from typing import Any

import numpy as np
import pytest

from densevec.cli.files import told_log
from densevec.cli.reading import add_reading_options
from densevec.vectors import DensityVectors, KeyedVectors


def test_warnings_are_notes_in_the_words_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    logger, parser = logging.getLogger("densevec.corpus.advice"), argparse.ArgumentParser()
    add_reading_options(parser)
    with told_log(parser, False):
        logger.warning("try %s and lowercase=True", "tokenizer='words'")
        logger.info("12 words")
    logger.info("not heard")
    assert capsys.readouterr().err == "densevec: note: try --tokenizer words and --lowercase\n"


def test_errors_are_in_the_words_of_the_command_line(densevec: Any, tmp_path: Any) -> None:
    (tmp_path / "text.txt").write_bytes(b"the caf\xe9 is shut\n" * 30)
    command = ["train", "skipgram", tmp_path / "text.txt", "-o", tmp_path / "x.safetensors", "--epochs", 1]
    refused = densevec(*command)
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert "choose --errors replace or --errors ignore" in refused.err and "errors=" not in refused.err
    assert densevec(*command, "--errors", "replace", "--dim", 2, "--workers", 1).status == 0
    assert densevec(*command, "--dim", 0).err.startswith("densevec: --dim must be")
    looked_at = densevec("text", tmp_path / "text.txt")
    assert "--errors replace" in looked_at.out and "errors=" not in looked_at.out


def test_verbose_tells_all(capsys: pytest.CaptureFixture[str]) -> None:
    with told_log(argparse.ArgumentParser(), True):
        logging.getLogger("densevec.training.trainer").info("epoch %d", 3)
    assert re.fullmatch(r"\d\d:\d\d:\d\d epoch 3\n", capsys.readouterr().err)
    logger = logging.getLogger("densevec")
    assert (logger.handlers, logger.level) == ([], logging.NOTSET)


def test_verbose_training(densevec: Any, tmp_path: Any) -> None:
    (tmp_path / "text.txt").write_text("the kiwi laid an egg\n" * 30)
    command = ["train", "skipgram", tmp_path / "text.txt", "-o", tmp_path / "x.safetensors"]
    done = densevec(*command, "--dim", 4, "--epochs", 1, "--workers", 1, "--verbose")
    assert done.status == 0 and "training: " in done.err and "trained: 1 epochs" in done.err


def test_what_needs_densities_says_what_learns_them(densevec: Any, tmp_path: Any) -> None:
    KeyedVectors(["a", "b"], np.eye(2)).save(tmp_path / "points.safetensors")
    done = densevec("entails", tmp_path / "points.safetensors", "a", "b")
    assert done.status == 1 and "densevec train bayesian-skipgram and density-word2vec" in done.err
    DensityVectors(["a", "b"], np.eye(3)[:2], [1.0, 2.0]).save(tmp_path / "other.safetensors")
    done = densevec("compare", tmp_path / "points.safetensors", tmp_path / "other.safetensors", "a")
    assert done.status == 2 and "same dimension, got 2 and 3" in done.err
