"""``densevec update``: a trained model goes on with another text."""

import os
from importlib import resources

import pytest

from densevec import Aviary, BayesianSkipGram, DensityWord2Vec, NGram, SkipGram

NEW = "the zorgle laid an egg\n" * 6 + "the kiwi laid an egg\n" * 6


@pytest.fixture
def text(tmp_path):
    (tmp_path / "new.txt").write_text(NEW, encoding="utf-8")
    return tmp_path / "new.txt"


def test_the_file_grows(densevec, text, tmp_path):
    path, out = tmp_path / "old.safetensors", tmp_path / "grown.safetensors"
    SkipGram(Aviary(200), dim=8, epochs=1, min_count=1).train(progress=False).save(path)
    before = path.read_bytes()
    result = densevec("update", path, text, "-o", out, "--learning-rate", 0.01, "--epochs", 2, "--json")
    assert result.status == 0, result.err
    assert result.json["model"] == "SkipGram" and len(result.json["epochs"]) == 2
    grown = SkipGram.load(out)
    assert "zorgle" in grown.vectors and len(grown.vectors) == result.json["words"]
    assert grown.trained_on["updates"] == 1 and grown.trained_on["sentences"] == 12
    assert grown.learning_rate == 0.03  # what training was told; an update's own are its own
    assert path.read_bytes() == before
    assert densevec("update", out, text, "-o", out, "--epochs", 1).status == 0  # in its own place
    assert SkipGram.load(out, check=True).trained_on["updates"] == 2
    assert "zorgle" in densevec("neighbors", out, "egg", "--topn", 1000).out


def test_a_full_vocabulary_says_what_makes_room(densevec, text, tmp_path):
    path = tmp_path / "old.safetensors"
    SkipGram(Aviary(200), dim=8, epochs=1, min_count=1, max_vocab_size=20).train(progress=False).save(path)
    result = densevec("update", path, text, "-o", path, "--epochs", 1)
    assert (result.status, len(SkipGram.load(path).vectors)) == (0, 20)
    assert "max_vocab_size=20 leaves" not in result.err and "give update a larger --max-vocab-size" in result.err
    result = densevec("update", path, text, "-o", path, "--epochs", 1, "--max-vocab-size", 50)
    assert result.status == 0 and "zorgle" in SkipGram.load(path).vectors


def test_a_prior_is_for_densities(densevec, text, tmp_path):
    path = tmp_path / "old.safetensors"
    BayesianSkipGram(Aviary(200), dim=8, epochs=1, min_count=1).train(progress=False).save(path)
    assert densevec("update", path, text, "-o", path, "--prior-weight", 0.5, "--epochs", 1).status == 0
    assert BayesianSkipGram.load(path).trained_on["updates"] == 1
    SkipGram(Aviary(50), dim=4, epochs=1, min_count=1).train(progress=False).save(path)
    result = densevec("update", path, text, "-o", path, "--prior-weight", 0.5)
    assert (result.status, "--prior-weight is for densities" in result.err) == (2, True)
    result = densevec("update", path, text, "-o", path, "--evidence", "none")
    assert (result.status, "--evidence is for densities" in result.err) == (2, True)


def test_a_file_of_patterns_may_be_elsewhere(densevec, text, tmp_path):
    patterns, path = tmp_path / "own.toml", tmp_path / "old.safetensors"
    patterns.write_text((resources.files("densevec.evidence.languages") / "en.toml").read_text(encoding="utf-8"))
    DensityWord2Vec(Aviary(200), dim=8, epochs=1, min_count=1, evidence=patterns).train(progress=False).save(path)
    patterns.rename(tmp_path / "moved.toml")
    result = densevec("update", path, text, "-o", path)
    assert (result.status, "set evidence to where it is" in result.err) == (1, True)
    for option, kept in ((tmp_path / "moved.toml", str(tmp_path / "moved.toml")), ("none", None)):
        assert densevec("update", path, text, "-o", path, "--epochs", 1, "--evidence", option).status == 0
        assert DensityWord2Vec.load(path).evidence == kept
    assert densevec("update", path, text, "-o", path, "--epochs", 1).status == 0


