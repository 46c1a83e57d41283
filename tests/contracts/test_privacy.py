"""What a model keeps of its text: words of the vocabulary, and never a sentence."""

from __future__ import annotations

import logging

import pytest

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
