"""A text that says what is a kind of what: learned, kept with the vectors, and asked."""

import sys
from dataclasses import replace
from importlib import resources
from itertools import product

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from densevec import Aviary, BayesianSkipGram, DensityVectors, DensityWord2Vec, KeyedVectors
from densevec._random import generator
from densevec.cli.reasons import reason_for
from densevec.corpus import Phrases, TextCorpus, Vocabulary, encode_corpus
from densevec.corpus.specificity import _most_places, specificity
from densevec.errors import FileError, ParameterError
from densevec.evidence import gathering
from densevec.evidence.network import NUM_FEATURES
from densevec.models import gradient_model, growing
from densevec.models.inference_fit import _DECAY, _Adam, _platt, cross_entropy_gradients
from densevec.vectors._attributes import SPECIFICITY
from densevec.vectors.entailments import EvidenceSummary
from densevec.vectors.inference import locate, most_told

NUM_KINDS, NUM_SPECIES = 25, 40


def sentences(number, seed=1):
    """'the k3s7 is a k3', 'k3 such as k3s1 and k3s2', and sentences in which a kind's words stand with its contexts."""
    random = generator(seed, "kinds")
    for _ in range(number):
        kind = f"kind{chr(97 + random.integers(NUM_KINDS))}"
        one, other = (
            f"{kind}{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in random.choice(NUM_SPECIES, 2, replace=False)
        )
        contexts = [f"near{kind}{chr(97 + i)}" for i in random.choice(8, 3, replace=False)]
        way = random.random()
        if way < 0.1:
            yield ["the", one, "is", "a", kind]
        elif way < 0.15:
            yield ["a", kind, "such", "as", "the", one, "and", "the", other]
        elif way < 0.4:
            yield ["the", kind, "of", *contexts]
        else:
            yield ["the", one, "of", *contexts]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("evidence") / "text.txt"
    path.write_text("\n".join(" ".join(sentence) for sentence in sentences(20_000)) + "\n")
    return BayesianSkipGram(str(path), dim=16, epochs=2).train()


def test_species_entail_their_kinds(model) -> None:
    vectors = model.vectors
    species = [word for word in vectors if len(word) == 7 and word.startswith("kind")]
    assert len(species) == NUM_KINDS * NUM_SPECIES
    kinds = [word[:5] for word in species]
    others = [f"kind{chr(97 + (ord(kind[4]) - 96) % NUM_KINDS)}" for kind in kinds]
    assert (vectors.entailment_probability_batch(species, kinds) >= 0.5).mean() > 0.95
    assert (vectors.entailment_probability_batch(kinds, species) < 0.5).mean() > 0.95
    assert (vectors.entailment_probability_batch(species, others) < 0.5).mean() > 0.95
    assert (
        np.mean([vectors.hypernyms(word, 1)[0][0] == kind for word, kind in zip(species[:100], kinds, strict=False)])
        > 0.95
    )
    assert vectors._state.inference.calibration_error < 0.1


def test_a_text_is_of_files_whoever_makes_sentences_of_them(tmp_path, monkeypatch) -> None:
    """Of which files of models keep the sentences that say what is a kind of what."""
    path, told = tmp_path / "text.txt", []
    path.write_text("the kiwi is a bird\n" * 9)
    for module in (gradient_model, growing):
        monkeypatch.setattr(module, "learn_inference", lambda *_, is_of_files, **__: told.append(is_of_files))
    phrases = Phrases([["far", "away"]] * 9, min_count=1).train()
    lists = [["the", "kiwi", "is", "a", "bird"]] * 9
    for corpus in (path, phrases[[path]], TextCorpus(phrases[[path]]), lists, phrases[lists]):
        model = DensityWord2Vec(corpus, dim=4, epochs=1, min_count=1, sample=0, workers=1).train()
        model.update(corpus)
        is_path = model.trained_on["kind"] == "1 path" and str(path) in str(model._described()["corpus"])
        assert is_path == told[-1] == told[-2]
    assert told == [True] * 6 + [False] * 4


