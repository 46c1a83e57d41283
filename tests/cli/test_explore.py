"""``densevec explore``"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["density_file", "point_file"])
def test_a_page(densevec, request, tmp_path, name):
    text = tmp_path / "text.txt"
    text.write_text("the Kiwi laid an egg there\n")
    page = tmp_path / "page.html"
    result = densevec("explore", request.getfixturevalue(name), "-o", page, "--sentences", text, "--json")
    assert (result.status, result.err) == (0, "")
    assert result.json == {"page": str(page), "words": 6, "bytes": page.stat().st_size}
    assert '"the","kiwi","laid"' in page.read_text() or name == "point_file"  # vectors alone say nothing of lower case
    assert densevec("explore", request.getfixturevalue(name), "-o", page, "--words", 3).out.count("3 words") == 1


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("-o", "{folder}/page.pdf"), 2, ".html"),
        (("-o", "{folder}/none/page.html"), 1, "does not exist"),
        (("-o", "{folder}/page.html", "--words", 0), 2, "words must be"),
        (("-o", "{folder}/page.html", "--sentences", "{folder}/none.txt"), 1, "none.txt"),
        (("-o", "{folder}/page.html", "--senses", 2), 2, "--senses needs --sentences"),
        (("-o", "{folder}/page.html", "--examples", 0), 2, "--examples must be an integer at least 1, got 0"),
        (("-o", "{folder}/page.html", "--examples", 3), 2, "--examples needs --sentences"),
    ],
)
def test_what_cannot_be(densevec, density_file, tmp_path, options, status, message):
    result = densevec("explore", density_file, *(str(each).format(folder=tmp_path) for each in options))
    assert result.status == status
    assert message in result.err
    assert not (tmp_path / "page.html").exists()


def test_points_have_no_broader_words(densevec, point_file, tmp_path):
    refused = densevec("explore", point_file, "-o", tmp_path / "page.html", "--broader", 5)
    assert (refused.status, "--broader needs a file with word densities" in refused.err) == (2, True)
    assert densevec("explore", point_file, "-o", tmp_path / "page.html", "--broader", 0).status == 0
