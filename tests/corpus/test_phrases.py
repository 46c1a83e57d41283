"""Phrases: scores, passes, files, what is joined where; on the same text the same as gensim's."""

import copy
import itertools
import json
import math
import pickle
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest

from densevec import BayesianSkipGram, DocumentVectorizer, SkipGram
from densevec.corpus import ENGLISH_CONNECTOR_WORDS, Phrases, TextCorpus, build_vocabulary, encode_corpus
from densevec.corpus.phrase_fit import never_found
from densevec.errors import (
    CorpusError,
    CorpusTypeError,
    FormatError,
    FormatWarning,
    NotTrainedError,
    ParameterError,
    ParameterTypeError,
    TrainingWarning,
)
from densevec.formats import read_container, write_container
from densevec.vectors import KeyedVectors

PARTS = ["new york", "new york times", "statue of liberty", "new", "york", "statue", "liberty", "times"]


def corpus(number=800, seed=1):
    """Phrases, and the words they are made of, among words that could be any."""
    random = np.random.default_rng(seed)
    fillers = [*(f"w{i}" for i in range(50)), "the", "of", "a"]
    for_sentence = [random.choice(fillers, size=6).tolist() for _ in range(number)]
    return [[*each[:3], *PARTS[random.integers(len(PARTS))].split(), *each[3:]] for each in for_sentence]


def test_scores_are_those_of_the_formulas():
    text = corpus()
    words = [word for line in text for word in line]
    distinct = set(words) | {pair for line in text for pair in itertools.pairwise(line)}
    new, york, both = words.count("new"), words.count("york"), sum("new york" in " ".join(line) for line in text)
    found = Phrases(text, threshold=3.0).train().export_phrases()
    assert found["new_york"] == pytest.approx((both - 5) / (new * york) * len(distinct))
    share = both / len(words)
    expected = math.log(share / (new / len(words) * york / len(words))) / -math.log(share)
    assert Phrases(text, threshold=0.3, scoring="npmi").train().export_phrases()["new_york"] == pytest.approx(expected)
    asked = []

    def scoring(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
        asked.append((worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count))
        return 1.0 if (worda_count, wordb_count) == (new, york) else -1.0

    assert Phrases(text, threshold=0.5, scoring=scoring).train().export_phrases() == {"new_york": 1.0}
    assert (new, york, both, len(distinct), 5, len(words)) in asked


def test_connector_words_join_and_count_for_nothing():
    phrases = Phrases(corpus(), threshold=3.0, connector_words="english").train()
    assert phrases[["statue", "of", "liberty"]] == ["statue_of_liberty"]
    assert phrases[["of", "new", "york", "of"]] == ["of", "new_york", "of"]
    assert not any(token.split("_")[0] in ENGLISH_CONNECTOR_WORDS for token in phrases.export_phrases())


def test_phrases_grow_by_passes():
    once, twice = (Phrases(corpus(), threshold=3.0, passes=passes).train() for passes in (1, 2))
    sentence = ["the", "new", "york", "times", "is", "here"]
    assert once.join(sentence).tokens[:3] == ["the", "new_york", "times"]
    assert twice.join(sentence) == (["the", "new_york_times", "is", "here"], [0, 1, 1, 1, 2, 3])
    assert once.export_phrases().items() <= twice.export_phrases().items()
    assert set(once.export_phrases()) == {"new_york", "york_times", "statue_of", "of_liberty"}


def test_a_text_and_its_lists_give_the_same(tmp_path):
    lines = corpus()
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in lines))
    for settings in ({}, {"connector_words": "english"}, {"passes": 3, "max_vocab_size": 900}):
        by_lists = Phrases(lines, threshold=1.0, **settings).train()
        by_text = Phrases(str(path), threshold=1.0, **settings).train()
        assert by_text.export_phrases() == by_lists.export_phrases()
        assert by_lists.export_phrases()
        joined = [by_lists[line] for line in lines]
        assert list(by_lists[lines]) == joined
        assert list(TextCorpus(lines, phrases=by_lists)) == joined
        assert list(TextCorpus(str(path), phrases=by_lists)) == joined
        vocabulary = build_vocabulary(TextCorpus(joined), min_count=1)
        for source in (lines, str(path)):
            text = TextCorpus(source, phrases=by_lists)
            assert build_vocabulary(text, min_count=1, workers=2).words == vocabulary.words
            encoded = encode_corpus(text, vocabulary)
            assert encoded.ids.tolist() == encode_corpus(joined, vocabulary).ids.tolist()


