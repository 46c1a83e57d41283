"""``densevec align``, ``densevec evaluate --alignment`` and ``densevec train`` on two texts, with a stand-in model."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from densevec._streams import open_unpacked
from tests.cli.conftest import StandIn


class Aligning(StandIn):
    """Links words that are spelled alike; the other direction, all to the first word."""

    command = "aligning"
    reads_pairs = True

    def align_batch(self, pairs):
        if self.vectors.words[0] == "to-the-first":
            return [[(0, j) for j in range(len(target))] for _, target in pairs]
        return [[(i, j) for i, a in enumerate(s) for j, b in enumerate(t) if a == b] for s, t in pairs]

    @classmethod
    def from_container(cls, container, path):
        model = super().from_container(container, path)
        model.lowercase = True
        return model


@pytest.fixture
def model_file(stand_in, tmp_path):
    sys.modules["densevec.models"].Aligning = Aligning
    sys.modules["densevec.models"].__all__.append("Aligning")
    return save(tmp_path / "model.safetensors", "a")


@pytest.fixture
def reverse_file(model_file, tmp_path):
    return save(tmp_path / "reverse.safetensors", "to-the-first")


def save(path, word):
    from densevec.formats import write_container
    from densevec.vectors import DensityVectors

    tensors, metadata = DensityVectors([word, "b"], [[1.0], [2.0]], [1.0, 1.0]).container_parts()
    write_container(path, {**tensors, "model.weight": np.zeros(1)}, [word, "b"], {**metadata, "class": "Aligning"})
    return path


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "a.en").write_text("The kiwi\n\nb c a\n")
    (tmp_path / "a.fr").write_text("kiwi the\nx\na b z\n")
    (tmp_path / "a.tsv").write_text("The kiwi\tkiwi the\n\tx\nb c a\ta b z\n")
    (tmp_path / "gold").write_text("1 1 2 S\n1 2 1 S\n3 1 2 S\n3 3 3 P\n")
    return tmp_path / "a.en", tmp_path / "a.fr"


def test_pharaoh_lines(densevec, model_file, texts, tmp_path):
    lines = "0-1 1-0\n\n0-1 2-0\n"
    for source in (texts, [tmp_path / "a.tsv"]):
        result = densevec("align", model_file, *source)
        assert (result.status, result.out, result.err) == (0, lines, "")
    assert densevec("align", model_file, *texts, "--json").json == {"alignments": lines.splitlines()}


def test_bytes_that_are_not_utf8(densevec, model_file, texts, tmp_path):
    texts[0].write_bytes(b"The kiwi\n\xff\nb c a\n")
    for command in (["align", model_file, *texts], ["evaluate", model_file, "--alignment", *texts, tmp_path / "gold"]):
        refused = densevec(*command)
        assert refused.status == 1
        assert refused.err.endswith("choose --errors replace or --errors ignore\n")
        assert densevec(*command, "--errors", "replace").status == 0


def test_to_a_file(densevec, model_file, texts, tmp_path):
    path = tmp_path / "links"
    result = densevec("align", model_file, *texts, "-o", path)
    assert result.out == f"3 sentence pairs, 4 links, saved to {path}\n"
    assert path.read_text() == "0-1 1-0\n\n0-1 2-0\n"
    result = densevec("align", model_file, *texts, "-o", path, "--json")
    assert result.json == {"file": str(path), "sentences": 3, "links": 4}


@pytest.mark.parametrize("ending", [".gz", ".BZ2", ".xz"])
def test_to_a_packed_file(densevec, model_file, texts, tmp_path, ending):
    path = tmp_path / f"links{ending}"
    assert densevec("align", model_file, *texts, "-o", path).status == 0
    assert path.read_bytes()[:2] != b"0-"
    with open_unpacked(str(path), OSError) as stream:
        assert stream.read() == b"0-1 1-0\n\n0-1 2-0\n"


def test_what_cannot_be_packed_is_said_before_anything_is_aligned(densevec, model_file, texts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setattr("tests.cli.test_align.Aligning.align_batch", None)
    result = densevec("align", model_file, *texts, "-o", tmp_path / "links.zst")
    assert result.status == 1
    assert "pip install 'densevec[zst]'" in result.err


def test_a_failure_leaves_the_old_file(densevec, model_file, texts, tmp_path):
    path = tmp_path / "links"
    path.write_text("old")
    texts[1].write_text("kiwi the\nx\n")
    result = densevec("align", model_file, *texts, "-o", path)
    assert (result.status, result.out, path.read_text()) == (1, "", "old")
    assert "a.en has 3 lines and" in result.err
    assert len(list(tmp_path.glob("links*"))) == 1
    assert "does not exist" in densevec("align", model_file, *texts, "-o", tmp_path / "no" / "links").err


def test_both_directions(densevec, model_file, reverse_file, texts):
    def align(*options):
        return densevec("align", model_file, *texts, "--reverse", reverse_file, *options).out.splitlines()

    # backwards every source word is linked to the first target word
    assert align("--symmetrize", "intersection") == ["1-0", "", "2-0"]
    assert align("--symmetrize", "union") == ["0-0 0-1 1-0", "", "0-0 0-1 1-0 2-0"]
    assert align() == align("--symmetrize", "grow-diag-final-and")


def test_links_are_evaluated_only_beside_gold(densevec, model_file, reverse_file):
    result = densevec("evaluate", model_file, "--reverse", reverse_file)
    assert result.status == 2 and "must come with --alignment" in result.err


def test_error_rate(densevec, model_file, reverse_file, texts, tmp_path):
    arguments = ["evaluate", model_file, "--alignment", *texts, tmp_path / "gold"]
    report = densevec(*arguments, "--json").json
    # |A| = 4, |S| = 3, |A∩S| = |A∩P| = 3
    assert report["alignment"] == {"aer": pytest.approx(1 - 6 / 7), "precision": 0.75, "recall": 1.0}
    options = ["--reverse", reverse_file, "--symmetrize", "intersection"]
    assert densevec(*arguments, *options, "--json").json["alignment"]["recall"] == pytest.approx(1 / 3)
    text = densevec(*arguments).out
    assert "alignment\n" in text and "AER" in text and "0.143" in text


def test_usage_errors(densevec, model_file, density_file, texts, tmp_path):
    for command in (["align", model_file, *texts], ["evaluate", model_file, "--alignment", *texts, tmp_path / "gold"]):
        result = densevec(*command, "--symmetrize", "union")
        assert (result.status, result.out) == (2, "")
        assert "--symmetrize must come with --reverse FILE2" in result.err
        assert "invalid choice: 'all'" in densevec(*command, "--reverse", model_file, "--symmetrize", "all").err
    result = densevec("align", density_file, *texts)
    needs = "and this needs a model that aligns translations"
    assert (result.status, f"{density_file}: the file holds a DensityVectors, {needs}" in result.err) == (1, True)


def test_a_model_that_does_not_align(densevec, stand_in, texts, tmp_path):
    densevec("train", "stand-in", "a.txt", "-o", tmp_path / "m", "--dim", "4")
    result = densevec("align", tmp_path / "m", *texts)
    told = f"{tmp_path / 'm'}: the file holds a StandIn, and this needs a model that aligns translations"
    assert (result.status, told in result.err) == (1, True)


def test_training_on_two_texts(densevec, model_file, tmp_path):
    path = tmp_path / "trained"

    def train(*arguments):
        return densevec("train", "aligning", *arguments, "-o", path)

    assert train("a.tsv").status == 0
    assert Aligning.made["corpus"] == "a.tsv"
    assert Aligning.made["validation"] is None
    assert train("a.tsv", "--validation", "b.tsv").status == 0
    assert Aligning.made["validation"] == "b.tsv"
    assert train("a.en", "a.fr", "--validation", "b.en", "b.fr").status == 0
    assert (Aligning.made["corpus"], Aligning.made["validation"]) == (("a.en", "a.fr"), ("b.en", "b.fr"))
    result = train("a", "b", "c")
    assert result.status == 2
    assert "CORPUS must be two texts, source and target, or one of tab-separated pairs; got 3 paths" in result.err
    assert "--validation must be two texts" in train("a", "b", "--validation", "a", "b", "c").err
    assert "densevec train aligning SOURCE TARGET -o FILE" in densevec("train", "aligning", "--help").out
