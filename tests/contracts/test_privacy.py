"""What a model keeps of its text: words of the vocabulary, and never a sentence."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

from densevec.cli import main
from densevec.formats import read_container
from densevec.models.base import Estimator
from densevec.models.gradient_model import GradientModel
from tests.contracts.cases import ESTIMATORS, make

pytestmark = pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)

SECRET = ["the", "password", "of", "anna", "is", "zinnober"]  # each word is frequent elsewhere; "zinnober" is not kept
TEXT = [["the", "password", "of", "anna", "is", "long"], ["the", "kiwi", "of", "anna", "is", "small"]] * 30 + [SECRET]


def test_no_sentence_of_the_text_is_in_a_file_or_a_log(kind: type[Estimator], tmp_path, caplog) -> None:
    model = make(kind, TEXT, min_count=2)
    files = ["model", "vectors"]
    with caplog.at_level(logging.DEBUG, "densevec"):
        if issubclass(kind, GradientModel):
            model.train(checkpoint=tmp_path / "checkpoint", checkpoint_minutes=0)
            files.append("checkpoint")
        else:
            model.train()
        model.save(tmp_path / "model")
        if hasattr(model, "vectors"):
            model.vectors.save(tmp_path / "vectors")
    written = {name: (tmp_path / name).read_bytes() for name in files if (tmp_path / name).exists()}
    assert "model" in written
    written["log"] = caplog.text.encode()
    written["repr"] = repr(model).encode()
    for name, content in written.items():
        assert b"zinnober" not in content, name
        assert b"password of anna" not in content, name
        assert b"'password', 'of'" not in content, name
        assert b'"password", "of"' not in content, name
        assert b'"password","of"' not in content, name


def test_a_loaded_model_has_no_corpus_and_says_so(kind: type[Estimator], tmp_path) -> None:
    make(kind, TEXT).train().save(tmp_path / "model")
    again = kind.load(tmp_path / "model")
    assert again.get_params()["corpus"] is None
    with pytest.raises(ValueError, match=rf"corpus must be given to train {kind.__name__}, got None"):
        again.train()
    paths = [f"file-{number}.txt" for number in range(150)]
    assert kind(paths)._described()["corpus"] == paths
    assert len(repr(kind(TEXT))) < 120


def test_a_file_says_what_it_learned_from_by_a_digest(kind: type[Estimator], tmp_path, capsys) -> None:
    model = make(kind, TEXT).train()
    facts = dict(model.trained_on)
    assert facts["kind"] == f"a list of {len(TEXT)} sentences"
    assert facts["sentences"] == len(TEXT)
    assert facts["tokens"] == sum(map(len, TEXT))
    text = model.open_text(model.corpus)
    with model.encode(text, model.count(text)) as encoded:
        assert facts["digest"] == encoded.digest()
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model")
    assert again.trained_on == facts
    again.save(tmp_path / "again")
    assert kind.load(tmp_path / "again").trained_on == facts  # though it has no corpus
    assert kind().trained_on is None
    other = make(kind, [*TEXT[:-1], TEXT[0]]).train()
    assert other.trained_on["digest"] != facts["digest"]
    assert main(["info", str(tmp_path / "model")]) == 0
    wanted = rf"learned from +a list of 61 sentences; 61 sentences, .*{facts['digest'][:16]}"
    assert re.search(wanted, capsys.readouterr().out)
    assert main(["info", str(tmp_path / "model"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corpus"] == facts


def test_so_many_paths_that_no_header_holds_them(kind: type[Estimator], tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("densevec.models.origin._MAX_PATHS", 30)
    paths = [str(tmp_path / f"a-rather-long-name-{number}.txt") for number in range(2)]
    for path in paths:
        Path(path).write_text("".join(f"{' '.join(sentence)}\n" for sentence in TEXT))
    model = make(kind).set_params(corpus=tuple(paths) if kind.reads_pairs else paths)
    model.train().save(tmp_path / "model")
    described = read_container(tmp_path / "model").metadata["parameters"]["corpus"]
    assert described == f"<2 paths from {paths[0]} to {paths[1]}>"
