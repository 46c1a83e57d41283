"""The 8-bit copy: the same answers, kept in the file, refused where it does not fit."""

import numpy as np
import pytest

from densevec.densities import get_measure
from densevec.errors import FormatError, ParameterError
from densevec.formats import read_container, write_container
from densevec.vectors import DensityVectors, KeyedVectors, search
from densevec.vectors.search import Queries, ScanIndex, Table

from .makers import brute_force, densities, ranking


def unpacked(index, dim):
    """Signed codes (V, d) from the kernel's order."""
    groups, quads, _ = index.codes.shape
    rows = index.codes.reshape(groups, quads, 16, 4).transpose(0, 2, 1, 3).reshape(groups * 16, quads * 4)
    assert (rows[:, dim:] == 128).all()
    assert (rows[len(index.scales) :] == 128).all()
    return rows[: len(index.scales), :dim].astype(np.int64) - 128


@pytest.mark.parametrize(("num_words", "dim"), [(1, 1), (16, 4), (17, 5), (250, 300)])
def test_codes_are_the_nearest_and_the_bound_is_how_far(num_words, dim):
    mean = densities(num_words, dim, seed=dim).vectors.astype(np.float64)
    index = ScanIndex.build(Table(mean.astype(np.float32), None))
    codes = unpacked(index, dim)
    assert np.abs(codes).max() == 127
    coded = codes * index.scales[:, None]
    assert (np.abs(coded - mean) <= index.scales[:, None] * 0.5001).all()
    distance = np.sqrt(((coded - mean) ** 2).sum(-1))
    assert (distance <= index.errors).all()
    assert (index.errors <= distance + 2e-3 * np.sqrt((mean**2).sum(-1))).all()


@pytest.mark.parametrize("scale", [1e-40, 1e-30, 1.0, 1e30, 1e38])
@pytest.mark.parametrize("measure", ["cosine", "kl_from_query", "kl_to_query"])
def test_extreme_and_zero_rows_are_found(scale, measure):
    random = np.random.default_rng(0)
    mean = random.uniform(-1, 1, (300, 7)) * scale
    mean[100:110] = 0
    vectors = DensityVectors([f"w{row}" for row in range(300)], mean, random.uniform(0.5, 1, 300))
    vectors.build_scan_index()
    for word in ("w3", "w105"):
        density = vectors.density(word)
        expected = ranking(brute_force(vectors, density.mean, density.log_variance, measure), 20, [int(word[1:])])
        assert [vectors.get_index(each) for each, _ in vectors.most_similar(word, topn=20, measure=measure)] == expected


def test_the_index_is_saved_with_the_vectors_and_used_after_loading(tmp_path):
    vectors = densities(500, 30)
    plain = vectors.most_similar("w5", topn=20)
    assert not vectors.has_scan_index
    vectors.build_scan_index()
    vectors.save(tmp_path / "file")
    for kind in (DensityVectors, KeyedVectors):
        loaded = kind.load(tmp_path / "file", check=True)
        assert loaded.has_scan_index
        assert loaded.most_similar("w5", topn=20) == plain
        np.testing.assert_array_equal(loaded.rows.table.scan_index.errors, vectors.rows.table.scan_index.errors)


@pytest.mark.parametrize("fault", ["shape", "dtype", "missing", "nan", "negative"])
def test_an_index_that_does_not_fit_is_refused(tmp_path, fault):
    vectors = densities(40, 6)
    vectors.build_scan_index()
    tensors, metadata = vectors.container_parts()
    if fault == "shape":
        tensors["scan.codes"] = tensors["scan.codes"][:-1].copy()
    elif fault == "dtype":
        tensors["scan.codes"] = tensors["scan.codes"].view(np.int8)
    elif fault == "missing":
        del tensors["scan.scales"]
    else:
        tensors["scan.errors"][3] = {"nan": np.nan, "negative": -1.0}[fault]
    path = tmp_path / "file"
    try:
        write_container(path, tensors, list(vectors), metadata)
    except ParameterError:
        assert fault == "nan"  # the writer refuses it already
        with pytest.raises(FormatError, match=r"scan\.errors"):
            ScanIndex.from_tensors(tensors, vectors.rows.table, "file")
        return
    with pytest.raises(FormatError, match=r"file: tensor 'scan\.\w+' must be"):
        DensityVectors.load(path)
    assert "scan.errors" in read_container(path).tensors


def test_too_many_dimensions_are_refused():
    with pytest.raises(ParameterError, match="at most 65536 dimensions, got 65537"):
        ScanIndex.build(Table(np.ones((1, 65537), np.float32), None))


def test_sums_of_the_most_dimensions_do_not_overflow():
    mean = np.ones((40, 65536), np.float32)
    mean[7, :9] = -1
    table = Table(mean, None)
    table.build_scan_index()
    ((rows, scores),) = search.nearest(table, get_measure("cosine"), Queries(mean[7:8].astype(float), None), 1)
    assert rows.tolist() == [7]
    np.testing.assert_allclose(scores, 1)