def test_an_update_adds_what_its_text_says(model, tmp_path) -> None:
    model.save(tmp_path / "model")
    grown = BayesianSkipGram.load(tmp_path / "model")
    new = [["the", "kindazz", "is", "a", "kinda"], ["the", "kindazz", "of", "nearkindaa", "nearkindab"]]
    grown.update([*new * 6, *sentences(300, seed=2)], epochs=1)
    before, after = model.vectors, grown.vectors
    species = [word for word in before if len(word) == 7 and word.startswith("kind")]
    counts = [[vectors.stated(word, word[:5]).count for word in species] for vectors in (before, after)]
    assert all(now >= earlier for earlier, now in zip(*counts, strict=True))
    assert sum(counts[1]) > sum(counts[0])
    assert after.stated("kindazz", "kinda").count >= 6
    assert after.entailment_probability("kindazz", "kinda") > 0.5
    kinds = [word[:5] for word in species]
    assert (after.entailment_probability_batch(species, kinds) >= 0.5).mean() > 0.9


def test_an_update_reads_of_frequent_words_what_a_text_by_itself_says(model, tmp_path) -> None:
    """Whether a word is a noun is asked of its places in the new text, not of those in both."""
    model.save(tmp_path / "model")
    grown = BayesianSkipGram.load(tmp_path / "model")
    assert grown.vectors.get_vecattr("kindb", "count") > 200
    grown.update([["the", "kindbzz", "is", "a", "kindb"]] * 2, epochs=1, min_count=2)
    assert grown.vectors.stated("kindbzz", "kindb").count == 2


def test_an_update_keeps_what_was_said_by_a_plural(monkeypatch) -> None:
    """Also where its vector is far from its singular's by then."""
    text = [["the", "kiwis", "are", "the", "birds"], ["the", "kiwi", "of", "the", "bird"]] * 9
    model = DensityWord2Vec(text, dim=4, epochs=1, min_count=1, sample=0)
    monkeypatch.setattr(gathering, "_LEAST_COSINE", -1.0)
    before = model.train().vectors
    monkeypatch.setattr(gathering, "_LEAST_COSINE", 1.1)
    after = model.update([["the", "kiwi", "is", "a", "bird"]] * 9).vectors
    counts = [[v.stated(*p).count for p in product(("kiwi", "kiwis"), ("bird", "birds"))] for v in (before, after)]
    assert counts == [[4.5] * 4, [13.5] * 4]


WORDLISTS = [[f"kind{chr(97 + n % NUM_KINDS)}" for n in range(start, start + 10)] for start in range(3_000)]
FRENCH = [["le", f"kind{chr(97 + n % 20)}aa", "est", "un", "kindz", "de", "la", "zorgle"] for n in range(3_000)]


@pytest.mark.parametrize(("text", "said"), [(WORDLISTS, "in no language that is known"), (FRENCH, "in French")])
@pytest.mark.parametrize("is_old", [False, True])
def test_a_text_of_another_language_leaves_what_is_known(model, text, said, is_old, tmp_path, caplog) -> None:
    model.save(tmp_path / "model")
    grown = BayesianSkipGram.load(tmp_path / "model")
    before = grown.vectors.evidence()
    if is_old:  # files from before 2026-12 do not name the language
        inference = grown.vectors._state.inference
        old = replace(inference, evidence=replace(inference.evidence, language=None))
        grown.vectors._state = grown.vectors._state.changed(inference=old)
    with caplog.at_level("INFO", logger="densevec.models.inference"):
        grown.update(text, epochs=1, min_count=1)
    assert f"is said in English, and the text {said}: nothing is added" in caplog.text
    grown.save(tmp_path / "grown")
    vectors = BayesianSkipGram.load(tmp_path / "grown").vectors
    after = vectors.evidence()
    assert (after.num_pairs, after.num_statements) == (before.num_pairs, pytest.approx(before.num_statements))
    assert after.calibration_error is not None
    assert vectors.entailment_probability("kindbab", "kindb") > 0.5
    assert vectors.stated("kindbab", "kindb") == model.vectors.stated("kindbab", "kindb")
    grown.update([["the", "kindazz", "is", "a", "kinda"]] * 20, epochs=1)  # in the language that it was at first
    assert grown.vectors.stated("kindazz", "kinda").count == 20


