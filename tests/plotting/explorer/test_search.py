"""The page's script, run by node on the page's numbers, beside the library."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest

from densevec.densities import MEASURES
from densevec.plotting.explorer import explorer_page
from tests.plotting.explorer.makers import contents_of, make_vectors

NODE = shutil.which("node")
PROGRAM = """
const { header, blocks } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const vectors = openVectors(header, name => { const b = Buffer.from(blocks[name], "base64");
  return b.buffer.slice(b.byteOffset, b.byteOffset + b.length); });
const ask = Array.from({ length: 10 }, (_, i) => 29 * i), found = {};
for (const name of vectors.measures) found[name] = ask.map(row => vectors.neighbours(row, name, 10));
const densities = [3, 4, 5, 6].map(row => vectors.whole(row)), planes = {};
for (const name of Object.keys(PLANES)) {
  if (name === "breadth" && !vectors.hasDensities) continue;
  planes[name] = PLANES[name](densities, 0.5, densities[1], header.arcs);
}
const pair = Object.fromEntries(vectors.measures.map(name => [name, vectors.score(name, 3, 4)]));
console.log(JSON.stringify({ ask, found, planes, pair }));
"""


@pytest.fixture(scope="module", params=["points", "spherical", "diagonal", "mixtures", "weightless"])
def asked(request):
    if NODE is None:
        pytest.skip("node is not installed")
    import base64

    vectors = make_vectors(request.param)
    header, blocks = contents_of(explorer_page(vectors, broader=0))
    source = "\n".join(
        files("densevec.plotting.explorer").joinpath(name).read_text() for name in ("search.js", "region.js")
    )
    given = {"header": header, "blocks": {name: base64.b64encode(b.tobytes()).decode() for name, b in blocks.items()}}
    result = subprocess.run(
        [NODE, "-e", source + PROGRAM], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True
    )
    return vectors, json.loads(result.stdout)


def test_the_first_ten_are_the_librarys(asked):
    vectors, answers = asked
    assert set(answers["found"]) == (set(MEASURES) if hasattr(type(vectors), "variances") else {"cosine"})
    for measure, lists in answers["found"].items():
        wanted = vectors.most_similar_batch([vectors.words[row] for row in answers["ask"]], measure=measure)
        for own, theirs in zip(lists, wanted, strict=True):
            assert [vectors.words[row] for row, _ in own] == [word for word, _ in theirs], measure
            np.testing.assert_allclose([s for _, s in own], [s for _, s in theirs], rtol=2e-3, atol=2e-4)


def test_pairs(asked):
    vectors, answers = asked
    for measure, score in answers["pair"].items():
        wanted = vectors.scores(vectors.words[3], [vectors.words[4]], measure=measure)
        np.testing.assert_allclose(score, wanted[0], rtol=2e-3, atol=2e-4)


def test_planes_keep_what_they_say(asked):
    vectors, answers = asked
    words = [vectors.words[row] for row in (3, 4, 5, 6)]
    means = vectors[words].astype(float)
    distances = np.linalg.norm(means - means[0], axis=1)
    for plane in (answers["planes"]["differ"], answers["planes"]["towards"]):
        points = np.array([[point["x"], point["y"]] for point in plane["points"]])
        assert (np.linalg.norm(points - points[0], axis=1) <= distances + 1e-3).all()
    line = answers["planes"]["towards"]["points"][1]
    np.testing.assert_allclose([line["x"], line["y"]], [distances[1], 0], atol=2e-3)
    centred = means - means.mean(0)
    largest = np.linalg.svd(centred)[1][0] ** 2
    across = np.array([point["x"] for point in answers["planes"]["differ"]["points"]])
    np.testing.assert_allclose(((across - across.mean()) ** 2).sum(), largest, rtol=1e-2)


def test_breadth_is_the_mean_squared_distance(asked):
    vectors, answers = asked
    if "breadth" not in answers["planes"]:
        return
    words = [vectors.words[row] for row in (3, 4, 5, 6)]
    spread = vectors.variances[3:7].reshape(4, -1) * np.ones(vectors.vector_size)
    squared = ((vectors[words] - vectors[words[0]]) ** 2 + spread) / spread[0]
    points = answers["planes"]["breadth"]["points"]
    own = [point["x"] ** 2 + point["y"] ** 2 for point in points]
    np.testing.assert_allclose(own, squared.sum(1), rtol=2e-3)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("size", [1.0, 1e-7, 1e-30, 1e7])
def test_the_direction_of_points_is_that_of_their_size(size):
    points = size * np.random.default_rng(3).normal(size=(20, 6)) * [4, 2, 1, 1, 1, 1]
    program = f"const points = {points.tolist()}.map(point => Float64Array.from(point)), one = principal(points, []);"
    source = files("densevec.plotting.explorer").joinpath("region.js").read_text()
    program += "console.log(JSON.stringify([one, principal(points, [one])].map(axis => [...axis])));"
    found = subprocess.run([NODE, "-e", source + program], capture_output=True, text=True, timeout=60, check=True)
    axes = np.linalg.svd(points - points.mean(0))[2][:2]
    np.testing.assert_allclose(np.abs((axes * json.loads(found.stdout)).sum(1)), 1, atol=1e-6)