@pytest.mark.parametrize("settings", [{}, {"connector_words": "english"}, {"scoring": "npmi", "threshold": 0.2}])
@pytest.mark.parametrize("most", [40_000_000, 2500])
def test_the_phrases_are_gensims(settings, most):
    gensim = pytest.importorskip("gensim.models.phrases")
    lines = corpus(2000, 5)
    given = {"threshold": 1.0, "min_count": 3, "max_vocab_size": most, **settings}
    theirs = {**given, **({"connector_words": gensim.ENGLISH_CONNECTOR_WORDS} if "connector_words" in given else {})}
    ours, other = Phrases(lines, **given).train(), gensim.Phrases(lines, **theirs)
    expected = other.export_phrases()
    assert ours.export_phrases() == pytest.approx(expected)
    assert expected
    assert [ours[line] for line in lines] == [other[line] for line in lines]
    assert ours.find_phrases(lines[:99]) == pytest.approx(other.find_phrases(lines[:99]))


@pytest.mark.parametrize(
    ("most", "after", "score"),
    [
        (6, [], 2 * 6 / 9),
        (3, [], 2 * 6 / 9),  # the first time that there are too many none goes
        (3, [["e"]], 2 * 3 / 9),  # the second time those that came once
        (3, [[], ["e"], []], 2 * 3 / 9),
        (2, [], None),  # the fourth time those that came three times
    ],
)
def test_the_rare_are_dropped_as_gensim_drops_them(tmp_path, most, after, score):
    lines = [["a", "b"]] * 3 + [["c", "d"], *after]
    (tmp_path / "text").write_text("".join(" ".join(line) + "\n" for line in lines))
    for text in (lines, tmp_path / "text"):
        found = Phrases(text, min_count=1, threshold=0.01, max_vocab_size=most).train().export_phrases()
        assert found == ({} if score is None else {"a_b": pytest.approx(score)})


def test_an_empty_list_is_a_sentence_and_a_blank_line_none(tmp_path):
    """To gensim, which looks for too many words at the end of each."""
    lines = [["a", "b", "c", "d"], [], *[["a", "b"]] * 3]
    (tmp_path / "text").write_text("".join(" ".join(line) + "\n" for line in lines))
    given = {"min_count": 1, "threshold": 1e-9, "max_vocab_size": 6}
    assert Phrases(lines, **given).train().export_phrases() == {"a_b": pytest.approx(2 / 3)}
    for reading in ({}, {"tokenizer": str.split}):
        found = Phrases(tmp_path / "text", **given, **reading).train().export_phrases()
        assert found["a_b"] == pytest.approx(3 * 3 / 16)


def test_phrases_are_found_where_words_are_joined():
    phrases = Phrases([["new", "york"], ["york_times"]] * 20, threshold=0.1, min_count=1).train()
    assert phrases.find_phrases([["new_york"], [], ["york", "new"]]) == {}  # the text's own word is another thing
    assert phrases.find_phrases([["new_york"], ["in", "new", "york"]]) == phrases.export_phrases()
    longer = Phrases([["new", "york", "times"]] * 20, threshold=0.1, min_count=1, passes=2).train()
    assert set(longer.find_phrases([["new", "york"], ["new", "york", "times"]])) == {"new_york", "new_york_times"}