def test_the_evidence_of_an_update_is_read_as_the_model_says_now(model, tmp_path, monkeypatch) -> None:
    patterns = tmp_path / "own.toml"
    patterns.write_text((resources.files("densevec.evidence.languages") / "en.toml").read_text(encoding="utf-8"))
    model.save(tmp_path / "model")
    grown = BayesianSkipGram.load(tmp_path / "model").set_params(evidence=str(patterns), example_sentences=3)
    grown.save(tmp_path / "own")
    grown = BayesianSkipGram.load(tmp_path / "own")
    patterns.unlink()
    text = [["the", "kindazz", "is", "a", "kinda"]] * 6
    with monkeypatch.context() as patch:
        patch.setattr(growing, "grow_vocabulary", lambda *_, **__: pytest.fail("it was counted"))
        with pytest.raises(
            FileError, match=r"own\.toml: cannot read the file of patterns .*; set evidence to where it"
        ):
            grown.update(text)
    grown.set_params(evidence="en").update(text, epochs=1)
    assert grown.vectors.stated("kindazz", "kinda").count == 6
    assert len(grown.vectors._state.statements.examples) == 3
    before = grown.vectors.evidence()
    grown.set_params(evidence=None).update([["the", "kindazy", "is", "a", "kinda"]] * 6, epochs=1)
    assert grown.vectors.evidence() == replace(before, calibration_error=None)
    assert grown.vectors.get_vecattr("kindazy", SPECIFICITY) == 0 != grown.vectors.get_vecattr("kindazz", SPECIFICITY)
    grown.set_params(evidence="auto").update([["the", "kindazy", "is", "a", "kinda"]] * 6, epochs=1)
    assert grown.vectors.evidence().num_pairs == before.num_pairs + 1
    assert grown.vectors.evidence().calibration_error is not None


def test_what_an_update_does_not_read_counts_for_nothing(model, tmp_path) -> None:
    """The specificity of a word of which only the last of three texts tells is what that tells."""
    model.save(tmp_path / "model")
    new = [["the", "kindazy", "of", "nearkindaa", "nearkindab"]] * 20
    found = []
    for times in (0, 1):
        grown = BayesianSkipGram.load(tmp_path / "model").set_params(evidence=None)
        for _ in range(times):
            grown.update(new, epochs=1)
        grown.set_params(evidence="en").update(new, epochs=1)
        found.append(grown.vectors.get_vecattr("kindazy", SPECIFICITY))
    assert found[1] == pytest.approx(found[0], rel=1e-6)


def test_so_many_sentences_are_kept_after_updates_too(tmp_path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(sentence) for sentence in sentences(8_000)) + "\n")
    model = DensityWord2Vec(path, dim=8, epochs=1, workers=1, example_sentences=5).train()
    path.write_text("\n".join(" ".join(sentence) for sentence in sentences(8_000, seed=2)) + "\n")
    for text in (path, list(sentences(2_000, seed=3))):
        model.update(text)
        evidence = model.vectors._state.statements
        assert len(evidence.examples) == 5
        kept = evidence.count(*np.array(list(evidence.examples)).T)
        assert kept.min() > np.median(evidence.weight)


