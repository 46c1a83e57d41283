"""Numbers that are no density's, in files that are opened without a check: never a rank, always a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from densevec import BayesianSkipGram, DensityVectors, KeyedVectors, MixtureVectors
from densevec.cli import main
from densevec.errors import CorruptError, DensevecError
from densevec.formats import read_container, read_vectors
from densevec.formats.native import write_container
from tests.vectors.makers import densities

WORDS = [f"w{row}" for row in range(40)]
BAD = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


def made(kind: str) -> Any:
    random = np.random.default_rng(3)
    mean = random.normal(size=(40, 6)).astype(np.float32)
    if kind == "points":
        return KeyedVectors(WORDS, mean)
    return DensityVectors(WORDS, mean, np.exp(random.normal(size=40 if kind == "spherical" else (40, 6))))


def put(path: Any, name: str, rows: list[int], value: float) -> None:
    """Write into a file's own bytes, as damage does: its digests do not hold afterwards."""
    tensor = read_container(path).tensors[name]
    raw = path.read_bytes()
    begin = raw.index(tensor.tobytes())
    changed = tensor.copy()
    changed[rows] = value
    path.write_bytes(raw[:begin] + changed.tobytes() + raw[begin + tensor.nbytes :])


QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "most_similar": lambda v: v.most_similar("w1", topn=None),
    "most_similar of others": lambda v: v.most_similar(positive=["w1", "w2"], negative=["w4"]),
    "most_similar_cosmul": lambda v: v.most_similar_cosmul(positive=["w1", "w2"], negative=["w4"]),
    "similar_by_vector": lambda v: v.similar_by_vector(np.ones(6), topn=40),
    "most_similar_batch": lambda v: v.most_similar_batch(["w1", "w2"]),
    "restrict_vocab": lambda v: v.most_similar("w1", restrict_vocab=20),
    "similarity": lambda v: v.similarity("w1", "w7"),
    "distances": lambda v: v.distances("w1"),
    "distances to some": lambda v: v.distances("w1", ["w7"]),
    "scores": lambda v: v.scores("w1", ["w7", "w2"]),
    "n_similarity": lambda v: v.n_similarity(["w1"], ["w7"]),
    "doesnt_match": lambda v: v.doesnt_match(["w1", "w2", "w7"]),
    "rank": lambda v: v.rank("w1", "w7"),
    "get_mean_vector": lambda v: v.get_mean_vector(["w1", "w7"]),
    "get_vector": lambda v: v["w7"],
    "get_vectors": lambda v: v[["w1", "w7"]],
    "norms": lambda v: v.norms,
    "prior_vector": lambda v: v.prior_vector(),
    "get_normed_vectors": lambda v: v.get_normed_vectors(),
    "save": lambda v: v.save("again"),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("value", BAD)