def test_a_corpus_with_its_phrases_joined_is_a_corpus(tmp_path):
    text = corpus()
    (tmp_path / "text").write_text("\n".join(map(" ".join, text)), encoding="utf-8")
    phrases = Phrases(text, threshold=3.0).train()
    expected = [phrases[line] for line in text]
    assert expected != text
    for source in (text, TextCorpus(tmp_path / "text"), TextCorpus(text)):
        joined = phrases[source]
        assert list(joined) == list(joined) == expected  # anew each time
    longer = Phrases(phrases[text], threshold=3.0).train()
    assert list(longer[phrases[text]]) == list(Phrases(text, threshold=3.0, passes=2).train()[text])
    settings = {"dim": 4, "epochs": 1, "min_count": 1, "workers": 1}
    one, other = SkipGram(phrases[text], **settings).train(), SkipGram(expected, **settings).train()
    assert "new_york" in one.vectors
    np.testing.assert_array_equal(one.vectors.vectors, other.vectors.vectors)
    with pytest.raises(CorpusTypeError, match="can be read only once"):
        phrases[(line for line in text)]


def test_files_copies_and_pickles_join_alike(tmp_path):
    phrases = Phrases(corpus(), threshold=3.0, passes=2, connector_words="english", delimiter="+").train()
    phrases.save(tmp_path / "phrases.safetensors")
    for other in (
        Phrases.load(tmp_path / "phrases.safetensors", check=True),
        copy.deepcopy(phrases),
        pickle.loads(pickle.dumps(phrases)),
    ):
        assert other.parameters == phrases.parameters
        assert other.export_phrases() == phrases.export_phrases()
        assert list(other[corpus(50, 2)]) == list(phrases[corpus(50, 2)])
        assert other[["the", "new", "york", "times"]] == ["the", "new+york+times"]


def test_a_scoring_of_ones_own_is_not_in_the_file_but_its_phrases_are(tmp_path):
    phrases = Phrases(corpus(), threshold=0.5, scoring=lambda **counts: counts["bigram_count"] / 100).train()
    phrases.save(tmp_path / "phrases")
    other = Phrases.load(tmp_path / "phrases")
    assert other.export_phrases() == phrases.export_phrases()
    other.sentences = corpus()
    with pytest.raises(ParameterError, match="can join, not learn"):
        other.train()


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b'{"phrases": 3}', b"\xff", b"nul", b'{"phrases": [[["a", 1.0]]], "scoring": "default"}'],
)
def test_damaged_phrases_are_an_error_of_ours(text):
    with pytest.raises(FormatError, match="x: the phrases are damaged"):
        Phrases.from_tensor(np.frombuffer(text, np.uint8), "x")


def test_another_file_is_refused(tmp_path):
    KeyedVectors(["a"], [[1.0]]).save(tmp_path / "vectors")
    with pytest.raises(FormatError, match="holds 'KeyedVectors', expected Phrases"):
        Phrases.load(tmp_path / "vectors")


def test_a_phrase_is_one_word_in_training_and_in_every_question_afterwards(tmp_path):
    phrases = Phrases(corpus(), threshold=3.0, passes=2, connector_words="english").train()
    phrases.save(tmp_path / "phrases")
    model = BayesianSkipGram(corpus(), dim=4, epochs=1, min_count=1, phrases=str(tmp_path / "phrases"), evidence=None)
    model.train()
    model.save(tmp_path / "model")
    (tmp_path / "phrases").unlink()
    for each in (model, BayesianSkipGram.load(tmp_path / "model")):
        assert "new_york_times" in each.vectors
        assert "statue_of_liberty" in each.vectors
        sentence = ["he", "read", "the", "new", "york", "times", "today"]
        expected = each.posterior(["he", "read", "the", "new_york_times", "today"], 3)
        for place in (3, 4, 5):
            assert each.posterior(sentence, place).mean.tolist() == expected.mean.tolist()
            found = each.vectors.most_similar((sentence, place), topn=None)
            np.testing.assert_array_equal(found, each.vectors.most_similar(expected, topn=None))
            named = [word for word, _ in each.vectors.most_similar((sentence, place), topn=len(each.vectors))]
            assert sorted([*named, "new_york_times"]) == sorted(
                each.vectors
            )  # what it reads is no neighbour of its own
            assert each.vectors.entailment_probability((sentence, place), "new york times") == 0
        assert each.complete("the new york times is _____", ["new york", "a"])
        assert list(each.open_text([["in", "new", "york"]])) == [["in", "new_york"]]
        vectors = each.vectors
        np.testing.assert_array_equal(vectors["new york"], vectors["new_york"])
        assert vectors.similarity("new york times", "york") == vectors.similarity("new_york_times", "york")
        assert vectors.has_vector_for("statue of liberty")
        assert vectors.parameters["phrases"]["delimiter"] == "_"