def test_what_cannot_grow_says_so(densevec, text, density_file, tmp_path):
    result = densevec("update", density_file, text, "-o", tmp_path / "out")
    assert result.status == 1 and "without a model, and this needs a trained model's file" in result.err
    NGram(Aviary(50), order=2).train().save(tmp_path / "ngrams")
    result = densevec("update", tmp_path / "ngrams", text, "-o", tmp_path / "out")
    assert result.status == 2 and "to be updated, got NGram" in result.err
    assert not (tmp_path / "out").exists()


def test_an_update_that_was_cut_goes_on(densevec, text, tmp_path, monkeypatch):
    path, whole, cut = (tmp_path / name for name in ("old", "whole", "cut"))
    model = SkipGram(Aviary(200), dim=8, epochs=1, min_count=1).train(progress=False)
    model.save(path)
    assert densevec("update", path, text, "-o", whole, "--epochs", 3).status == 0
    assert not (tmp_path / "whole.checkpoint").exists()

    class Stop:
        def on_epoch_end(self, model, report):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SkipGram.load(path).update(
            str(text),
            epochs=3,
            checkpoint=f"{cut}.checkpoint",
            checkpoint_minutes=0,
            callbacks=[Stop()],
            progress=False,
        )
    os.rename(f"{cut}.checkpoint", tmp_path / "elsewhere")
    elsewhere = ["--resume", tmp_path / "elsewhere", "--checkpoint-minutes", 0]
    before = (tmp_path / "elsewhere").read_bytes()
    assert densevec("update", path, text, "-o", cut, "--epochs", 3, *elsewhere).status == 0
    assert (tmp_path / "elsewhere").read_bytes() != before and not os.path.lexists(f"{cut}.checkpoint")
    os.symlink(tmp_path / "elsewhere", f"{cut}.checkpoint")
    result = densevec("update", path, text, "-o", cut, "--epochs", 3, "--resume")
    assert result.status == 0 and "found " in result.err
    assert not (tmp_path / "elsewhere").exists() and os.path.islink(f"{cut}.checkpoint")
    assert SkipGram.load(cut).vectors.vectors.tobytes() == SkipGram.load(whole).vectors.vectors.tobytes()
    assert densevec("update", path, text, "-o", cut, "--resume", "auto", "--epochs", 1).status == 0  # none is there
    result = densevec("update", path, text, "-o", cut, "--resume")
    assert result.status != 0 and "there is no such file" in result.err


def test_what_is_of_another_machine_is_not_needed_and_can_be_told(densevec, text, tmp_path):
    """A folder and a device that the model of the file was trained with."""
    path, out, folder = tmp_path / "old", tmp_path / "grown", tmp_path / "scratch"
    folder.mkdir()
    model = SkipGram(Aviary(200), dim=8, epochs=1, min_count=1, device="cpu", cache_dir=str(folder))
    model.train(progress=False).save(path)
    assert densevec("update", path, text, "-o", out, "--epochs", 1).status == 0
    grown = SkipGram.load(out)
    assert (grown.device, grown.cache_dir) == ("cpu", str(folder))
    folder.rmdir()
    model.set_params(device="cuda:99").save(path)
    result = densevec("update", path, text, "-o", out, "--epochs", 1)
    assert result.status == 0 and "its device cuda:99 is not here" in result.err
    grown = SkipGram.load(out)
    assert (grown.device, grown.cache_dir) == ("auto", None)
    told = "--device", "cpu", "--cache-dir", tmp_path
    result = densevec("update", path, text, "-o", out, "--epochs", 1, *told)
    assert result.status == 0 and "is not here" not in result.err
    grown = SkipGram.load(out)
    assert (grown.device, grown.cache_dir) == ("cpu", str(tmp_path))
    result = densevec("update", path, text, "-o", out, "--epochs", 1, "--engine", "torch")
    assert result.status == 0 and SkipGram.load(out).engine == "torch"
    for option, value in (("--device", "cuda:99"), ("--cache-dir", folder)):
        result = densevec("update", path, text, "-o", out, option, value)
        assert result.status != 0 and f"{option} must be" in result.err, result.err
