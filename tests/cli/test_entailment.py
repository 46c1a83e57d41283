"""Commands about what is a kind of what: hypernyms, taxonomy, entails, and the demo on somebody's own text."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from densevec.cli.reasons import Reason, reason_for
from densevec.evidence.network import NUM_FEATURES, NUM_MARGINALS, Inference, Network
from densevec.evidence.table import Evidence
from densevec.vectors import DensityVectors

SENTENCE = "animals such as birds and the kiwi sleep"
WORDS = ["animal", "bird", "fruit", "kiwi", "kakapo", "<b>&\"'", "ציפור", "鳥"]
# (narrow, broad): how often it is said
STATED = {("bird", "animal"): 3, ("kiwi", "animal"): 2, ("kiwi", "bird"): 1, ("kiwi", "fruit"): 5, ("<b>&\"'", "鳥"): 4}
STATED |= {("ציפור", "bird"): 4, ("kakapo", "bird"): 2, ("鳥", "animal"): 3}


def log_odds(narrow: str, broad: str) -> float:
    """What the network below makes of a pair with evidence."""
    return 4 * np.log1p(STATED[narrow, broad]) - 2


def probability(narrow: str, broad: str) -> float:
    return pytest.approx(1 / (1 + np.exp(-log_odds(narrow, broad))), rel=1e-6)


@pytest.fixture(scope="module")
def stated_file(tmp_path_factory):
    """Vectors whose odds are 4 log(1 + how often the text says so) − 2."""
    ids = sorted((WORDS.index(a), WORDS.index(b), count) for (a, b), count in STATED.items())
    narrow, broad, weight = np.array(ids).T
    examples = {(WORDS.index("kiwi"), WORDS.index("animal")): SENTENCE}
    folds = np.arange(len(WORDS), dtype=np.int32)
    evidence = Evidence(
        WORDS, folds, narrow.astype(np.int32), broad.astype(np.int32), weight.astype(np.float32), examples
    )
    weight1 = np.zeros((NUM_FEATURES, 1))
    weight1[NUM_MARGINALS] = 4.0  # log(1 + the pair's own count)
    scale = np.ones(NUM_FEATURES)
    no_products = np.zeros((4, 0)), np.zeros(0)
    network = Network(
        np.zeros(NUM_FEATURES), scale, *no_products, *no_products, weight1, np.zeros(1), np.ones(1), np.array(-2.0)
    )
    mean = np.random.default_rng(3).normal(size=(len(WORDS), 4))
    vectors = DensityVectors(WORDS, mean, np.ones(len(WORDS)), list(range(90, 90 - len(WORDS), -1)), entailment_bound=9)
    vectors._state = replace(vectors._state, inference=Inference(evidence, network, np.zeros((10, 3))))
    path = tmp_path_factory.mktemp("stated") / "stated.safetensors"
    vectors.save(path)
    return path


def test_info_tells_of_stated_pairs_whatever_decides(densevec, stated_file, tmp_path):
    vectors = DensityVectors.load(stated_file)
    vectors.entailment_bound = 9.0
    vectors.save(tmp_path / "bound.safetensors")
    for path in (stated_file, tmp_path / "bound.safetensors"):
        assert densevec("info", path, "--json").json["stated_pairs"] == len(STATED)


def test_hypernyms_with_the_reason(densevec, stated_file):
    result = densevec("hypernyms", stated_file, "Kiwi", "--why", "--json")
    assert result.json == {
        "hypernyms": {
            "kiwi": [
                {"word": "fruit", "probability": probability("kiwi", "fruit"), "count": 5.0, "sentence": None},
                {"word": "animal", "probability": probability("kiwi", "animal"), "count": 2.0, "sentence": SENTENCE},
                {"word": "bird", "probability": probability("kiwi", "bird"), "count": 1.0, "sentence": None},
            ]
        },
        "missing": {},
    }
    lines = densevec("hypernyms", stated_file, "kiwi", "--why").out.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["kiwi", "broader", "words"],
        ["fruit", "0.994", "the", "text", "says", "so", "5", "times"],
    ]
    assert lines[3].strip() == SENTENCE
    assert lines[4].endswith("the text says so once")
    assert "the text" not in densevec("hypernyms", stated_file, "kiwi").out


def test_hypernyms_are_limited(densevec, stated_file):
    answers = densevec("hypernyms", stated_file, "kiwi", "--topn", 1, "--json").json["hypernyms"]["kiwi"]
    assert [answer["word"] for answer in answers] == ["fruit"]
    answers = densevec("hypernyms", stated_file, "kiwi", "--restrict-vocab", 2, "--json").json["hypernyms"]["kiwi"]
    assert [answer["word"] for answer in answers] == ["animal", "bird"]


def test_narrower_words(densevec, stated_file):
    answers = densevec("hypernyms", stated_file, "bird", "--narrower", "--json").json["hyponyms"]["bird"]
    assert [answer["word"] for answer in answers] == ["ציפור", "kakapo", "kiwi"]
    assert answers[1]["probability"] == probability("kakapo", "bird")
    assert "none: no word of the file" in densevec("hypernyms", stated_file, "kiwi", "--narrower").out


@pytest.mark.parametrize("command", ["hypernyms", "taxonomy", "neighbors"])
def test_an_unknown_word_does_not_lose_the_others(densevec, stated_file, command):
    result = densevec(command, stated_file, "kiwii", "kiwi", "--json")
    assert result.status == 1
    assert list(result.json["missing"]) == ["kiwii"]
    assert "'kiwii' is not among" in result.json["missing"]["kiwii"]
    assert "fruit" in result.out
    assert result.err.count("\n") == 1
    assert "'kiwii' is not among" in result.err
    alone = densevec(command, stated_file, "kiwii", "moaa")
    assert (alone.status, alone.out, alone.err.count("\n")) == (1, "", 1)
    assert "'kiwii'" in alone.err


def reason(count, is_read=True, is_learned=True):
    return Reason("a", "b", count, None, is_read, is_learned)


def test_reasons_in_words():
    assert reason(0.0).summary() == "the text does not say it itself: by the words near it"
    assert reason(0.0).summary(entails=False) == "the text does not say so"
    assert reason(0.0, is_learned=False).summary() == "the text does not say it itself: by the densities alone"
    for entails in (True, False):
        assert reason(0.0, False, False).summary(entails=entails) == "by the densities alone"
    assert reason(0.3).summary() == "the text hints at it"
    for count in (0.5, 0.7, 1.0, 1.3):
        assert reason(count).summary() == "the text says so once"
    assert reason(2.5).summary() == "the text says so 3 times"
    assert reason(1234.0).summary() == "the text says so 1,234 times"


def test_an_excerpt_is_around_both_words():
    sentence = f"a city is {'no ' * 60}where cities such as london stand {'so ' * 60}"
    assert len(Reason("london", "city", 1, sentence, True, True).excerpt()) < 130
    assert Reason("london", "town", 1, "the towns such as london", True, True).excerpt() == "the towns such as london"
    greek = "officers and other greeks" + " came" * 30 + " while the greek government slept" + " well" * 20
    assert Reason("officer", "greek", 1, greek, True, True).excerpt().startswith("officers and other greeks")
    near = Reason("london", "cities", 1, sentence, True, True).excerpt()
    assert "cities such as london" in near
    assert near.startswith("… ")
    assert near.endswith(" …")


def test_an_excerpt_shows_the_forms_that_the_text_takes_for_the_words():
    words = ["date", "dates", "period", "periods", "person", "Dated", "so"]
    folds = np.array([0, 0, 2, 2, 4, 5, 6], np.int32)
    far = f"Dated person {'so ' * 40}dates or other periods"
    pair = np.array([0], np.int32), np.array([2], np.int32), np.ones(1, np.float32)
    vectors = DensityVectors(words, np.eye(7), np.ones(7))
    vectors._state = vectors._state.changed(evidence=Evidence(words, folds, *pair, {(0, 2): far}))
    for narrow, broad in (("date", "period"), ("dates", "periods")):
        assert reason_for(vectors, narrow, broad).excerpt().endswith("so dates or other periods")


def test_entails_begins_with_the_decision(densevec, stated_file):
    lines = densevec("entails", stated_file, "kiwi", "animal").out.splitlines()
    assert lines[0] == "kiwi entails animal: yes, with probability 0.916"
    assert lines[1].strip() == "the text says so 2 times"
    assert lines[2].strip() == SENTENCE
    assert "nats" in lines[3]
    lines = densevec("entails", stated_file, "animal", "kiwi").out.splitlines()
    assert lines[0].startswith("animal entails kiwi: no, with probability 0.0")
    assert lines[1].strip() == "the text does not say so"


def test_vectors_that_know_no_text_answer_by_the_densities_alone(densevec, tmp_path):
    DensityVectors(["bird", "kiwi"], [[0.0], [0.1]], [1.0, 0.1], entailment_bound=5.0).save(tmp_path / "file")
    for pair, answer in ((("kiwi", "bird"), "yes"), (("bird", "kiwi"), "no")):
        lines = densevec("entails", tmp_path / "file", *pair).out.splitlines()
        assert answer in lines[0]
        assert lines[1].strip() == "by the densities alone"
    (line,) = densevec("hypernyms", tmp_path / "file", "kiwi", "--why").out.splitlines()[1:]
    assert line.startswith("  bird  ") and line.endswith("  by the densities alone")


def test_entails_at_a_prior(densevec, stated_file):
    result = densevec("entails", stated_file, "kiwi", "animal", "--prior", 0.05, "--json").json
    assert result["probability"] == pytest.approx(1 / (1 + np.exp(-log_odds("kiwi", "animal")) * 19), rel=1e-6)
    assert (result["entails"], result["prior"]) == (False, 0.05)
    assert result["stated"] == {"count": 2.0, "sentence": SENTENCE}
    assert "where 0.05 of all pairs entail" in densevec("entails", stated_file, "kiwi", "bird", "--prior", 0.05).out
    for prior in (0, 1, "nan"):
        bad = densevec("entails", stated_file, "kiwi", "bird", "--prior", prior)
        assert (bad.status, bad.out) == (2, "")
        assert "prior must be" in bad.err


def test_taxonomy_is_a_reduced_tree(densevec, stated_file):
    options = ("--least", 0.5, "--depth", 3)
    found = densevec("taxonomy", stated_file, "kiwi", "kakapo", *options, "--json").json
    edges = {(edge["narrow"], edge["broad"]): edge["probability"] for edge in found["edges"]}
    assert set(edges) == {("kiwi", "bird"), ("kiwi", "fruit"), ("kakapo", "bird"), ("bird", "animal")}
    assert edges["kakapo", "bird"] == probability("kakapo", "bird")
    assert [entry["word"] for entry in found["words"] if entry["asked"]] == ["kiwi", "kakapo"]
    lines = densevec("taxonomy", stated_file, "kiwi", "kakapo", *options).out.splitlines()
    assert [line.split() for line in lines] == [
        ["fruit"],
        ["kiwi", "0.99"],
        ["animal"],
        ["bird", "0.97"],
        ["kakapo", "0.92"],
        ["kiwi", "0.68"],
    ]
    assert [len(line) - len(line.lstrip()) for line in lines] == [0, 2, 0, 2, 4, 4]


def test_taxonomy_leaves_out_what_is_less_certain(densevec, stated_file):
    found = densevec("taxonomy", stated_file, "kiwi", "--least", 0.98, "--json").json
    assert [(edge["narrow"], edge["broad"]) for edge in found["edges"]] == [("kiwi", "fruit")]
    alone = densevec("taxonomy", stated_file, "kiwi", "--depth", 0, "--json").json
    assert (alone["edges"], [entry["word"] for entry in alone["words"]]) == ([], ["kiwi"])


def test_taxonomy_advises_only_what_may_give_more(densevec, stated_file):
    for options, told in (
        (("--least", 1), "nothing above or below with a probability of at least 1; lower --least for more"),
        (("--depth", 0), "nothing above or below was looked for; raise --depth for more"),
        (
            ("--depth", 0, "--topn", 0, "--least", 0.5),
            "nothing above or below was looked for; raise --depth and --topn for more",
        ),
        (("--restrict-vocab", 0, "--least", 0.5), "nothing above or below with a probability of at least 0.5"),
    ):
        assert densevec("taxonomy", stated_file, "kiwi", *options).out.splitlines()[-1] == told


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--depth", -1, "--depth must be"), ("--topn", -1, "--topn must be"), ("--least", 0.4, "--least must be")],
)
def test_taxonomy_with_a_wrong_option(densevec, stated_file, option, value, message):
    result = densevec("taxonomy", stated_file, "kiwi", option, value)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_taxonomy_in_a_file(densevec, stated_file, tmp_path):
    strange = WORDS[5:]
    for ending in ("svg", "html", "json", "dot"):
        path = tmp_path / f"words.{ending}"
        result = densevec("taxonomy", stated_file, *strange, "--least", 0.5, "-o", path)
        assert result.status == 0, result.err
        assert f"drawn in {path}" in result.out
    picture = ElementTree.parse(tmp_path / "words.svg")
    texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {*strange, "bird", "animal"} <= texts <= set(WORDS)
    page = (tmp_path / "words.html").read_text(encoding="utf-8")
    assert "<b>&" not in page
    assert "<script" not in page
    stored = json.loads((tmp_path / "words.json").read_text(encoding="utf-8"))
    assert {entry["word"] for entry in stored["words"]} == texts
    assert '"<b>&\\"\'" -> "鳥"' in (tmp_path / "words.dot").read_text(encoding="utf-8")
    wrong = densevec("taxonomy", stated_file, "kiwi", "-o", tmp_path / "words.txt")
    assert (wrong.status, wrong.err.count("\n")) == (2, 1)
    assert ".svg, .html, .json or .dot" in wrong.err


@pytest.fixture
def quick_demo(monkeypatch):
    monkeypatch.setattr("densevec.cli.text_demo.SETTINGS", {"dim": 8, "epochs": 1, "workers": 1})
    monkeypatch.setattr("densevec.cli.text_demo._FEW_SETTINGS", {"min_count": 1, "negative": 16, "batch_size": 64})


def test_demo_of_a_text(densevec, tmp_path, quick_demo):
    text, path = tmp_path / "text.txt", tmp_path / "model.safetensors"
    lines = [
        "The kea is a bird .",
        "A kea stole our lunch !",
        "Birds such as the kea and the kiwi sleep .",
        "Bad \xff .",
    ]
    text.write_bytes("\n\n".join(lines * 20).encode("latin-1"))
    wrong = densevec("demo", "--text", text, "-o", path)
    assert (wrong.status, path.exists()) == (1, False)
    assert f"{text}: line 7, byte 94: found byte 0xff" in wrong.err and "choose --errors replace" in wrong.err
    result = densevec("demo", "--text", text, "-o", path, "--topn", 2, "--errors", "replace", "--json")
    assert result.status == 0, result.err
    report = result.json
    assert (report["sentences"], report["whole_text"], report["file"]) == (80, True, str(path))
    assert all(len(found) == 2 for found in report["most_similar"].values())
    words = set(DensityVectors.load(path).index_to_key)
    assert "kea" in words  # case is folded
    assert json.loads(densevec("info", path, "--json").out)["parameters"]["corpus"] == str(text)
    assert set(report["hypernyms"]) <= set(report["most_similar"]) <= words
    for reading in report["readings"]:
        assert reading["sentence"].split()[reading["position"]] in words
    part = densevec("demo", "--text", text, "-o", path, "--sentences", 8, "--errors", "ignore")
    assert "the first 8 sentences of the text" in part.out
    assert "densevec taxonomy" in part.out


@pytest.mark.parametrize(("end", "longest"), [(" ", 10_000), ("\r", 8)])
def test_demo_of_a_text_without_line_feeds(densevec, tmp_path, monkeypatch, quick_demo, end, longest):
    """All one line, or the lines of an old Macintosh."""
    monkeypatch.setattr("densevec.cli.text_demo.MOST_BYTES", 60_000)
    text, path = tmp_path / "text.txt", tmp_path / "model.safetensors"
    text.write_text(end.join(["the kiwi is a bird of the forest"] * 4000), newline="")
    options = "--text", text, "-o", path, "--json"
    report = densevec("demo", *options).json
    tokens = densevec("info", path, "--json").json["corpus"]["tokens"]
    assert (report["whole_text"], tokens) == (False, report["sentences"] * longest)
    assert 60_000 / 33 * 8 <= tokens <= 60_000 / 33 * 8 + longest
    report = densevec("demo", *options, "--sentences", 2).json
    assert (report["whole_text"], report["sentences"]) == (False, 2)


def test_demo_of_several_files(densevec, tmp_path, quick_demo):
    path = tmp_path / "model.safetensors"
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.txt").write_text("the kiwi is a bird\n" * 20)
    files = sorted(folder.iterdir())
    for given in ([folder], [folder / "*.txt"], files):
        result = densevec("demo", "--text", *given, "-o", path, "--json")
        assert result.status == 0, result.err
        assert result.json["sentences"] == 40
    wrong = densevec("demo", "--text", folder, "-o", folder / "model.safetensors")
    assert (wrong.status, sorted(folder.iterdir())) == (1, files)
    assert "is in the folder" in wrong.err


@pytest.mark.parametrize(("text", "status"), [("word\n", 0), ("", 1), ("\n \n", 1), ("1 2 3 <b>\n1 2 4 <b>\n", 0)])
def test_demo_of_next_to_nothing(densevec, tmp_path, text, status):
    path = tmp_path / "text.txt"
    path.write_text(text)
    result = densevec("demo", "--text", path, "-o", tmp_path / "model.safetensors")
    assert result.status == status, result.err
    if status:
        assert f"{path} is empty" in result.err
        assert result.out == ""