def test_the_delimiter_is_known_to_the_vectors(tmp_path):
    phrases = Phrases(corpus(), threshold=3.0, delimiter="~").train()
    model = SkipGram(TextCorpus(corpus(), phrases=phrases), dim=4, epochs=1, min_count=1).train()
    model.vectors.save(tmp_path / "vectors")
    for vectors in (model.vectors, KeyedVectors.load(tmp_path / "vectors")):
        np.testing.assert_array_equal(vectors["new york"], vectors["new~york"])
        assert vectors.get_index("new  day", -1) == -1


@pytest.mark.parametrize("kind", [SkipGram, BayesianSkipGram])
def test_vectors_read_documents_and_gaps_as_their_models_text_was(kind, tmp_path):
    text = [[word.title() for word in sentence] for sentence in corpus()]
    phrases = Phrases(text, threshold=3.0, lowercase=True).train()
    model = kind(text, dim=4, epochs=1, min_count=1, lowercase=True, phrases=phrases).train()
    vectors = model.vectors
    model.save(tmp_path / "model")
    vectors.save(tmp_path / "vectors")
    expected = vectors.get_vectors(["new_york", "a"]).mean(0, dtype=np.float64)
    gap = vectors.complete(["in", "new_york", None], ["a", "the"])
    assert gap != vectors.complete(["in", "york", None], ["a", "the"])
    for each in (
        vectors,
        tmp_path / "model",
        kind.load(tmp_path / "model").vectors,
        tmp_path / "vectors",
        KeyedVectors.from_file(tmp_path / "vectors"),
        pickle.loads(pickle.dumps(vectors)),
        copy.copy(vectors),
        copy.deepcopy(vectors),
        vectors.select(list(vectors)),
        vectors.stored_as("float32"),
    ):
        transformer = DocumentVectorizer(each).fit()
        found = transformer.transform(["New  YORK A", ["New", "York", "a"], ["new_york", "a"]])
        np.testing.assert_allclose(found, [expected] * 3, rtol=1e-6)
        assert transformer.vectors_.known_phrases.export_phrases() == phrases.export_phrases()
        assert transformer.vectors_.complete("In New York _____", ["a", "the"]) == gap
    assert not SkipGram(corpus(), dim=4, epochs=1).train().vectors.known_phrases


