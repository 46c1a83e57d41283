"""Words for embedding-atlas."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from densevec.cli import main
from densevec.errors import MissingPackageError, ParameterError
from densevec.plotting.atlas import write_atlas
from densevec.vectors import DensityVectors, KeyedVectors

NUM = 40
WORDS = ["", "<b>", "日本", *(f"w{number}" for number in range(NUM - 3))]
RANDOM = np.random.default_rng(4)
ROWS = RANDOM.normal(size=(NUM, 6))
DENSITIES = DensityVectors(WORDS, ROWS, RANDOM.uniform(0.1, 2, NUM), np.arange(NUM)[::-1])


def test_the_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert write_atlas(tmp_path / "all.parquet", DENSITIES, topn=5) == NUM
    table = parquet.read_table(tmp_path / "all.parquet").to_pydict()
    assert list(table) == ["word", "x", "y", "count", "generality", "variance", "neighbors"]
    assert table["word"] == WORDS and table["count"] == DENSITIES.counts.tolist()
    assert table["generality"] == [DENSITIES.generality(word) for word in WORDS]
    for word, near in zip(WORDS, table["neighbors"], strict=True):
        expected = DENSITIES.most_similar(word, topn=5)
        assert [WORDS[row] for row in near["ids"]] == [other for other, _ in expected]
        np.testing.assert_allclose(near["distances"], [1 - score for _, score in expected], atol=1e-6)
    plane = np.column_stack([table["x"], table["y"]])
    spread = np.linalg.eigvalsh(np.cov(DENSITIES.vectors.T))[-2:].sum()  # of the two principal components
    np.testing.assert_allclose(plane.var(0, ddof=1).sum(), spread, rtol=1e-5)


def test_words_that_no_file_can_hold(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    vectors = KeyedVectors(["kiwi", "f\udce9e", "plum", "owl"], np.eye(4))
    with pytest.raises(ParameterError, match=r"words must be expressible in UTF-8, got 'f\\udce9e' at row 1"):
        write_atlas(tmp_path / "words.parquet", vectors)


def test_the_first_words_and_points(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    points = KeyedVectors(WORDS, ROWS)
    assert write_atlas(tmp_path / "few.parquet", points, 4, method="tsne", perplexity=2) == 4
    table = parquet.read_table(tmp_path / "few.parquet").to_pydict()
    assert list(table) == ["word", "x", "y", "neighbors"] and table["word"] == WORDS[:4]
    assert [sorted([row, *near["ids"]]) for row, near in enumerate(table["neighbors"])] == [[0, 1, 2, 3]] * 4


@pytest.mark.slow
def test_embedding_atlas_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("embedding_atlas", reason="embedding-atlas is not installed")
    from embedding_atlas.graph_metrics import compute_degree_columns, compute_pagerank_column
    from embedding_atlas.utils import load_pandas_data

    write_atlas(tmp_path / "all.parquet", DENSITIES, topn=5)
    frame = load_pandas_data(str(tmp_path / "all.parquet"))
    assert len(frame) == NUM
    ranks = compute_pagerank_column(frame, neighbors="neighbors")
    assert np.asarray(ranks).sum() == pytest.approx(1, rel=1e-3)
    columns = compute_degree_columns(frame, neighbors="neighbors")
    incoming = np.bincount([row for near in frame["neighbors"] for row in near["ids"]], minlength=NUM)
    assert any(np.array_equal(np.asarray(column), incoming) for column in columns)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    DENSITIES.save(tmp_path / "words.safetensors")
    out = tmp_path / "my words.parquet"
    assert main(["atlas", str(tmp_path / "words.safetensors"), "-o", str(out), "--words", "10"]) == 0
    assert f"embedding-atlas '{out}' --text word --x x --y y --neighbors neighbors" in capsys.readouterr().out
    assert main(["atlas", str(tmp_path / "words.safetensors"), "-o", str(tmp_path / "x.csv")]) == 2
    assert "--output must end in .parquet" in capsys.readouterr().err
    for option, value, message in (
        ("--words", "2", "--words must be an integer at least 3 or None, got 2"),
        ("--perplexity", "5", "--perplexity needs --method tsne, got --method pca"),
    ):
        assert main(["atlas", str(tmp_path / "words.safetensors"), "-o", str(out), option, value]) == 2
        assert message in capsys.readouterr().err


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for options in (
        {"num_words": 2},
        {"topn": 0},
        {"method": "umap"},
        {"method": "breadth"},
        {"seed": -1},
        {"perplexity": 0},
        {"perplexity": 5},
    ):
        with pytest.raises(ParameterError, match=f"{next(iter(options))} (must be|needs)"):
            write_atlas(tmp_path / "x.parquet", DENSITIES, **options)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackageError, match=r"'densevec\[parquet\]'$"):
        write_atlas(tmp_path / "x.parquet", DENSITIES)