@pytest.mark.parametrize("kind", [BayesianSkipGram, DensityWord2Vec])
def test_an_update_tells_of_a_word_what_both_texts_do(kind) -> None:
    """Their mean, weighted by the tokens: near what both halves of a text tell together."""
    halves = list(Aviary(2_000)), list(Aviary(2_000, seed=2))
    grown = kind(halves[0], dim=4, epochs=1, min_count=1).train()
    before = grown.vectors
    vectors = grown.update(halves[1], epochs=1).vectors
    words, counts = vectors.index_to_key, vectors.counts
    earlier, known, found = (
        np.array([each.get_vecattr(word, name) if word in each else 0 for word in words])
        for each, name in ((before, "count"), (before, SPECIFICITY), (vectors, SPECIFICITY))
    )
    vocabulary = Vocabulary(words, counts)
    told = specificity(encode_corpus(halves[1], vocabulary), counts - earlier)
    np.testing.assert_allclose(found, ((counts - earlier) * told + earlier * known) / counts, atol=1e-6)
    assert (told[counts == earlier] == 0).all()
    together = specificity(encode_corpus([*halves[0], *halves[1]], vocabulary), counts)
    assert np.corrcoef(found, together)[0, 1] > 0.9


def test_phrases_hide_no_function_words(tmp_path) -> None:
    text = list(sentences(10_000))
    phrases = Phrases(text, threshold=1).train()
    options = {"dim": 4, "epochs": 1, "min_count": 1, "example_sentences": 9}
    plain, joined = (BayesianSkipGram(text, phrases=each, **options).train() for each in (None, phrases))
    assert "such_as" in joined.vectors
    assert joined.vectors.evidence().num_statements == plain.vectors.evidence().num_statements
    assert joined.vectors.stated("kindaaa", "kinda") == plain.vectors.stated("kindaaa", "kinda")
    new = [["a", "kindzz", "such", "as", "the", "kindzza", "and", "the", "kindzzb"]] * 4
    joined.update(new, epochs=1)
    assert joined.vectors.stated("kindzza", "kindzz").count == 4
    brought = BayesianSkipGram(TextCorpus(text, phrases=phrases), **options).train()
    assert brought.vectors.evidence().num_statements == plain.vectors.evidence().num_statements


def test_the_text_is_quoted(model) -> None:
    vectors = model.vectors
    counts = {word: vectors.stated(word, word[:5]) for word in vectors if len(word) == 7 and word.startswith("kind")}
    assert sum(said.count > 0 for said in counts.values()) > 900
    quoted = [(word, said.sentence) for word, said in counts.items() if said.sentence]
    assert quoted
    assert all(word in sentence.split() and word[:5] in sentence.split() for word, sentence in quoted)
    assert vectors.stated("kinda", "kindb").count == 0


def test_kinds_are_more_general_than_their_species(model) -> None:
    vectors = model.vectors
    species = [word for word in vectors if len(word) == 7 and word.startswith("kind")]
    assert np.mean([vectors.generality(word[:5]) > vectors.generality(word) for word in species]) > 0.95
    shares = sorted(vectors.generality(word) for word in vectors)
    assert shares[0] < 2 / len(vectors)
    assert shares[-1] > 1 - 2 / len(vectors)


def test_few_places_of_words_that_are_very_frequent_are_looked_at() -> None:
    assert _most_places(np.full(4, 2**62)) == _most_places(np.full(4, 10**7)) == 500
    assert _most_places(np.array([10, 1000, 2000])) == 2000


def test_words_are_told_of_in_the_order_of_the_evidence(model) -> None:
    vectors = model.vectors
    assert sorted(most_told(vectors, 7).tolist()) == list(range(7))
    rows = most_told(vectors, len(vectors))
    assert sorted(rows.tolist()) == list(range(len(vectors)))
    state = vectors._state
    located, evidence = locate(state, state.inference.evidence), state.inference.evidence
    told = [evidence.of_narrow[located.folded[row]] if located.folded[row] >= 0 else -1 for row in rows.tolist()]
    assert told == sorted(told, reverse=True)
    assert told[0] > 0


def test_evidence_can_be_asked_for(model) -> None:
    told = model.vectors.evidence()
    assert told.num_pairs >= NUM_KINDS * NUM_SPECIES * 0.9
    assert told.num_statements >= told.num_pairs
    assert told.calibration_error == model.vectors._state.inference.calibration_error


