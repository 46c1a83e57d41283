"""Folders for the Hugging Face hub, and a small hub that speaks its protocol."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densevec import LSA, NGram, SkipGram
from densevec.cli.main import main
from densevec.errors import FileError, FormatError, MissingPackageError, ParameterError, ParameterTypeError
from densevec.formats.card import card_of
from densevec.formats.native import Container
from densevec.vectors import DensityVectors, KeyedVectors

TEXT = [["the", "kiwi", "sleeps"], ["the", "kiwi", "eats", "secretplums"]] * 20
POINTS = KeyedVectors(["kiwi", "plum"], [[1.0, 0.5], [0.0, 2.0]], parameters={"note": "a|b <i>"})
OID = "0" * 40  # of the commit
DENSITIES = DensityVectors(["kiwi", "plum"], [[1.0, 0.5], [0.0, 2.0]], [[0.5, 1.0], [2.0, 1.0]])


def front_matter(card: str) -> dict[str, Any]:
    _, head, _ = card.split("---\n", 2)
    return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in head.splitlines())}


def test_models_there_and_back(tmp_path: Path) -> None:
    text = tmp_path / "private-folder" / "text.txt"
    text.parent.mkdir()
    text.write_text("\n".join(" ".join(sentence) for sentence in TEXT) + "\n")
    ngram = NGram(text, order=2, min_count=1).train()
    ngram.save_pretrained(tmp_path / "ngram")
    again = NGram.from_pretrained(tmp_path / "ngram", check=True)
    assert again.log_prob(["the", "kiwi"]) == ngram.log_prob(["the", "kiwi"])
    skipgram = SkipGram(text, dim=4, min_count=1, epochs=1, workers=1, lowercase=True).train()
    skipgram.save_pretrained(tmp_path / "skipgram", language="en")
    np.testing.assert_array_equal(
        SkipGram.from_pretrained(tmp_path / "skipgram").vectors.vectors, skipgram.vectors.vectors
    )
    np.testing.assert_array_equal(KeyedVectors.from_pretrained(tmp_path / "skipgram").vectors, skipgram.vectors.vectors)
    for name in ("ngram", "skipgram"):
        card = (tmp_path / name / "README.md").read_text()
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == [
            "README.md",
            "config.json",
            "model.safetensors",
        ]
        assert "40 sentences, 140 tokens" in card and "1 path" in card
        assert "private-folder" not in card and "secretplums" not in card  # no path, and no word of the text
    card = (tmp_path / "skipgram" / "README.md").read_text()
    assert "| lowercase | true |" in card and "| dim | 4 |" in card and "SkipGram.from_pretrained('skipgram')" in card
    assert "Nothing was measured" in card and front_matter(card)["language"] == "en"
    facts = json.loads((tmp_path / "skipgram" / "config.json").read_text())
    assert facts["library_name"] == "densevec" and (facts["words"], facts["dim"]) == (5, 4)
    with pytest.raises(FormatError, match="expected a LSA model"):
        LSA.from_pretrained(tmp_path / "skipgram")


def test_a_card_and_info_say_what_was_read_before_an_update(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = SkipGram(TEXT, dim=4, min_count=1, epochs=1, workers=1, sample=0).train()
    model.update(TEXT[:2], progress=False).save_pretrained(tmp_path / "grown")
    read = "2 sentences, 7 tokens, after 140 earlier tokens (1 update)"
    assert f"Learned last from a list of 2 sentences: {read}.\n" in (tmp_path / "grown" / "README.md").read_text()
    assert main(["info", str(tmp_path / "grown" / "model.safetensors")]) == 0
    assert f"a list of 2 sentences; {read}; SHA-256" in capsys.readouterr().out.partition("learned last from")[2]


@pytest.mark.parametrize(
    ("given", "shown"), [("english", "english"), ("/home/me/rules.toml", "rules.toml"), ("C:\\me\\my.toml", "my.toml")]
)
def test_a_card_shows_no_path_of_somebody_s_machine(given: str, shown: str) -> None:
    metadata = {"class": "SkipGram", "format_version": 1, "parameters": {"evidence": given, "cache_dir": "/home/me"}}
    card = card_of(Container({}, None, metadata), "birds", {}, None, None, None)
    assert f'| evidence | "{shown}" |' in card and "home" not in card and "C:" not in card


def test_what_a_card_states(tmp_path: Path) -> None:
    result = SimpleNamespace(as_dict=lambda: {"accuracy": 0.123456, "pairs": 7, "missing": None, "parts": {"a": 1.0}})
    quality = {"SimLex-999, Spearman": 0.41, "kinds|of": result}
    options = {"corpus": "Books.\n<script>alert(1)</script> | *all*", "language": "mi", "license": "cc0-1.0"}
    DENSITIES.save_pretrained(tmp_path / "x", quality=quality, name="birds <b>", **options)
    card = (tmp_path / "x" / "README.md").read_text()
    head = front_matter(card)
    assert head["library_name"] == "densevec" and head["license"] == "cc0-1.0" and "entailment" in head["tags"]
    assert "\n# birds &lt;b&gt;\n" in card and "<script>" not in card
    assert "Books. &lt;script&gt;alert(1)&lt;/script&gt; &#124; \\*all\\*" in card
    for row in (
        "| SimLex-999, Spearman |  | 0.41 |",
        "| kinds&#124;of | accuracy | 0.1235 |",
        "| kinds&#124;of | parts: a | 1 |",
    ):
        assert row in card
    assert "missing" not in card and "| covariance | diagonal |" in card
    POINTS.save_pretrained(tmp_path / "points")
    card = (tmp_path / "points" / "README.md").read_text()
    assert '| note | "a&#124;b &lt;i&gt;" |' in card and "does not say what it was learned from" in card
    assert "entailment" not in front_matter(card)["tags"]
    assert KeyedVectors.from_pretrained(tmp_path / "points").parameters == POINTS.parameters


def test_what_cannot_be_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        POINTS.save_pretrained(tmp_path / "file" / "x")
    with pytest.raises(FileError, match="must be on a disk of this machine"):
        POINTS.save_pretrained(f"{tmp_path.as_uri()}/x")
    for wrong in ({"quality": 0.5}, {"quality": {"test": [1]}}, {"language": 3}, {"license": b"mit"}):
        with pytest.raises(ParameterTypeError):
            POINTS.save_pretrained(tmp_path / "x", **wrong)  # type: ignore[arg-type]
    for name in ("no such folder", "a/b/c", str(tmp_path / "file")):
        with pytest.raises(FileError, match="neither a folder nor the name of a repository"):
            KeyedVectors.from_pretrained(name)
    with pytest.raises(FileError):
        KeyedVectors.from_pretrained(tmp_path)
    with pytest.raises(ParameterError, match="repository must be 'owner/name', got 'birds'"):
        POINTS.push_to_hub("birds")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for ask in (lambda: POINTS.push_to_hub("kea/birds"), lambda: KeyedVectors.from_pretrained("kea/birds")):
        with pytest.raises(MissingPackageError, match=r"pip install 'densevec\[hub\]'$"):
            ask()


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as an upload and a download need; files of a repository by name."""

    files: dict[str, bytes]
    calls: list[str]

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    @property
    def here(self) -> str:
        return f"http://{self.headers['Host']}"

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        raw = self.rfile.read(size) if size else b"".join(self.chunks())
        self.calls.append(self.path)
        found: dict[str, Any] = {}
        if self.path.endswith("/preupload/main"):
            names = [each["path"] for each in json.loads(raw)["files"]]
            found = {"files": [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]}
        elif self.path.endswith("/commit/main"):
            for line in map(json.loads, raw.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            found = {"success": True, "commitOid": OID, "commitUrl": f"{self.here}/kea/birds/commit/{OID}"}
        elif self.path == "/api/repos/create":
            found = {"url": f"{self.here}/kea/birds", "name": "kea/birds", "id": "kea/birds"}
        self.answer(json.dumps(found).encode(), Content_Type="application/json")

    def chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def do_GET(self) -> None:
        self.calls.append(self.path)
        body = self.files.get(self.path.rpartition("/")[2])
        if not self.path.startswith("/kea/birds/resolve/") or body is None:
            self.answer(b"{}", 404, Content_Type="application/json", X_Error_Code="RepoNotFound")
            return
        digest = hashlib.sha256(body).hexdigest()
        self.answer(body, ETag=f'"{digest}"', X_Repo_Commit=OID)

    do_HEAD = do_GET


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    kind = type("Hub", (Hub,), {"files": {}, "calls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()
    server.server_close()
    thread.join()


SCRIPT = """
import sys
from densevec.errors import FileError
from densevec.vectors import DensityVectors, KeyedVectors
vectors = DensityVectors.from_pretrained(sys.argv[1])
print(vectors.push_to_hub("kea/birds", private=True, quality={"SimLex": 0.5}))
again = KeyedVectors.from_pretrained("kea/birds", check=True)
assert type(again) is DensityVectors and (again.variances == vectors.variances).all()
try:
    KeyedVectors.from_pretrained("kea/nothing")
except FileError as error:
    print(error)
"""


@pytest.mark.slow
def test_to_the_hub_and_back(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    address, kind = hub
    DENSITIES.save_pretrained(tmp_path / "x")
    settings = {
        "HF_ENDPOINT": address,
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": "hf_of_nobody",
        "HF_HUB_DISABLE_XET": "1",
    }
    settings |= {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "x"],
        env=clean | settings,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    pushed, missing = done.stdout.splitlines()
    assert pushed.startswith(f"{address}/kea/birds") and missing.startswith("kea/nothing: the hub does not give")
    assert sorted(kind.files) == ["README.md", "config.json", "model.safetensors"]
    assert (
        b"| SimLex |  | 0.5 |" in kind.files["README.md"] and b"from_pretrained('kea/birds')" in kind.files["README.md"]
    )
    assert "/api/repos/create" in kind.calls