def test_every_question_names_the_rows(tmp_path, monkeypatch, question: str, value: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file"
    made("points").save(path)
    put(path, "mean", [7, 9], BAD[value])
    vectors = KeyedVectors.load(path)
    with pytest.raises(DensevecError, match="row 7") as caught:
        QUESTIONS[question](vectors)
    if question != "save":
        assert isinstance(caught.value, CorruptError)
        assert "row 7 ('w7'), row 9 ('w9') are not" in str(caught.value)


@pytest.mark.parametrize("kind", ["spherical", "diagonal"])
@pytest.mark.parametrize("measure", ["cosine", "kl_from_query", "kl_to_query", "jeffreys", "expected_likelihood"])
@pytest.mark.parametrize(
    ("name", "value"), [("mean", "nan"), ("variance", "nan"), ("variance", "inf"), ("variance", "0")]
)
def test_every_measure_of_densities(tmp_path, kind: str, measure: str, name: str, value: str) -> None:
    path = tmp_path / "file"
    made(kind).save(path)
    put(path, name, [7], {**BAD, "0": 0.0}[value])
    vectors = DensityVectors.load(path)
    ask = [lambda: vectors.most_similar("w1", topn=3, measure=measure), lambda: vectors.scores("w1", measure=measure)]
    for question in ask:
        if measure == "cosine" and name == "variance":
            question()  # a measure of means alone
            continue
        with pytest.raises(CorruptError, match=r"row 7 \('w7'\) are not: the file that they are from is damaged"):
            question()
    if name == "variance":
        for question in (vectors.variance, vectors.entropy, vectors.density):
            with pytest.raises(CorruptError, match=r"row 7 \('w7'\)"):
                question("w7")
    vectors = DensityVectors.load(path)
    assert vectors.kl_divergence("w1", "w2") == pytest.approx(made(kind).kl_divergence("w1", "w2"))  # not asked about


def test_the_advice_helps(tmp_path) -> None:
    path = tmp_path / "file"
    vectors = made("spherical")
    vectors.save(path)
    put(path, "mean", [7, 9], np.nan)
    sound = DensityVectors.load(path).drop(["w7", "w9"])
    wanted = [pair for pair in vectors.most_similar("w1", topn=40) if pair[0] not in ("w7", "w9")]
    assert sound.most_similar("w1", topn=40) == wanted
    sound.save(tmp_path / "sound")
    assert len(DensityVectors.load(tmp_path / "sound", check=True)) == 38


def test_many_rows_are_counted(tmp_path) -> None:
    path = tmp_path / "file"
    made("points").save(path)
    put(path, "mean", list(range(10, 30)), np.nan)
    with pytest.raises(CorruptError, match=r"of row 10 \('w10'\), .* row 14 \('w14'\) and 15 more are not"):
        KeyedVectors.load(path).most_similar("w1")


@pytest.mark.parametrize("storage", ["float16", "bfloat16"])
def test_sixteen_bits(tmp_path, storage: str) -> None:
    path = tmp_path / "file"
    made("points").stored_as(storage).save(path)
    raw = read_container(path).tensors["mean"]
    bits = raw.view(np.uint16)
    changed = bits.copy()
    changed[7] = 0x7FFF if storage == "bfloat16" else 0x7E00
    data = path.read_bytes()
    path.write_bytes(data.replace(bits.tobytes(), changed.tobytes()))
    with pytest.raises(CorruptError, match=r"row 7 \('w7'\)"):
        KeyedVectors.load(path).most_similar("w1")


def test_searches_of_the_other_kinds(tmp_path) -> None:
    vectors = made("spherical")
    vectors.build_scan_index()
    vectors.save(tmp_path / "scan")
    put(tmp_path / "scan", "mean", [7], np.nan)
    with pytest.raises(CorruptError, match="row 7"):
        DensityVectors.load(tmp_path / "scan").most_similar("w1")
    mixtures = MixtureVectors(WORDS, np.full((40, 2, 3), 2.0), np.ones((40, 2)), np.full((40, 2), 0.5))
    for name, value in (("mean", np.nan), ("variance", np.inf), ("weight", np.nan)):
        mixtures.save(tmp_path / "mixtures")
        put(tmp_path / "mixtures", name, [7], value)
        with pytest.raises(DensevecError, match=r"row 7|weights must be"):
            MixtureVectors.load(tmp_path / "mixtures")


def test_an_edit_or_a_look_at_all_keeps_what_is_known(tmp_path) -> None:
    """Sound vectors stay quick: what was looked at once is not looked at again, until somebody writes to it."""
    vectors = densities(50, 4)
    vectors.most_similar(0)
    table = vectors.rows.table
    assert table._are_means_sound
    vectors.vectors[3] = np.nan
    for question in (lambda: vectors.fill_norms(force=True), lambda: vectors.most_similar(0)):
        with pytest.raises(CorruptError, match="row 3"):
            question()


def test_verify_and_whole_readings_say_so(tmp_path, capsys) -> None:
    path = tmp_path / "file"
    made("points").save(path)
    put(path, "mean", [7], np.nan)
    assert main(["verify", str(path)]) == 1
    assert "damaged tensors" in capsys.readouterr().err
    for command in (["info", str(path)], ["neighbors", str(path), "w7"], ["neighbors", str(path), "w1"]):
        status = main(command)
        printed = capsys.readouterr()
        assert "nan" not in printed.out.lower()
        assert (status, "row 7" in printed.err) == ((0, False) if command[0] == "info" else (1, True))
    with pytest.raises(CorruptError, match=r"tensor 'mean': every value must be finite, found nan in row 7"):
        read_vectors(path)
    target = tmp_path / "out.vec"
    assert main(["convert", str(path), str(target)]) == 1
    assert "row 7" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize("ending", [".bin", ".vec", ".npz", ".npy"])
def test_files_of_other_formats(tmp_path, ending: str) -> None:
    path = tmp_path / f"v{ending}"
    vectors = made("points")
    vectors.to_file(path)
    raw = path.read_bytes()
    row = vectors.vectors[7]
    if ending == ".vec":
        lines = raw.split(b"\n")
        lines[8] = b"w7 nan" + b" 1" * 5
        path.write_bytes(b"\n".join(lines))
    else:
        changed = row.copy()
        changed[2] = np.nan
        assert raw.count(row.tobytes()) == 1
        path.write_bytes(raw.replace(row.tobytes(), changed.tobytes()))
    with pytest.raises(DensevecError, match=r"finite|nan|CRC|check sum|damaged"):
        KeyedVectors.from_file(path)
    assert main(["verify", str(path)]) == 1


def test_a_model_with_nan_is_refused(tmp_path) -> None:
    sentences = [["a", "red", "bird"], ["a", "bird", "sings"]] * 20
    model = BayesianSkipGram(sentences, dim=4, hidden=4, epochs=1, min_count=1, negative=4).train()
    path = tmp_path / "model"
    model.save(path)
    name = next(name for name in read_container(path).tensors if name.startswith("model.encoder"))
    put(path, name, [0], np.nan)
    with pytest.raises(CorruptError, match=rf"tensor '{name}': every value must be finite, found nan in row 0"):
        BayesianSkipGram.load(path)
    with pytest.raises(DensevecError):
        write_container(path, {"mean": np.full((1, 1), np.nan, np.float32)})