def test_vectors_that_lack_the_phrases_of_their_model_say_so(tmp_path):
    phrases = Phrases(corpus(), threshold=3.0).train()
    vectors = SkipGram(corpus(), dim=4, epochs=1, min_count=1, phrases=phrases).train().vectors
    alone = KeyedVectors(list(vectors), vectors.vectors, vectors.counts, vectors.parameters)
    with pytest.warns(FormatWarning, match="read word by word, as these vectors lack the phrases"):
        found = DocumentVectorizer(alone).fit_transform(["new york"])
    np.testing.assert_allclose(found[0], alone[["new", "york"]].mean(0), rtol=1e-6)
    with pytest.warns(FormatWarning, match=r"take model\.vectors or the model's file"):
        alone.complete("in new york _____", ["a"])
    vectors.save(tmp_path / "vectors")
    container = read_container(tmp_path / "vectors")
    for broken in (container.tensors["phrases"][None], np.ones(3, np.float32)):
        write_container(
            tmp_path / "broken", {**container.tensors, "phrases": broken}, container.words, container.metadata
        )
        with pytest.raises(FormatError, match="tensor 'phrases' must be the bytes of a text"):
            KeyedVectors.load(tmp_path / "broken")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"min_count": 0}, ParameterError, "min_count must be a number above 0, got 0"),
        ({"threshold": 0}, ParameterError, "threshold must be above 0 for scoring 'default', got 0"),
        ({"scoring": "npmi"}, ParameterError, "threshold must be from -1 to 1 for scoring 'npmi', got 10.0"),
        ({"scoring": "pmi"}, ParameterError, "scoring must be"),
        ({"delimiter": "__"}, ParameterError, "delimiter must be one printable ASCII character"),
        ({"delimiter": " "}, ParameterError, "that is no blank"),
        ({"delimiter": 3}, ParameterTypeError, "delimiter must be one ASCII character, got 3"),
        ({"connector_words": "of"}, ParameterError, "a list or set of words or 'english', got 'of'"),
        ({"connector_words": {"of": 1}}, ParameterTypeError, "a list or set of words or 'english', got {'of': 1}"),
        ({"connector_words": {3}}, ParameterTypeError, "must be words"),
        ({"connector_words": [3]}, ParameterTypeError, "must be words"),
        ({"passes": 0}, ParameterError, "passes must be an integer at least 1"),
        ({"max_vocab_size": 0}, ParameterError, "max_vocab_size must be an integer at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        Phrases(corpus(), **settings)


def test_connector_words_may_be_a_set() -> None:
    """As their attribute, and gensim's constant, are."""
    named = Phrases(corpus(), connector_words="english")
    assert Phrases(corpus(), connector_words=named.connector_words).connector_words == named.connector_words
    assert Phrases(corpus(), connector_words={"of": 1}.keys()).connector_words == {"of"}


def test_what_cannot_be_done_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="sentences must be given"):
        Phrases().train()
    with pytest.raises(CorpusError, match="it has no tokens"):
        Phrases([[]]).train()
    with pytest.raises(NotTrainedError, match="call train"):
        Phrases(corpus()).export_phrases()
    (tmp_path / "text").write_text("new york\n")
    for untrained in (TextCorpus(tmp_path / "text", phrases=Phrases()), Phrases()[corpus()]):
        with pytest.raises(NotTrainedError, match="call train"):
            build_vocabulary(untrained, min_count=1)
    with pytest.raises(ParameterTypeError, match="split it first"):
        Phrases(corpus()).train()["new york"]
    with pytest.raises(ParameterTypeError, match="phrases must be Phrases"):
        TextCorpus([["a"]], phrases="file")


def test_a_name_that_is_no_parameter() -> None:
    with pytest.raises(
        ParameterTypeError, match=r"^'progress_per' is not a parameter of Phrases; it takes sentences, min"
    ):
        Phrases([["a", "b"]], progress_per=100)
    with pytest.raises(ParameterTypeError, match=r"did you mean lowercase\?"):
        Phrases([["a", "b"]], lower_case=True)
    Phrases([["a", "b"]] * 9, lowercase=True, tokenizer="words").train()


def test_training_that_fails_leaves_the_phrases_as_they_were(tmp_path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"new york\n" * 50 + b"\xff\n")
    phrases = Phrases(path)
    with pytest.raises(CorpusError, match="not UTF-8"):
        phrases.train()
    with pytest.raises(NotTrainedError):
        phrases.save(tmp_path / "phrases")
    phrases = Phrases(corpus(), threshold=3.0, passes=2).train()
    before = phrases.export_phrases()
    for sentences in (path, [["a"], ["b", 3]], [[]]):
        phrases.sentences = sentences
        with pytest.raises((CorpusError, CorpusTypeError)):
            phrases.train()
        assert phrases.export_phrases() == before
        assert phrases[["new", "york"]] == ["new_york"]
        encode_corpus(TextCorpus(corpus(), phrases=phrases), build_vocabulary(corpus(), min_count=1))


def capital_cut(line):
    return line.split("|")


@pytest.mark.parametrize("is_brought", [False, True])
def test_a_sentence_and_a_corpus_are_read_alike_also_by_loaded_phrases(tmp_path, is_brought) -> None:
    text = [["A", "New", "York", "Day"], ["In", "NEW", "york"], ["a", "DAY"]] * 20
    rules = {"lowercase": True, "normalize": "NFC", "tokenizer": capital_cut}
    first = Phrases([["in", "a"]] * 20, threshold=0.1, min_count=1, lowercase=True).train()
    given = (TextCorpus(text, **rules, phrases=first),) if is_brought else (text,)
    phrases = Phrases(*given, threshold=0.1, min_count=1, **({} if is_brought else {**rules, "phrases": first})).train()
    phrases.save(tmp_path / "phrases")
    for each in (phrases, Phrases.load(tmp_path / "phrases"), copy.copy(phrases), pickle.loads(pickle.dumps(phrases))):
        assert each[["In", "A", "New", "York"]] == ["in_a", "new_york"]
        assert list(each[[["In", "A", "New", "York"]]]) == [["in_a", "new_york"]]
        assert "new_york" in each.find_phrases([["NEW", "York"]])
        assert np.array_equal(each.to_tensor(), phrases.to_tensor())
    (tmp_path / "text").write_text("New|York\n")
    assert list(phrases[[tmp_path / "text"]]) == [["new_york"]]
    with pytest.raises(ParameterError, match=r"lists of tokens.*capital_cut'"):
        list(Phrases.load(tmp_path / "phrases")[[tmp_path / "text"]])