def test_function_words_are_no_kind_of_anything(model) -> None:
    kinds = [f"kind{chr(97 + i)}" for i in range(NUM_KINDS)]
    vectors = model.vectors
    species = "kindaaa"
    for word in ("of", "the"):
        assert (vectors.entailment_probability_batch([word] * NUM_KINDS, kinds) < 1e-3).all()
        assert vectors.entailment_probability(word, "kinda") < 1e-3
        assert (
            vectors.entailment_probability((["the", species, "of", "nearkindaa"], 0 if word == "the" else 2), "kinda")
            < 1e-3
        )
        assert vectors.hypernyms(word) == []
        assert word not in dict(vectors.hyponyms("kinda", topn=None))
    chosen = vectors.select(["of", species, "kinda", "kindb"])
    assert chosen.entailment_probability("of", "kinda") < 1e-3
    assert chosen.entails(species, "kinda")


def assert_rows_answer_as(made, rows, vectors, items):
    """As the narrow ones and as the broad ones, one by one, many at once, and searched."""
    words = [word for word in vectors.index_to_key if len(word) in (5, 7)][::5]
    for row, item in zip(rows, items, strict=True):
        many = [row] * len(words)
        for one, expected, batch in (
            ((row, words[0]), [vectors.entailment_probability(item, word) for word in words], (many, words)),
            ((words[0], row), [vectors.entailment_probability(word, item) for word in words], (words, many)),
        ):
            assert made.entailment_probability(*one) == pytest.approx(expected[0], rel=1e-6)
            assert made.entailment_probability_batch(*batch) == pytest.approx(expected, rel=1e-6, abs=1e-9)
        assert max(expected) > 0.5  # of some word it is a broader one
        for name in ("hypernyms", "hyponyms"):
            found = [pair for pair in getattr(made, name)(row, None) if pair[0] not in rows]
            assert dict(found) == pytest.approx(dict(getattr(vectors, name)(item, None)), rel=1e-6)
        for word in (words[int(np.argmax(expected))], words[int(np.argmin(expected))]):
            assert (row in dict(made.hypernyms(word, None))) == vectors.entails(word, item)


def test_a_word_that_was_added_answers_as_its_density_does(model) -> None:
    """The text was never asked about it: that it has it as no broader word is no evidence."""
    vectors = model.vectors
    made = vectors.select(vectors.index_to_key)
    added = {"xkinda": vectors.density("kinda"), "xkindbba": vectors.density("kindbba")}
    made.add_vectors(list(added), list(added.values()))
    assert_rows_answer_as(made, list(added), vectors, list(added.values()))
    pair = made.entailment_probability("xkindbba", "xkinda")
    assert pair == pytest.approx(vectors.entailment_probability(added["xkindbba"], added["xkinda"]), rel=1e-6)


def test_a_word_made_of_n_grams_answers_the_same_with_a_row() -> None:
    settings = {"subwords": (3, 5), "buckets": 5_000}
    vectors = DensityWord2Vec(list(sentences(5_000)), dim=8, epochs=1, min_count=1, **settings).train().vectors
    assert vectors.evidence().calibration_error is not None
    new = ["kindaq", "nearkindbq"]
    made = vectors.vectors_for_all([*new, *vectors.index_to_key])
    assert_rows_answer_as(made, new, vectors, new)
    for each in (vectors, made):  # nor do words near the narrow one say it
        assert [reason_for(each, "kindaaa", word).is_learned for word in (*new, "kinda")] == [False, False, True]


def test_answers_survive_files_and_selections(model, tmp_path) -> None:
    vectors = model.vectors
    words = ["kindaaa", "kindaba", "kindbaa"]
    expected = [vectors.entailment_probability(word, word[:5]) for word in words]
    model.save(tmp_path / "model.safetensors")
    loaded = BayesianSkipGram.load(tmp_path / "model.safetensors").vectors
    assert [loaded.entailment_probability(word, word[:5]) for word in words] == pytest.approx(expected, rel=1e-9)
    assert loaded.stated(words[0], "kinda") == vectors.stated(words[0], "kinda")
    some = loaded.select([*words, "kinda", "kindb"])
    some.save(tmp_path / "some.safetensors")
    again = DensityVectors.load(tmp_path / "some.safetensors")
    for word in words:
        assert again.stated(word, word[:5]) == vectors.stated(word, word[:5])
        assert again.entailment_probability(word, word[:5]) > 0.5
    assert b"kindcaa" not in (tmp_path / "some.safetensors").read_bytes()


