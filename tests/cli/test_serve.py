"""``densevec serve``, up to the server itself, which ``tests/serving`` starts."""

from __future__ import annotations

import pytest

from densevec.cli import serve


def test_what_is_passed_on(densevec, density_file, monkeypatch):
    passed = []
    monkeypatch.setattr(serve, "serve", lambda *given: passed.append(given))
    result = densevec("serve", density_file, "--port", 8123, "--processes", 3, "--json")
    assert result.json == {"file": str(density_file), "address": "http://127.0.0.1:8123/"}
    assert passed == [(str(density_file), "127.0.0.1", 8123, 3, None)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--port", 0), "--port"),
        (("--processes", 0), "--processes"),
        (("--host",), "--host"),
        (("--name", "words.example:8000"), "--name must be a host's name or address alone"),
    ],
)
def test_what_cannot_be(densevec, density_file, options, message):
    result = densevec("serve", density_file, *options)
    assert result.status == 2
    assert message in result.err


def test_only_files_that_can_be_mapped(densevec, tmp_path):
    (tmp_path / "words.txt").write_text("2 2\nkiwi 1 2\nkea 2 1\n")
    result = densevec("serve", tmp_path / "words.txt")
    assert result.status == 1
    assert "densevec convert" in result.err