@pytest.mark.parametrize("length", [3, 7])
def test_lists_and_files_with_long_sentences_have_the_same_phrases(tmp_path, length) -> None:
    text = corpus(600)
    (tmp_path / "text").write_text("".join(f"{' '.join(line)}\n" for line in text))
    rules = {"threshold": 1.0, "passes": 2, "max_sentence_length": length, "connector_words": ["of"]}
    found = [Phrases(source, **rules).train().export_phrases() for source in (text, str(tmp_path / "text"))]
    assert found[0] == found[1]
    assert found[0] == Phrases(tmp_path / "text", tokenizer=str.split, **rules).train().export_phrases()
    assert any("_" in phrase.replace("_", "", 1) for phrase in found[0])


def test_what_is_no_list_of_words_or_no_number_is_refused() -> None:
    text = [["new", "york"]] * 9
    for bad in (None, 5):
        with pytest.raises(
            ParameterTypeError, match="connector_words must be a list or set of words or 'english', got"
        ):
            Phrases(text, connector_words=bad)
    for bad in (None, "1"):
        with pytest.raises(ParameterTypeError, match=r"must give a number below infinity, got .* counts \(9, 9, 9\)$"):
            Phrases(text, scoring=lambda bad=bad, **_: bad).train()
    with pytest.raises(ParameterError, match=r"^scoring must give a number below infinity, got inf for the counts"):
        Phrases(text, scoring=lambda **_: math.inf).train()
    assert Phrases(text, scoring=lambda **_: -math.inf).train().export_phrases() == {}
    phrases = Phrases(text, threshold=0.5, scoring=lambda **_: np.float32(1)).train()
    assert phrases.join(["new", "york"]).tokens == ["new_york"]
    with pytest.raises(ParameterTypeError, match="split it first"):
        phrases.join("new york")


@pytest.mark.parametrize(
    ("own", "theirs", "lost"),
    [
        ({}, {"lowercase": True}, ["New_York", "Bank_of_York"]),
        ({}, {"normalize": "NFC"}, ["cafe\u0301_noir"]),
        ({}, {"tokenizer": "words"}, ["e-mail_address"]),
        ({"lowercase": True, "normalize": "NFC", "tokenizer": "words"}, {"lowercase": True}, []),
        ({}, {"tokenizer": str.split, "errors": "ignore"}, []),  # a function may want whole lines
    ],
)
def test_phrases_that_text_as_it_is_read_can_never_have(tmp_path, own, theirs, lost) -> None:
    lines = ["New York", "Bank of York", "cafe\u0301 noir", "e-mail address", "plain text"]
    (tmp_path / "text").write_text("\n".join(lines * 5), encoding="utf-8")
    phrases = Phrases(str(tmp_path / "text"), threshold=0.1, connector_words="english", min_count=1, **own).train()
    names = list(phrases.export_phrases())
    found = never_found(names, "_", TextCorpus(str(tmp_path / "text"), phrases=phrases, **theirs))
    assert set(found) == {name for name in names if name in lost} and len(found) == len(lost)