def test_a_turned_space_keeps_what_was_learned(model) -> None:
    vectors = model.vectors
    turned = vectors.aligned_to(KeyedVectors(list(vectors), np.roll(vectors.vectors, 3, axis=1)))
    words = ["kindaaa", "kindaba", "kindbaa"]
    for word in words:
        expected = vectors.entailment_probability(word, word[:5])
        assert turned.entailment_probability(word, word[:5]) == pytest.approx(expected, rel=1e-3)
    assert turned.hypernyms(words[0], 1)[0][0] == "kinda"


@pytest.mark.parametrize("way", ["whitened", "reduced", "concatenate"])
def test_in_another_space_the_text_says_what_it_said_and_decides_nothing(model, way, tmp_path) -> None:
    vectors = model.vectors
    other = {
        "whitened": vectors.whitened,
        "reduced": lambda: vectors.reduced(8),
        "concatenate": lambda: DensityVectors.concatenate([vectors, vectors]),
    }[way]()
    assert vectors.stated("kindaaa", "kinda").count > 0
    other.select(["kindaaa", "kinda", "kindb"]).save(tmp_path / "some.safetensors")
    for each in (other, DensityVectors.load(tmp_path / "some.safetensors")):
        assert each.stated("kindaaa", "kinda") == vectors.stated("kindaaa", "kinda")
        assert each.stated("kindaaa", "kindb").count == 0
        assert each.get_vecattr("kinda", "specificity") == vectors.get_vecattr("kinda", "specificity")
        assert each._state.inference is None


FEW = [["the", f"zorg{chr(97 + n)}", "is", "a", "bird"] for n in range(20)] * 2


@pytest.mark.parametrize("language", ["auto", "en"])
def test_what_a_short_text_says_is_kept_and_decides_nothing(language, tmp_path, caplog) -> None:
    with caplog.at_level("INFO", logger="densevec.models.inference"):
        model = DensityWord2Vec(FEW, dim=8, epochs=1, min_count=1, sample=0, evidence=language).train()
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "English: 20 pairs of words are stated, and entailment is learned from 400 or more" in caplog.text
    model.save(tmp_path / "model")
    for vectors in (model.vectors, DensityWord2Vec.load(tmp_path / "model").vectors):
        assert vectors.evidence() == EvidenceSummary(20, 40.0, None)
        assert vectors.stated("zorga", "bird").count == 2
        assert vectors._state.closeness is not None  # by which the densities decide


@pytest.mark.parametrize(
    ("text", "said"), [(FEW, "in English"), (WORDLISTS[:300], "in no language that is known")], ids=["English", "lists"]
)
def test_a_language_that_the_text_is_not_in_is_warned_of(text, said, caplog) -> None:
    DensityWord2Vec(text, dim=8, epochs=1, min_count=1, sample=0, evidence="de").train()
    assert "0 pairs of words are stated" in caplog.text
    assert f"the text is {said}: set evidence='auto', not 'de'" in caplog.text


def test_what_short_texts_say_adds_up_until_there_is_enough_to_learn_from() -> None:
    model = DensityWord2Vec(FEW, dim=8, epochs=1, min_count=1, sample=0).train()
    model.update([["the", "takahe", "is", "a", "bird"], ["the", "bird", "is", "here"]] * 5)
    assert model.vectors.evidence() == EvidenceSummary(21, 45.0, None)
    model.update(list(sentences(5_000)))
    assert model.vectors.stated("zorga", "bird").count == 2
    assert model.vectors._state.inference is not None


