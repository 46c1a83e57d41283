"""The addresses give the library's answers, within limits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from densevec import DensityWord2Vec
from densevec.cli import main
from densevec.densities import MEASURES
from densevec.errors import ParameterError, ParameterTypeError
from densevec.serving import MOST, app, app_of_environment, check_address, make_app, serve
from densevec.vectors import DensityVectors, KeyedVectors
from tests.vectors.makers import subword_densities

pytest.importorskip("fastapi", reason="serving needs fastapi: pip install 'densevec[serve]'")
testclient = pytest.importorskip(
    "fastapi.testclient", reason="the client of these tests needs httpx", exc_type=Exception
)

WORDS = ["bird", "fruit", "kiwi", "kakapo", "plum", "<b>&", "鳥"]


@pytest.fixture(scope="module")
def vectors():
    random = np.random.default_rng(1)
    size = len(WORDS)
    counts = np.arange(size, 0, -1)
    return DensityVectors(WORDS, random.normal(size=(size, 4)), random.uniform(0.1, 2, size), counts, 9.0)


@pytest.fixture(scope="module")
def ask(vectors):
    client = testclient.TestClient(make_app(vectors))

    def asked(address, **parameters):
        return client.get(address, params=parameters)

    return asked


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("word", ["kiwi", "<b>&", "鳥"])
def test_neighbours(ask, vectors, word, measure):
    answer = ask("/neighbors", word=word, topn=3, measure=measure).json()
    assert [(each["word"], each["score"]) for each in answer["neighbors"]] == vectors.most_similar(
        word, topn=3, measure=measure
    )


def test_the_other_questions(ask, vectors):
    assert ask("/info").json()["words"] == len(WORDS)
    assert ask("/info").json()["graph"] is None
    assert ask("/neighbors", word="kiwi").json()["recall"] == ask("/analogy", positive="kiwi").json()["recall"] == 1
    assert ask("/words", prefix="ki").json() == {"words": ["kiwi"]}
    found = ask("/analogy", positive=["kiwi", "plum"], negative=["bird"], topn=2).json()["neighbors"]
    assert [each["word"] for each in found] == [
        word for word, _ in vectors.most_similar(["kiwi", "plum"], ["bird"], topn=2)
    ]
    assert found != ask("/analogy", positive=["kiwi", "plum"], topn=2).json()["neighbors"]
    both = ask("/compare", a="kiwi", b="bird").json()
    assert both["scores"]["kl_from_query"] == pytest.approx(-vectors.kl_divergence("kiwi", "bird"))
    assert both["inclusion"]["a_in_b"] == vectors.inclusion("kiwi", "bird")
    answer = ask("/entails", a="kiwi", b="bird", prior=0.3).json()
    assert answer["probability"] == vectors.entailment_probability("kiwi", "bird", prior=0.3)
    for relation in ("hypernyms", "hyponyms"):
        answers = ask(f"/{relation}", word="bird").json()[relation]
        assert [(each["word"], each["probability"]) for each in answers] == getattr(vectors, relation)("bird")
    wanted = {"word": "kiwi", "generality": vectors.generality("kiwi"), "entropy": vectors.entropy("kiwi"), "count": 5}
    assert ask("/breadth", word="kiwi").json() == wanted


def test_words_that_sub_words_compose_are_answered_by_every_address():
    parameters = {"dim": 4, "epochs": 1, "min_count": 1, "subwords": (4, 5), "buckets": 100, "seed": 1}
    text = [["kiwi", "bird", "fruit"], ["plum", "fruit", "kakapo"]] * 30
    composing = DensityWord2Vec(text, workers=1, **parameters).train(progress=False).vectors
    client = testclient.TestClient(make_app(composing))
    word = "kiwis"
    assert word not in composing
    answer = client.get("/breadth", params={"word": word})
    assert answer.status_code == 200, answer.text
    wanted = {"word": word, "generality": composing.generality(word), "entropy": composing.entropy(word), "count": None}
    assert answer.json() == pytest.approx(wanted)
    asked = 0
    for address, methods in client.get("/openapi.json").json()["paths"].items():
        names = {each["name"] for each in methods["get"].get("parameters", ()) if each["required"]}
        if names and names <= {"word", "a", "b", "positive"}:
            answer = client.get(address, params={name: "kiwi" if name == "b" else word for name in names})
            assert answer.status_code == 200, (address, answer.text)
            asked += 1
    assert asked >= 6
    assert client.get("/breadth?word=%E9%B3%A5").status_code == 404  # without n-grams


def test_capitals_change_no_answer_of_lowered_text():
    vectors = subword_densities(["kiwi", "bird"], counts=[7, 3], parameters={"lowercase": True})
    ask = testclient.TestClient(make_app(vectors)).get
    assert ask("/breadth?word=Bird").json() == {**ask("/breadth?word=bird").json(), "word": "Bird"}
    assert ask("/words?prefix=KI").json() == ask("/words?prefix=ki").json() == {"words": ["kiwi"]}
    for word in ("bird", "birdish"):
        found, expected = (ask(f"/neighbors?word={each}").json()["neighbors"] for each in (word.title(), word))
        assert found == expected


def test_a_phrase_may_begin_with_blanks_in_it():
    for delimiter, parameters in (("_", {}), ("\\1", {"phrases": {"delimiter": "\\1"}})):
        words = [word.replace("_", delimiter) for word in ("new_york", "newt", "new_year", "new york state")]
        ask = testclient.TestClient(make_app(KeyedVectors(words, np.eye(4), parameters=parameters))).get
        found = {
            prefix: ask("/words", params={"prefix": prefix}).json()["words"]
            for prefix in ("new  y", "new ", "new york")
        }
        assert found == {
            "new  y": [words[0], words[2]],
            "new ": [words[0], *words[2:]],
            "new york": [words[0], words[3]],
        }
    lowered = subword_densities(["new_york", "newt"], counts=[7, 3], parameters={"lowercase": True})
    assert testclient.TestClient(make_app(lowered)).get("/words?prefix=New Y").json() == {"words": ["new_york"]}


def test_errors_are_one_sentence(ask):
    unknown = ask("/neighbors", word="kiwii")
    assert unknown.status_code == 404
    assert "'kiwi'" in unknown.json()["error"]
    for parameters in ({"topn": 0}, {"topn": MOST["topn"] + 1}, {"measure": "none"}, {"topn": "x"}):
        refused = ask("/neighbors", word="kiwi", **parameters)
        assert refused.status_code == 422
        assert next(iter(parameters)) in refused.json()["error"]
    assert ask("/neighbors", word="x" * (MOST["letters"] + 1)).status_code == 422
    assert ask("/words", prefix="x" * (MOST["address"] + 1)).status_code == 414
    assert ask("/analogy", positive=["kiwi"] * (MOST["words"] + 1)).status_code == 422
    missing = ask("/none")
    assert (missing.status_code, missing.json()) == (404, {"error": "there is no address '/none'; / lists them"})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/hypernyms?word=bird&tpon=1", "'tpon' is not a parameter of /hypernyms; did you mean topn?"),
        ("/?x=1", "'x' is not a parameter of /; it takes none"),
        ("/words?prefix=ki&topn=1", "'topn' is not a parameter of /words; did you mean"),
        ("/neighbors?word=kiwi&word=bird", "word must be given once, got 2 of it"),
    ],
)
def test_names_that_an_address_does_not_take_are_refused(vectors, address, message):
    refused = testclient.TestClient(make_app(vectors)).get(address)
    assert refused.status_code == 422
    assert message.partition("; did")[0] in refused.json()["error"]


def test_addresses_are_asked_by_get(vectors):
    refused = testclient.TestClient(make_app(vectors)).post("/info")
    assert (refused.status_code, refused.json()) == (405, {"error": "'/info' must be asked by GET, got POST"})


def test_more_requests_than_are_answered_at_once(vectors, monkeypatch):
    answering, waiting = threading.Semaphore(0), threading.Event()

    def slow(*_):
        answering.release()
        assert waiting.wait(20)
        return {}

    monkeypatch.setattr(app, "AT_ONCE", 2)
    monkeypatch.setattr(app.answers, "describe", slow)
    with testclient.TestClient(make_app(vectors)) as client, ThreadPoolExecutor(2) as others:
        running = [others.submit(client.get, "/info") for _ in range(2)]
        for _ in running:
            assert answering.acquire(timeout=20)
        refused = client.get("/breadth?word=kiwi")
        waiting.set()
        assert [each.result().status_code for each in running] == [200, 200]
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "ask again" in refused.json()["error"]
        assert client.get("/breadth?word=kiwi").status_code == 200


def test_an_address_that_is_taken_is_told_before_it_is_promised(capsys, vectors, tmp_path):
    pytest.importorskip("uvicorn", reason="serving needs uvicorn")
    vectors.save(tmp_path / "birds.safetensors")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", str(tmp_path / "birds.safetensors"), "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert "serving" not in told
    assert f"must be an address of this machine that is free, got '127.0.0.1' and {port}" in told


@pytest.mark.parametrize(
    ("host", "port", "error", "message"),
    [
        ("a..b", 8000, ParameterError, "no host has such a name"),
        ("x" * 70, 8000, ParameterError, "no host has such a name"),
        ("nowhere.invalid", 8000, ParameterError, "must be an address of this machine that is free"),
        ("127.0.0.1", 0, ParameterError, "port must be an integer at least 1 and at most 65535, got 0"),
        ("127.0.0.1", 70_000, ParameterError, "at most 65535, got 70000"),
        ("127.0.0.1", "8000", ParameterTypeError, "port must be an integer"),
        (None, 8000, ParameterTypeError, "host must be a name or address"),
    ],
)
def test_what_is_no_address(host, port, error, message):
    with pytest.raises(error, match=message):
        check_address(host, port)


def test_points_have_no_densities():
    client = testclient.TestClient(make_app(KeyedVectors(["kiwi", "kea"], [[1.0, 0.0], [0.0, 1.0]])))
    assert client.get("/info").json()["measures"] == ["cosine"]
    for address in ("/breadth?word=kiwi", "/entails?a=kiwi&b=kea", "/neighbors?word=kiwi&measure=jeffreys"):
        refused = client.get(address)
        assert refused.status_code == 422
        assert "densities" in refused.json()["error"]
    assert "inclusion" not in client.get("/compare?a=kiwi&b=kea").json()


def test_only_its_own_names_are_answered(vectors):
    def answer(host, *names):
        return testclient.TestClient(make_app(vectors, names)).get("/info", headers={"host": host})

    refused = answer("evil.example")
    assert (refused.status_code, list(refused.json())) == (400, ["error"])
    assert "got 'evil.example'; densevec serve --name NAME allows another" in refused.json()["error"]
    for host in ("", "[", "localhost@evil.example", "evil.example#localhost", "localhost/x", "evil.localhost"):
        assert answer(host).status_code == 400, host
    assert answer("evil.example", "words.example").status_code == 400
    for host in ("localhost:8000", "LOCALHOST", "127.0.0.1:80", "[::1]", "[::1]:8000"):
        assert answer(host).status_code == 200, host
    for host, name in (("Words.example:8", "words.Example"), ("a.b.example", "*.example"), ("evil.example", "*")):
        assert answer(host, name).status_code == 200, host


@pytest.mark.parametrize(
    "name",
    ["words.example:8000", "[::1]:8000", "http://words.example", "words.example/", "a,b", "a b", "", "*:80", "b\u00fc"],
)
def test_a_name_that_nothing_can_be_asked_by_is_refused(vectors, name):
    told = r"must be a host's name or address alone, without http:// and port, .* got "
    with pytest.raises(ParameterError, match=f"^hosts {told}"):
        make_app(vectors, ["words.example", name])
    with pytest.raises(ParameterError, match=f"^name {told}"):
        serve("words.safetensors", name=name)


def test_what_is_no_list_of_names(vectors):
    for hosts in ("words.example", [1], None):
        with pytest.raises(ParameterTypeError, match=r"^hosts must be"):
            make_app(vectors, hosts)
    for names in ({"words.example"}, iter(["::1", "[fe80::1]", "*.example", "10.0.0.1", "my_host-1"])):
        assert make_app(vectors, names) is not None


def test_head_is_answered_as_get(vectors):
    client = testclient.TestClient(make_app(vectors))
    for address in ("/", "/info", "/openapi.json", "/neighbors?word=kiwi", "/neighbors?word=none", "/none", "/words"):
        asked, head = client.get(address), client.head(address)
        assert (head.status_code, head.headers, head.content) == (asked.status_code, asked.headers, b"")
    assert [list(methods) for methods in client.get("/openapi.json").json()["paths"].values()] == [["get"]] * 9


def test_the_page_and_the_schema(ask):
    schema = ask("/openapi.json").json()
    page = ask("/").text
    assert all(f"<code>{address}</code>" in page for address in schema["paths"])
    assert "measure=cosine" in page
    assert "://" not in page  # nothing is fetched


def test_a_graph_beside_the_file_is_asked_and_says_what_it_misses(vectors, tmp_path, monkeypatch):
    pytest.importorskip("usearch", reason="a graph index needs usearch: pip install 'densevec[ann]'")
    path = tmp_path / "birds.safetensors"
    vectors.save(path)
    index = vectors.build_graph_index()
    index.recall = 0.5
    index.save(path)
    monkeypatch.setenv("DENSEVEC_SERVED_FILE", str(path))
    monkeypatch.setenv("DENSEVEC_SERVED_HOSTS", "")
    client = testclient.TestClient(app_of_environment())
    assert client.get("/info").json()["graph"] == {"measure": "cosine", "recall": 0.5}
    right = [{"word": word, "score": score} for word, score in vectors.most_similar("kiwi", topn=3)]
    for address in ("/neighbors?word=kiwi&topn=3", "/analogy?positive=kiwi&topn=3"):
        assert (answer := client.get(address).json())["recall"] == 0.5
        assert answer["neighbors"] == right  # of seven words it misses none
        answer = client.get(f"{address}&exact=true").json()
        assert (answer["recall"], answer["neighbors"]) == (1, right)
    assert client.get("/neighbors?word=kiwi&measure=jeffreys").json()["recall"] == 1


@pytest.mark.slow
def test_processes_share_a_file_and_end_with_their_parent(vectors, tmp_path):
    pytest.importorskip("uvicorn", reason="serving needs uvicorn")
    path = tmp_path / "birds.safetensors"
    vectors.save(path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "densevec", "serve", str(path), "--port", str(port), "--processes", "2"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        for attempt in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/breadth?word=kiwi", timeout=5) as answer:
                    assert b"generality" in answer.read()
                break
            except OSError:
                assert attempt < 199
                assert server.poll() is None, server.stderr.read()
                time.sleep(0.1)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        server.stderr.close()