@pytest.mark.parametrize("as_corpus", [False, True])
def test_a_training_says_that_most_phrases_are_never_found(tmp_path, as_corpus) -> None:
    loud = [[word.title() for word in sentence] for sentence in corpus(200)]
    phrases = Phrases(loud, threshold=3.0).train()
    settings = {"dim": 4, "epochs": 1, "min_count": 1}
    text = TextCorpus(loud, lowercase=True, phrases=phrases) if as_corpus else loud
    own = {} if as_corpus else {"lowercase": True, "phrases": phrases}
    number = len(phrases.export_phrases())
    with pytest.warns(TrainingWarning, match=rf"^{number} of the {number} phrases, such as '[A-Z].*are never found"):
        SkipGram(text, **settings, **own).train(progress=False)
    lowered = Phrases(loud, threshold=3.0, lowercase=True).train()
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrainingWarning)
        SkipGram(loud, lowercase=True, phrases=lowered, **settings).train(progress=False)
        SkipGram(loud, phrases=phrases, **settings).train(progress=False)


@pytest.mark.parametrize(
    "given",
    [
        {
            "min_count": np.int64(2),
            "threshold": np.float32(0.25),
            "max_vocab_size": np.int64(99),
            "passes": np.int64(2),
        },
        {"min_count": Fraction(1, 2), "threshold": Fraction(1, 4), "delimiter": np.str_("+")},
        {"lowercase": np.bool_(True), "max_sentence_length": np.int64(9), "normalize": np.str_("NFC")},
    ],
)
def test_numbers_of_other_libraries_are_plain_in_files_and_models(tmp_path, given) -> None:
    text = [["new", "york", "is"], ["new", "york"], ["york", "b"]] * 6
    phrases = Phrases(text, **{"min_count": 1, "threshold": 0.25, "scoring": "npmi", **given}).train()
    phrases.save(tmp_path / "phrases")
    loaded = Phrases.load(tmp_path / "phrases")
    assert loaded.parameters == phrases.parameters and loaded.export_phrases() == phrases.export_phrases() != {}
    model = SkipGram([*text, ["a", "day"]], dim=4, epochs=1, min_count=1, sample=0, phrases=phrases).train()
    assert model.vectors.known_phrases.export_phrases() == phrases.export_phrases()


def cut_at_symbols(line):
    return re.split(r"\W+", line)  # with an empty token at the end of "ran."


def test_an_empty_token_is_in_no_phrase_and_files_that_have_such_phrases_load(tmp_path) -> None:
    (tmp_path / "text").write_text("The kiwi, ran.\nA kiwi!\nA plum.\n" * 9)
    settings = {"tokenizer": cut_at_symbols, "min_count": 1}
    phrases = Phrases(str(tmp_path / "text"), threshold=0.1, scoring="npmi", **settings).train()
    assert set(phrases.export_phrases()) == {"The_kiwi", "kiwi_ran", "A_kiwi", "A_plum"}
    model = SkipGram(str(tmp_path / "text"), dim=4, epochs=1, sample=0, phrases=phrases, **settings).train()
    model.save(tmp_path / "model")
    assert "The_kiwi" in SkipGram.load(tmp_path / "model").vectors
    values = json.loads(phrases.to_tensor().tobytes())
    values["phrases"][0].append(["kiwi", "", 0.5])
    old = Phrases.from_tensor(np.frombuffer(json.dumps(values).encode(), np.uint8), "old")
    assert old.join(["kiwi", "", "A", "plum"]).tokens == ["kiwi_", "A_plum"]


def test_vectors_whose_phrases_cannot_be_kept_say_so_each_time() -> None:
    phrases = Phrases([["new", "york"]] * 9, threshold=0.1, min_count=1).train()
    model = SkipGram([["a", "day"]] * 9, dim=4, epochs=1, min_count=1, sample=0, phrases=phrases).train()
    phrases.delimiter = object()
    for _ in range(2):
        with pytest.raises(TypeError):
            _ = model.vectors