def test_a_text_that_says_nothing_has_no_evidence() -> None:
    text = [["the", "bird", "of", "the", "sea"]] * 9
    model = DensityWord2Vec(text, dim=8, epochs=1, min_count=1, sample=0).train()
    assert model.vectors.evidence() is None


def test_without_evidence_the_densities_decide(tmp_path) -> None:
    vectors = BayesianSkipGram(list(sentences(2_000)), dim=8, epochs=1, min_count=1, evidence=None).train().vectors
    assert vectors._state.inference is None
    assert not vectors._state.attributes


def test_a_list_in_memory_is_not_quoted() -> None:
    vectors = BayesianSkipGram(list(sentences(20_000)), dim=8, epochs=1).train().vectors
    assert vectors._state.inference.evidence.examples == {}


def test_a_language_that_is_none_is_refused_before_training(monkeypatch) -> None:
    monkeypatch.setattr(BayesianSkipGram, "count", lambda self, text: pytest.fail("it was counted"))
    with pytest.raises(ParameterError, match="one of en, de, fr or a file"):
        BayesianSkipGram([["a", "b"]], evidence="klingon").train()


def test_evidence_is_learnt_where_torch_is_absent(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    vectors = DensityWord2Vec(list(sentences(5_000)), dim=8, epochs=1, min_count=1).train().vectors
    assert vectors._state.inference is not None


def test_gradients_of_the_network_are_those_of_automatic_differentiation() -> None:
    random = np.random.default_rng(1)
    layers = [
        random.normal(size=shape) for shape in ((5, 3), (3,), (5, 3), (3,), (NUM_FEATURES + 3, 4), (4,), (4,), ())
    ]
    inputs, narrow, broad = (random.normal(size=(20, size)) for size in (NUM_FEATURES, 5, 5))
    label, weight = (random.random(20) < 0.5).astype(float), random.random(20)
    tensors = [torch.tensor(layer, requires_grad=True) for layer in layers]
    left, left_bias, right, right_bias, weight1, bias1, weight2, bias2 = tensors
    products = (torch.tensor(narrow) @ left + left_bias) * (torch.tensor(broad) @ right + right_bias)
    hidden = torch.relu(torch.cat([torch.tensor(inputs), products], dim=1) @ weight1 + bias1)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        hidden @ weight2 + bias2, torch.tensor(label), torch.tensor(weight)
    )
    loss.backward()
    gradients = cross_entropy_gradients(layers, inputs, (narrow, broad), label, weight)
    for tensor, gradient in zip(tensors, gradients, strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-5, atol=1e-8)


def test_steps_of_the_network_are_those_of_torchs_adam_with_decay() -> None:
    ours = [np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4), np.asarray(0.5, np.float32)]
    theirs = [torch.nn.Parameter(torch.tensor(layer)) for layer in ours]
    adam, reference = _Adam(ours), torch.optim.AdamW(theirs, weight_decay=_DECAY)
    for step in range(20):
        reference.param_groups[0]["lr"] = rate = 0.5 * (1 - step / 20)
        gradients = [np.asarray(layer**3 + np.sin(layer * (step - 7)), np.float32) for layer in ours]
        for parameter, gradient in zip(theirs, gradients, strict=True):
            parameter.grad = torch.tensor(gradient)
        adam.step(gradients, rate)
        reference.step()
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_the_line_that_makes_odds_right_is_the_likeliest() -> None:
    random = np.random.default_rng(2)
    odds, weight = random.normal(size=4_000), random.random(4_000)
    label = random.random(4_000) < 1 / (1 + np.exp(-(0.6 * odds + 0.4)))
    model = LogisticRegression(C=1e9).fit(odds[:, None], label, sample_weight=weight)
    np.testing.assert_allclose(_platt(odds, label, weight), (model.coef_[0, 0], model.intercept_[0]), atol=1e-3)
    assert _platt(odds, ~label, weight) == (1.0, 0.0)  # they would fall
