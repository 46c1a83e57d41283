"""Commands that ask a file."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram, DensityWord2Vec
from densevec.cli.output import pairs_as_json
from densevec.cli.posterior import find_place
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.formats import native
from densevec.vectors import KeyedVectors


def test_neighbors(densevec, density_file, vectors):
    result = densevec("neighbors", density_file, "kiwi", "Plum", "--topn", 2, "--json")
    assert result.status == 0
    lists = result.json["neighbors"]
    assert result.json["measure"] == "cosine"
    assert list(lists) == ["kiwi", "plum"]  # 'Plum' is looked up in lower case
    expected = [{"word": word, "score": score} for word, score in vectors.most_similar("kiwi", topn=2)]
    assert lists["kiwi"] == expected


def test_neighbors_among_some_words(densevec, density_file, vectors):
    result = densevec("neighbors", density_file, "kiwi", "kakapo", "--within", "Plum", "bird", "unheard-of", "--json")
    lists = result.json["neighbors"]
    assert list(lists) == ["kiwi", "kakapo"]
    for word, found in lists.items():
        expected = vectors.most_similar(word, within=["plum", "bird"])
        assert [(entry["word"], entry["score"]) for entry in found] == expected
        assert len(found) == 2
    assert result.err.startswith("densevec: note: --within: 'unheard-of' is not among the ")
    assert result.err.count("\n") == 1
    result = densevec("neighbors", density_file, "kiwi", "--within", "kakapoo", "unheard-of")
    assert (result.status, result.out) == (1, "")
    assert "'kakapoo' is not among the" in result.err
    assert "'kakapo'" in result.err


def test_neighbors_by_a_divergence_for_people(densevec, density_file, vectors):
    result = densevec("neighbors", density_file, "kakapo", "--measure", "kl_from_query", "--topn", 1)
    heading, line = result.out.splitlines()
    assert heading == "kakapo  kl_from_query"
    assert line.split() == ["kiwi", f"{-vectors.kl_divergence('kakapo', 'kiwi'):.3f}"]
    assert "\033" not in result.out  # no colour in a pipe


def test_neighbors_of_points(densevec, point_file):
    assert densevec("neighbors", point_file, "kiwi").status == 0
    result = densevec("neighbors", point_file, "kiwi", "--measure", "kl_to_query")
    assert (result.status, result.out) == (2, "")
    assert "needs word densities" in result.err


def test_neighbors_of_many_words_ask_the_graph_beside_the_file(densevec, tmp_path):
    pytest.importorskip("usearch", reason="a graph index needs usearch: pip install 'densevec[ann]'")
    path, words = tmp_path / "many", [f"w{number}" for number in range(100)]
    many = KeyedVectors(words, np.random.default_rng(1).normal(size=(100, 4)))
    many.save(path)
    index = many.build_graph_index()
    index.recall = 0.5
    index.save(path)
    right = {word: pairs_as_json(many.most_similar(word)) for word in words}
    asked = densevec("neighbors", path, *words, "--json").json
    assert (asked["recall"], asked["neighbors"]) == (0.5, right)  # of so few it misses none
    for exact in ([*words, "--exact"], words[:99], [*words, "--within", "w1", "w2"], [*words, "--restrict-vocab", 50]):
        assert densevec("neighbors", path, *exact, "--json").json["recall"] == 1
    heading = densevec("neighbors", path, *words).out.splitlines()[0]
    assert heading == "w0  cosine, recall 0.500 (--exact reads all words)"


def test_entails(densevec, density_file, vectors):
    result = densevec("entails", density_file, "kakapo", "bird", "--json")
    assert result.json == {
        "narrow": "kakapo",
        "broad": "bird",
        "entails": True,
        "probability": vectors.entailment_probability("kakapo", "bird"),
        "reverse_probability": vectors.entailment_probability("bird", "kakapo"),
        "prior": 0.5,
        "stated": {"count": 0.0, "sentence": None},
        "entailment": vectors.entailment("kakapo", "bird"),
        "reverse": vectors.entailment("bird", "kakapo"),
        "kl_divergence": vectors.kl_divergence("kakapo", "bird"),
        "bound": 9.0,
    }
    assert "kakapo entails bird: yes" in densevec("entails", density_file, "kakapo", "bird").out
    assert "bird entails kakapo: no" in densevec("entails", density_file, "bird", "kakapo").out


def test_entails_needs_densities(densevec, point_file):
    result = densevec("entails", point_file, "kakapo", "bird")
    assert result.status == 1
    assert "no word densities" in result.err


def test_analogy(densevec, density_file, vectors):
    result = densevec("analogy", density_file, "kakapo", "bird", "plum", "--topn", 2, "--json")
    expected = vectors.most_similar(positive=["bird", "plum"], negative=["kakapo"], topn=2)
    assert [(answer["word"], answer["score"]) for answer in result.json["answers"]] == expected
    assert "kakapo is to bird as plum is to" in densevec("analogy", density_file, "kakapo", "bird", "plum").out


def test_info(densevec, density_file, point_file):
    report = densevec("info", density_file, "--words", 2, "--json").json
    assert (report["class"], report["words"], report["dim"]) == ("DensityVectors", 6, 3)
    assert report["covariance"] == "spherical"
    assert report["counted_tokens"] == 287
    assert report["parameters"] == {"dim": 3, "lowercase": True}
    assert {entry["word"] for entry in report["broadest"]} == {"bird", "fruit"}
    assert {entry["word"] for entry in report["narrowest"]} == {"kakapo", "plum"}
    text = densevec("info", density_file).out
    assert "6 words, dim 3, spherical densities" in text
    points = densevec("info", point_file, "--json").json
    assert points["covariance"] is None
    assert "broadest" not in points


def test_info_counts_the_tokens_of_the_text(densevec, tmp_path):
    """Whatever the words of a model were given since."""
    model = DensityWord2Vec(Aviary(500), dim=4, epochs=1).train(progress=False)
    num_tokens = int(model.vectors.counts.sum())
    model.vectors.set_vecattr(0, "count", 10**6)
    model.save(tmp_path / "model")
    assert densevec("info", tmp_path / "model", "--json").json["counted_tokens"] == num_tokens


def test_info_counts_tokens_beyond_64_bits(densevec, tmp_path):
    vectors = KeyedVectors(["kiwi", "plum", "kea"], np.eye(3), [2**62] * 3)
    for name in ("words.safetensors", "words.npz"):
        vectors.to_file(tmp_path / name)
        assert densevec("info", tmp_path / name, "--json").json["counted_tokens"] == 3 * 2**62
        assert "13,835,058,055,282,163,712" in densevec("info", tmp_path / name).out


def test_info_names_the_storage(densevec, vectors, tmp_path):
    vectors.stored_as("bfloat16").save(tmp_path / "half.safetensors")
    tensors = densevec("info", tmp_path / "half.safetensors", "--json").json["tensors"]
    assert (tensors["mean"]["dtype"], tensors["variance"]["dtype"]) == ("bfloat16", "float32")
    assert "bfloat16" in densevec("info", tmp_path / "half.safetensors").out
    assert densevec("verify", tmp_path / "half.safetensors").status == 0


def test_verify(densevec, density_file, tmp_path):
    report = densevec("verify", density_file, "--json").json
    assert (report["valid"], report["words"]) == (True, 6)
    assert "sound" in densevec("verify", density_file).out
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(density_file.read_bytes()[:-1] + b"\xff")
    result = densevec("verify", damaged)
    assert result.status == 1
    assert str(damaged) in result.err


def test_files_at_urls_are_told_of_without_a_size(densevec, density_file, tmp_path):
    (tmp_path / "text.txt").write_text("new york is far\n" * 9)
    assert densevec("phrases", tmp_path / "text.txt", "-o", f"{tmp_path.as_uri()}/phrases").status == 0
    assert densevec("convert", density_file, f"{tmp_path.as_uri()}/a.npy").status == 0
    for path, part in (
        (density_file, "6 words, dim 3, spherical densities\n"),
        (tmp_path / "phrases", "0 words\n"),
        (tmp_path / "a.npy", "6 words, dim 3\n"),
    ):
        assert part in densevec("info", path.as_uri()).out
        assert densevec("info", path.as_uri(), "--json").json["bytes"] is None
        assert densevec("info", path, "--json").json["bytes"] == path.stat().st_size
    assert "6 words, 3 tensors, every digest" in densevec("verify", density_file.as_uri()).out


def test_posterior(densevec, stand_in, tmp_path):
    path = tmp_path / "model.safetensors"
    model = stand_in([["the", "kiwi", "laid", "an", "egg"]], dim=4)
    model.train()
    model.save(path)
    result = densevec("posterior", path, "the kiwi laid an egg", "1", "--topn", 3, "--json")
    report = result.json
    assert (report["tokens"], report["position"], report["word"]) == (["the", "kiwi", "laid", "an", "egg"], 1, "kiwi")
    assert len(report["neighbors"]) == 3
    assert "kiwi" not in {entry["word"] for entry in report["neighbors"]}
    assert len(report["mean"]) == 4
    assert report["entropy"] < report["prior_entropy"]
    assert densevec("posterior", path, "the kiwi laid an egg", "kiwi", "--topn", 3, "--json").json == report
    text = densevec("posterior", path, "the kiwi laid an egg", "1").out
    assert "in this sentence" in text
    assert "by itself" in text
    assert "narrows the word by" in text


def test_posterior_of_a_word_that_n_grams_compose(densevec, tmp_path):
    path = tmp_path / "model.safetensors"
    model = BayesianSkipGram(Aviary(300), dim=8, epochs=1, min_count=1, subwords=(3, 6), buckets=500).train()
    model.save(path)
    report = densevec("posterior", path, "the kiwiish bird laid an egg", "kiwiish", "--json").json
    assert report["prior_entropy"] == model.vectors.entropy("kiwiish")
    density = model.posterior(["the", "kiwiish", "bird", "laid", "an", "egg"], 1)
    assert report["kl_to_prior"] == pytest.approx(model.vectors.kl_divergence(density, "kiwiish"))
    alone = model.vectors.most_similar("kiwiish", measure="kl_from_query")
    assert report["neighbors_without_context"] == pairs_as_json(alone)
    assert "by itself" in densevec("posterior", path, "the kiwiish bird laid an egg", "kiwiish").out


def test_posterior_of_a_model_without_one(densevec, tmp_path):
    from densevec import SkipGram
    from densevec.plotting import read_words

    model = SkipGram([["the", "kiwi", "laid", "an", "egg"]] * 20, dim=4, epochs=1, min_count=1).train()
    model.save(tmp_path / "model.safetensors")
    refused = densevec("posterior", tmp_path / "model.safetensors", "the kiwi", "kiwi")
    assert (refused.status, "must hold a BayesianSkipGram or an EmbedAlign" in refused.err) == (2, True)
    with pytest.raises(ParameterTypeError, match="which read words in their sentences, got SkipGram"):
        read_words(model, [(["the", "kiwi"], 1)])


@pytest.mark.parametrize(
    ("position", "message"),
    [("9", "from 0 to 4"), ("-1", "from 0 to 4"), ("moa", "is not in the sentence"), ("the", "2 times")],
)
def test_posterior_of_a_wrong_position(densevec, stand_in, tmp_path, position, message):
    path = tmp_path / "model.safetensors"
    model = stand_in([["the", "kiwi", "laid", "egg"]], dim=4).train()
    model.save(path)
    result = densevec("posterior", path, "the kiwi laid the egg", position)
    assert result.status == 2
    assert message in result.err


def test_a_position_by_its_word_is_spelled_as_the_model_reads_it():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    model = SimpleNamespace(normalize="NFC")
    for word in (composed, decomposed, decomposed.title()):
        assert find_place(model, f"the {decomposed} closed", word) == (["the", composed, "closed"], 1)


def test_a_position_by_its_word_is_the_word_in_lower_case_only_where_it_is_not_there_as_given():
    sentence = "In May the king may go"
    for word, place in (("May", 1), ("may", 4), ("King", 3)):
        assert find_place(SimpleNamespace(), sentence, word)[1] == place
    with pytest.raises(ParameterError, match="'May' is in the sentence 2 times"):
        find_place(SimpleNamespace(lowercase=True), sentence, "May")


def test_a_number_that_is_no_place_may_be_a_word():
    model = SimpleNamespace()
    assert find_place(model, "elected in 1920 with 2 votes", "1920")[1] == 2
    assert find_place(model, "elected in 1920 with 1 vote", "1")[1] == 1  # which is a place
    with pytest.raises(ParameterError, match="'1920' is in the sentence 2 times"):
        find_place(model, "1920 or 1920", "1920")


def test_posterior_needs_a_model(densevec, density_file):
    result = densevec("posterior", density_file, "the kiwi", "1")
    assert result.status == 1
    assert "needs a trained model's file" in result.err
    assert issubclass(FormatError, ValueError)


@pytest.mark.parametrize(
    "command",
    [
        ["posterior", "the kiwi is a bird", "kiwi"],
        ["complete", "the _____ is a bird", "--choices", "kiwi", "plum"],
        ["neighbors", "kiwi"],
        ["entails", "kakapo", "bird"],
        ["hypernyms", "kakapo", "bird"],
        ["taxonomy", "kakapo", "bird"],
        ["analogy", "kiwi", "bird", "plum"],
        ["info"],
        ["evaluate", "--similarity", "pairs.txt"],
        ["plot", "--words", "kiwi", "bird", "plum", "-o", "map.svg"],
        ["plot", "--sentence", "the kiwi is a bird", "--position", "kiwi", "--top", "3", "-o", "map.svg"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_opens_its_file_once(densevec, stand_in, tmp_path, monkeypatch, command):
    if command[0] == "plot":
        pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")
    model_file, opened = tmp_path / "model.safetensors", []
    words = ["the", "kiwi", "is", "a", "bird", "plum", "kakapo"]
    stand_in([words], dim=4).train().save(model_file)
    (tmp_path / "pairs.txt").write_text("kiwi bird 3\nplum kiwi 1\nbird plum 2\n")
    parse = native.parse_header
    monkeypatch.setattr(native, "parse_header", lambda *parts: opened.append(parts[-1]) or parse(*parts))
    monkeypatch.chdir(tmp_path)
    assert densevec(command[0], model_file, *command[1:]).status == 0
    assert opened == [str(model_file)]


def test_substitutes_of_a_word_in_its_sentence(densevec, density_file, tmp_path):
    from densevec import NGram, SkipGram

    path, sentences = tmp_path / "model.safetensors", [["the", "kiwi", "laid", "an", "egg"], ["a", "kea", "sat"]] * 20
    SkipGram(sentences, dim=4, epochs=1, min_count=1).train().save(path)
    asked = ("substitutes", path, "the kiwi laid an egg", "kiwi", "--candidates", "kea", "egg", "--topn", "1")
    found = densevec(*asked, "--json").json
    assert (found["word"], found["position"], len(found["substitutes"])) == ("kiwi", 1, 1)
    assert found["substitutes"][0]["word"] in ("kea", "egg")
    assert "they compare these words" in densevec(*asked).out
    refused = densevec("substitutes", density_file, "the kiwi", "kiwi")
    assert refused.status == 1
    assert "needs a trained model's file" in refused.err
    ngram = tmp_path / "ngram.safetensors"
    NGram(sentences, order=2, min_count=1).train().save(ngram)
    best = densevec("substitutes", ngram, "the kiwi laid an egg", "1", "--candidates", "sat", "kiwi", "--json").json
    assert best["substitutes"][0]["word"] == "kiwi"


def test_what_has_no_words_says_so(densevec, tmp_path):
    """Floret's text: the rows of n-grams alone, of which any word is composed and none is a neighbour."""
    rows = "\n".join(f"{row} {row}.5 1 -2" for row in range(4))
    (tmp_path / "few.floret").write_text(f"4 3 2 4 1 7 < >\n{rows}\n")
    for question in (("neighbors", "kiwi"), ("analogy", "kiwi", "egg", "moa")):
        result = densevec(question[0], tmp_path / "few.floret", *question[1:])
        assert (result.status, result.out) == (2, "")
        assert "must have words to look among" in result.err


def test_words_that_are_not_utf_8_can_be_read_by_what_the_error_says(densevec, tmp_path):
    given, new = tmp_path / "latin.vec", tmp_path / "new.txt"
    given.write_bytes("3 2\nkiwi 1 2\ncafé 2 1\negg 1 1\n".encode("latin-1"))
    result = densevec("neighbors", given, "kiwi")
    assert (result.status, result.out) == (1, "") or result.status == 2
    assert result.status == 1
    assert "(densevec convert --errors replace)" in result.err
    assert densevec("convert", given, new, "--errors", "replace").status == 0
    assert densevec("neighbors", new, "kiwi", "--topn", 1).out.split()[2] == "egg"