def test_phrases_that_were_joined_before_others_were_learned_are_joined_in_models_too(tmp_path) -> None:
    lines, sentence = corpus(), ["read", "new", "york", "times", "in", "new", "york"]
    (tmp_path / "text").write_text("".join(" ".join(line) + "\n" for line in lines))
    first = Phrases(lines, threshold=3.0, connector_words="english").train()
    second = Phrases(str(tmp_path / "text"), threshold=3.0, phrases=first).train()
    assert "new_york" in first.export_phrases() and "new_york_times" in second.export_phrases()
    assert not first.export_phrases().keys() & second.export_phrases().keys()
    assert set(second.find_phrases([sentence])) == {"new_york_times"}
    assert second.join(sentence) == (["read", "new_york_times", "in", "new_york"], [0, 1, 1, 1, 2, 3, 3])
    expected = [second[line] for line in lines]
    for each in (second, Phrases.from_tensor(second.to_tensor(), "x"), pickle.loads(pickle.dumps(second))):
        for source in (lines, str(tmp_path / "text")):
            assert list(TextCorpus(source, phrases=each)) == list(each[TextCorpus(source)]) == expected
        assert TextCorpus([], phrases=each).prepare_place(sentence, 6) == (second[sentence], 3)
    model = SkipGram(str(tmp_path / "text"), dim=4, epochs=1, min_count=1, sample=0, phrases=second).train()
    assert {"new_york", "new_york_times", "statue_of_liberty"} <= set(model.vectors) == set(itertools.chain(*expected))
    assert model.vectors.known_phrases.join(sentence) == second.join(sentence)


def test_phrases_after_others_join_as_one_after_the_other(tmp_path) -> None:
    lines = [line.split() for line in ("the new york times said", "read new york times", "old times in new york")] * 20
    settings = {"min_count": 1, "scoring": "npmi"}
    first, other = (Phrases(lines, threshold=threshold, **settings).train() for threshold in (0.9, 0.5))
    longer = Phrases(first[lines], threshold=0.5, **settings).train()
    for last in (other, longer):
        joined, expected = last[first[lines]], [last.join(first.join(line).tokens).tokens for line in lines]
        assert list(joined) == [TextCorpus([], phrases=joined.phrases).prepare(line) for line in lines] == expected
        loaded = Phrases.from_tensor(joined.phrases.to_tensor(), "x")
        assert [loaded[line] for line in lines] == expected
        assert joined.phrases.export_phrases() == last.export_phrases()
    assert longer[first[lines]].phrases is longer and first[first[lines]].phrases is first


@pytest.mark.parametrize(
    "asked",
    [{"lowercase": True}, {"tokenizer": "words"}, {"normalize": "NFC"}, {"language": "en"}, {"errors": "ignore"}],
)
def test_a_corpus_is_read_by_its_own_rules_and_others_are_refused(tmp_path, asked) -> None:
    (name,) = asked
    (tmp_path / "text").write_text("new york\n" * 9)
    text = TextCorpus(tmp_path / "text")
    for phrases in (Phrases(text, **asked), Phrases(**asked)):
        with pytest.raises(ParameterError, match=rf"^{name} must be the corpus's own, .*source alone$"):
            phrases.fit(text)
        assert phrases.fit(corpus(99)).rules == asked
    assert Phrases(text, lowercase=False, passes=2).train().rules == {**text.reading, "language": None}
    assert Phrases(TextCorpus(corpus(99)), language="en").train().rules["language"] == "en"  # of files read later


def test_loaded_phrases_learn_from_a_corpus_that_is_read_as_theirs_was(tmp_path) -> None:
    first = Phrases(corpus(99)).train()
    text = TextCorpus(corpus(99), tokenizer=capital_cut, lowercase=True, phrases=first)
    Phrases(text).train().save(tmp_path / "phrases")
    assert Phrases.load(tmp_path / "phrases").fit(text).rules["tokenizer"] is capital_cut


def test_a_corpus_of_a_corpus_is_read_by_the_rules_of_both(tmp_path) -> None:
    (tmp_path / "text").write_text("New York, a day\n" * 9)
    phrases = Phrases(str(tmp_path / "text"), threshold=0.1, min_count=1, lowercase=True, tokenizer="words").train()
    inner = TextCorpus(str(tmp_path / "text"), tokenizer="words", max_sentence_length=3, errors="ignore")
    outer = TextCorpus(inner, lowercase=True, phrases=phrases, normalize="NFC")
    assert outer.reading == {
        **inner.reading, "lowercase": True, "phrases": phrases, "normalize": "NFC"
    }  # fmt: skip
    assert outer.paths == inner.paths and list(outer) == [["new_york", "a_day"]] * 9
    assert TextCorpus(outer).reading == outer.reading
