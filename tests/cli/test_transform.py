"""``densevec transform``: finished vectors in, new ones out."""

import numpy as np
import pytest

from densevec.vectors import DensityVectors, KeyedVectors


def test_steps_are_done_in_the_order_given(densevec, density_file, vectors, tmp_path):
    result = densevec("transform", density_file, "-o", tmp_path / "new", "--to", "native", "--reduce", 2, "--whiten")
    assert result.status == 0, result.err
    other = DensityVectors.load(tmp_path / "new")
    expected = vectors.reduced(2).whitened(0.5)
    np.testing.assert_array_equal(other.vectors, expected.vectors)
    np.testing.assert_array_equal(other.variances, expected.variances)
    assert other.parameters["transformed"] == ["reduced(2)", "whitened(power=0.5)"]
    assert "DensityVectors of 6 words, dim 2" in result.out
    assert "reduced(2), whitened(power=0.5)" in result.out


def test_files_are_concatenated_first(densevec, density_file, point_file, vectors, tmp_path):
    path = tmp_path / "joined.safetensors"
    result = densevec("transform", density_file, point_file, "-o", path, "--weights", 1, 2, "--whiten", 1, "--json")
    expected = KeyedVectors.concatenate([vectors, KeyedVectors.load(point_file)], [1, 2]).whitened(1.0)
    assert result.json == {
        "sources": [str(density_file), str(point_file)],
        "steps": ["concatenated 2 files", "whitened(power=1)"],
        "target": str(path),
        "class": "KeyedVectors",
        "words": 6,
        "dim": 6,
        "notes": [],
    }
    np.testing.assert_array_equal(KeyedVectors.load(path).vectors, expected.vectors)
    densevec("transform", density_file, point_file, "-o", path, "--no-normalize")
    np.testing.assert_array_equal(KeyedVectors.load(path).vectors, np.tile(vectors.vectors, 2))


def test_anchors_are_words_or_pairs_of_a_file(densevec, density_file, vectors, tmp_path):
    turned = KeyedVectors([word.upper() for word in vectors], vectors.vectors[:, [2, 0, 1]])
    turned.to_file(tmp_path / "turned.vec")  # any format is read
    (tmp_path / "anchors").write_text("kiwi KIWI\n\nbird\tBIRD\nplum PLUM\ncafé CAFÉ\nfruit\n")
    path = tmp_path / "new.safetensors"
    arguments = ("transform", density_file, "-o", path, "--align-to", tmp_path / "turned.vec")
    assert densevec(*arguments, "--anchors", tmp_path / "anchors").status == 0
    np.testing.assert_allclose(DensityVectors.load(path).vectors, turned.vectors, atol=1e-5)
    assert DensityVectors.load(path).entailment_bound == vectors.entailment_bound
    (tmp_path / "anchors").write_text("kiwi KIWI three\n")
    result = densevec(*arguments, "--anchors", tmp_path / "anchors")
    assert (result.status, "line 1: expected one word or two" in result.err) == (1, True)


def test_what_a_format_cannot_hold_is_noted(densevec, density_file, tmp_path):
    result = densevec("transform", density_file, "-o", tmp_path / "new.vec", "--whiten", "--json")
    assert "only the means" in result.json["notes"][0]
    assert KeyedVectors.from_file(tmp_path / "new.vec").vector_size == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "something must be done"),
        (["--weights", "1"], "must come with two files or more"),
        (["--whiten", "--anchors", "x"], "--anchors must come with --align-to OTHER"),
        (["--whiten", "2"], "--whiten must be a number at least 0 and at most 1"),
        (["--reduce", "9"], "--reduce must be at most 3"),
    ],
)
def test_what_makes_no_sense_is_refused(densevec, density_file, tmp_path, arguments, message):
    result = densevec("transform", density_file, "-o", tmp_path / "new.safetensors", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert not (tmp_path / "new.safetensors").exists()


def test_ngrams_of_any_format_answer_for_unknown_words(densevec, tmp_path):
    from tests.formats.test_subwords import finalfusion_file

    path = tmp_path / "model.fifu"
    path.write_bytes(finalfusion_file("bucket")[0])
    found = densevec("neighbors", path, "kiwis", "--topn", 1, "--json")
    assert found.status == 0, found.err
    assert len(found.json["neighbors"]["kiwis"]) == 1
    new, alone = tmp_path / "new.safetensors", tmp_path / "words.vec"
    moved = densevec("transform", path, "-o", new, "--align-to", path, "--json")
    assert moved.json["class"] == "SubwordVectors"
    assert densevec("neighbors", new, "kiwis").status == 0
    refused = densevec("transform", path, "-o", new, "--reduce", 2)  # of unknown words that are scaled to length 1
    assert (refused.status, "or a file without n-grams (densevec convert)" in refused.err) == (2, True)
    assert densevec("convert", path, alone).status == 0  # as the error advises
    assert densevec("transform", alone, "-o", new, "--reduce", 2, "--json").json["dim"] == 2
    assert densevec("convert", path, tmp_path / "kept.safetensors").status == 0
    assert densevec("neighbors", tmp_path / "kept.safetensors", "kiwis", "--topn", 1, "--json").json == found.json


@pytest.mark.parametrize("ending", ["vec", "bin", "npz"])
def test_questions_are_put_to_files_of_any_format(densevec, vectors, tmp_path, ending):
    path = tmp_path / f"birds.{ending}"
    KeyedVectors(list(vectors), vectors.vectors).to_file(path)
    found = densevec("neighbors", path, "kiwi", "--topn", 2, "--json").json["neighbors"]["kiwi"]
    assert [entry["word"] for entry in found] == [word for word, _ in vectors.most_similar("kiwi", topn=2)]
    assert densevec("analogy", path, "bird", "kiwi", "fruit").status == 0
    refused = densevec("entails", path, "kiwi", "bird")
    assert (refused.status, "without variances, and this needs word densities" in refused.err) == (1, True)
    refused = densevec("posterior", path, "a kiwi", "kiwi")
    assert (refused.status, "without a model" in refused.err) == (1, True)


@pytest.mark.parametrize("command", [["transform", "--reduce", 2], ["convert"]])
def test_a_model_is_not_replaced_by_its_vectors(densevec, stand_in, tmp_path, command):
    path = tmp_path / "model.safetensors"
    stand_in([["the", "kiwi", "plum", "kakapo"]], dim=4).train().save(path)
    before, name = path.read_bytes(), ["-o"] if command[0] == "transform" else []
    refused = densevec(command[0], path, *name, path, *command[1:])
    assert (refused.status, "holds a trained model, of which only vectors would be left" in refused.err) == (
        1,
        True,
    )
    assert path.read_bytes() == before
    assert densevec(command[0], path, *name, tmp_path / "other.safetensors", *command[1:]).status == 0
