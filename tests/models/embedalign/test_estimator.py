"""EmbedAlign from two texts to densities, senses and alignments, on data whose answers are known."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from densevec import Aviary, AviaryBitext, DensityVectors, EmbedAlign, Gaussian, SentenceVectorizer
from densevec.corpus import ParallelCorpus, Phrases, TextCorpus
from densevec.errors import (
    CorpusError,
    FormatError,
    MissingWordError,
    NotTrainedError,
    ParameterError,
    ParameterTypeError,
    TrainingError,
)
from densevec.evaluation import alignment_error_rate, evaluate_lexsub, symmetrise
from densevec.formats import read_container, write_container
from tests.settings import usable
from tests.sweeps import once

SMALL = {"dim": 8, "embedding_dim": 8, "hidden": 8, "epochs": 2, "min_count": 1, "workers": 1, "support_size": 50}
QUICK = {**SMALL, "batch_size": 20}
TOKENS = ["the", "kiwi", "laid", "an", "egg"]
TEACHABLE = {  # settings that learn the bitext, senses too, in half a minute
    **SMALL,
    "dim": 32,
    "embedding_dim": 32,
    "hidden": 32,
    "epochs": 12,
    "batch_size": 100,
    "kl_weight": 0.03,
    "kl_annealing": 0.8,
    "support_size": 100,
    "learning_rate": 1.5,
    "min_learning_rate": 0.1,
    "encoder_learning_rate": 0.01,
    "alignment_prior": "hmm",
}
PRIORS = pytest.mark.parametrize("prior", ["uniform", "diagonal", "hmm"])


@pytest.fixture(scope="module")
def quick() -> EmbedAlign:
    """Trained a little; tests only look at it."""
    return EmbedAlign(AviaryBitext(400), **QUICK).train()


@pytest.fixture(scope="module")
def forward() -> EmbedAlign:
    """Source to target, trained until it knows the bitext."""
    return EmbedAlign(AviaryBitext(8_000), **TEACHABLE).train()


@pytest.fixture(scope="module")
def backward() -> EmbedAlign:
    """Target to source, so far that it knows which words belong together."""
    turned = [(target, source) for source, target in AviaryBitext(8_000)]
    return EmbedAlign(turned, **usable(EmbedAlign, **{**TEACHABLE, "encoder": "bow", "epochs": 6})).train()


HELD_OUT = AviaryBitext(500, seed=77)


# What it learns


@pytest.mark.timeout(900)  # on a machine that has other work
@pytest.mark.slow
def test_known_words_come_out_as_their_translations(forward) -> None:
    right = []
    for source, _ in HELD_OUT:
        for position, word in enumerate(source):
            if HELD_OUT.dictionary.get(word) and word in forward.vectors:
                right.append(forward.translations(source, position, topn=1)[0][0] == HELD_OUT.dictionary[word])
        if len(right) > 1000:
            break
    assert np.mean(right) > 0.95


@pytest.mark.timeout(900)  # on a machine that has other work
@pytest.mark.slow
def test_senses_come_out_as_the_right_foreign_words(forward) -> None:
    right = []
    for sentence in HELD_OUT.sentences():
        if sentence.sense is not None:
            position, _, wanted = sentence.sense
            right.append(forward.translations(sentence.source, position, topn=1)[0][0] == wanted)
    assert len(right) > 50
    assert np.mean(right) > 0.7


@pytest.mark.timeout(900)  # on a machine that has other work
@pytest.mark.slow
def test_the_planted_bitext_is_aligned(forward, backward) -> None:
    pairs, gold = list(HELD_OUT), list(HELD_OUT.alignments)
    links = forward.align_batch(pairs)
    assert alignment_error_rate(links, gold).aer < 0.05
    assert alignment_error_rate(forward.align_batch(pairs, "best"), gold).aer < 0.05
    turned = [[(i, j) for j, i in each] for each in backward.align_batch([(t, s) for s, t in pairs])]
    methods = {
        method: alignment_error_rate(
            [symmetrise(set(a), set(b), method) for a, b in zip(links, turned, strict=True)], gold
        )
        for method in ("intersection", "grow-diag-final-and")
    }
    assert methods["intersection"].precision > alignment_error_rate(links, gold).precision
    assert methods["grow-diag-final-and"].recall > methods["intersection"].recall
    assert methods["grow-diag-final-and"].aer < 0.1


@pytest.mark.parametrize(("prior", "softmax"), once(["uniform", "diagonal", "hmm"], ["css", "exact"]))
def test_every_prior_lowers_its_loss(prior: str, softmax: str) -> None:
    settings = {**QUICK, "epochs": 4, "kl_annealing": 0.0, "alignment_prior": prior, "softmax": softmax}
    history = EmbedAlign(AviaryBitext(400), **usable(EmbedAlign, **settings)).train().history
    assert history[-1].loss < history[0].loss
    assert set(history[0].terms) == {"source", "kl", "target"}


@pytest.mark.parametrize("bound", ["jensen", "sampled"])
def test_the_decks_bounds_train(bound: str) -> None:
    history = EmbedAlign(AviaryBitext(400), **{**QUICK, "epochs": 3}, alignment_bound=bound).train().history
    assert history[-1].terms["target"] < history[0].terms["target"]


def test_the_kl_weight_rises_over_its_share_of_training() -> None:
    """Annealed to the end, the term is small at first; without annealing it is there at once."""
    settings = {**QUICK, "epochs": 4, "learning_rate": 1e-6, "min_learning_rate": 0, "encoder_learning_rate": 0}
    rising, level = (
        [report.terms["kl"] for report in EmbedAlign(AviaryBitext(200), **settings, kl_annealing=share).train().history]
        for share in (1.0, 0.0)
    )
    np.testing.assert_allclose(np.divide(rising, level), [0.125, 0.375, 0.625, 0.875], atol=0.06)


def test_one_language_alone(tmp_path) -> None:
    model = EmbedAlign(Aviary(400), **QUICK, monolingual=True).train(validation=Aviary(50, seed=3))
    assert set(model.history[0].terms) == {"source", "kl"}
    assert set(model.history[0].validation) == {"source", "kl", "loss"}
    model.save(tmp_path / "model")
    again = EmbedAlign.load(tmp_path / "model")
    assert again.posterior(TOKENS, 1).mean.tolist() == model.posterior(TOKENS, 1).mean.tolist()
    for ask in (lambda: again.translations(TOKENS, 1), lambda: again.align(TOKENS, TOKENS)):
        with pytest.raises(ParameterError, match="knows no other language"):
            ask()


# Reading it


def parameters_of(model: EmbedAlign) -> dict[str, bytes]:
    return {name: np.asarray(value).tobytes() for name, value in model._tensors().items()}


def test_texts_with_rules_of_their_own_are_read_by_them_and_so_is_what_is_asked(tmp_path) -> None:
    pairs = AviaryBitext(200)
    paths = [tmp_path / name for name in ("source", "target", "pairs")]
    for path, part in zip(paths, (" ".join, " ".join, "\t".join), strict=True):
        lines = [[*map(" ".join, pair)] if path.name == "pairs" else pair[path.name == "target"] for pair in pairs]
        path.write_text("".join(f"{part(line).title()}\n" for line in lines))
    source, target, columns = (TextCorpus(path, lowercase=True) for path in paths)
    for corpus in ((source, target), columns, ParallelCorpus((source, target))):
        model = EmbedAlign(corpus, **QUICK).train()
        assert model.reading()["lowercase"] and "kiwi" in model.vectors
        assert model.posterior(["The", "Kiwi"], 1).mean.tolist() == model.posterior(["the", "kiwi"], 1).mean.tolist()
    with pytest.raises(ParameterError, match=r"tokenizer must be the corpus's own, 'whitespace'"):
        EmbedAlign((source, target), tokenizer="words", **QUICK).train()


def test_a_limit_of_the_texts_is_the_model_s(tmp_path) -> None:
    paths = [tmp_path / name for name in ("source", "target")]
    for path in paths:
        path.write_text("a kiwi\n" * 20 + "a bird " * 30 + "\n")
    sides = tuple(TextCorpus(path, max_sentence_length=70) for path in paths)
    for options, wanted in (({}, 70), ({"max_sentence_length": 5}, 5)):
        model = EmbedAlign(sides, **QUICK, **options).train()
        assert model.reading()["max_sentence_length"] == wanted and ("bird" in model.vectors) is (wanted == 70)


def test_phrases_are_refused_on_either_side(tmp_path) -> None:
    path, joined = tmp_path / "pairs", Phrases([["a", "kiwi"]] * 9, min_count=1, threshold=0.1).train()
    path.write_text("a kiwi\tun kiwi\n" * 9)
    plain, other = TextCorpus(path), TextCorpus(path, phrases=joined)
    pairs = [ParallelCorpus(sides) for sides in ((plain, other), (other, plain))]
    for corpus in (*pairs, *(each.reversed() for each in pairs), (plain, other), (other, plain), other):
        with pytest.raises(ParameterError, match="phrases must be None in the corpus of a EmbedAlign"):
            EmbedAlign(corpus, **QUICK).train()


def test_evaluation_leaves_every_parameter_as_it_was(quick) -> None:
    before, vectors = parameters_of(quick), quick.vectors.vectors.copy()
    pairs = list(AviaryBitext(30, seed=5))
    first = quick.align_batch(pairs)
    quick.translations(TOKENS, 1)
    quick.lexical_substitutes(TOKENS, 1)
    SentenceVectorizer(quick).fit_transform([TOKENS])
    assert quick.align_batch(pairs) == first  # by the posterior mean: nothing is drawn
    assert parameters_of(quick) == before
    np.testing.assert_array_equal(quick.vectors.vectors, vectors)
    assert not any(table.pending for table in quick._network.modules() if hasattr(table, "pending"))


def test_held_out_pairs_are_reported_and_do_not_disturb(quick) -> None:
    again = EmbedAlign(AviaryBitext(400), **QUICK).train(validation=AviaryBitext(60, seed=3))
    for report in again.history:
        terms = dict(report.validation)
        assert terms.pop("loss") == pytest.approx(sum(terms.values()))
    assert parameters_of(again) == parameters_of(quick)


def test_posteriors_are_densities_that_queries_accept(quick) -> None:
    density = quick.posterior(TOKENS, 1)
    assert isinstance(density, Gaussian)
    assert not density.is_spherical
    assert len(quick.vectors.most_similar(density, topn=3)) == 3
    alone, other = quick.posterior_batch([(TOKENS, -4), (["kiwi"], 0)])
    np.testing.assert_allclose(alone.mean, density.mean, atol=1e-6)
    assert not np.allclose(other.mean, density.mean)  # context counts
    assert quick.posterior_batch([]) == []
    quick.posterior(["unheard-of", "kiwi"], 1)  # unknown words around it do no harm


def test_a_word_alone_knows_no_context_with_bow() -> None:
    model = EmbedAlign(AviaryBitext(200), **usable(EmbedAlign, **{**QUICK, "epochs": 1, "encoder": "bow"})).train()
    here, alone = model.posterior_batch([(TOKENS, 1), (["kiwi"], 0)])
    np.testing.assert_allclose(here.mean, alone.mean, atol=1e-6)


def test_word_densities_are_the_moments_of_their_posteriors(quick) -> None:
    """Mean and variance of the mixture of a word's posteriors over the text."""
    sentences = [source for source, _ in AviaryBitext(400)]
    for word in ("kiwi", "the", "laid"):
        places = [(tokens, i) for tokens in sentences for i, token in enumerate(tokens) if token == word]
        densities = quick.posterior_batch(places)
        assert len(densities) == quick.vectors.counts[quick.vectors.get_index(word)] > 0
        means = np.array([density.mean for density in densities])
        variance = np.mean([density.variance for density in densities], axis=0) + means.var(axis=0)
        np.testing.assert_allclose(quick.vectors[word], means.mean(axis=0), atol=1e-5)
        np.testing.assert_allclose(quick.vectors.variance(word), variance, rtol=1e-4)


def test_translations_are_probabilities(quick) -> None:
    everything = quick.translations(TOKENS, 1, topn=None)
    assert len(everything) == len({word for _, target in AviaryBitext(400) for word in target})
    probabilities = [probability for _, probability in everything]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0.99 < sum(probabilities) <= 1 + 1e-6  # unknown words have the rest
    assert quick.translations(TOKENS, 1, topn=3) == everything[:3]
    assert quick.translations(TOKENS, 1, topn=0) == []


@PRIORS
def test_links_are_places_with_probabilities(prior: str) -> None:
    model = EmbedAlign(AviaryBitext(300), **{**QUICK, "epochs": 1}, alignment_prior=prior).train()
    pairs = list(AviaryBitext(90, seed=2))
    batch = model.align_batch(pairs, "best")
    for (source, target), links in zip(pairs, batch, strict=True):
        found = model.align(source, target, "best")
        assert [(link.source, link.target) for link in found] == links  # company changes nothing
        assert all(0 < link.probability <= 1 for link in found)
        assert all(0 <= i < len(source) and 0 <= j < len(target) for i, j in links)
        assert len({j for _, j in links}) == len(links)  # NULL words have none, the others one
        assert all(link.probability > 0.5 for link in model.align(source, target, "posterior"))
    assert model.align_batch([]) == []
    assert model.align_batch([([], ["a"]), (["a"], []), pairs[0]]) == [[], [], model.align_batch(pairs[:1])[0]]


def test_substitutes_are_scored_by_the_whole_sentence(quick) -> None:
    scores = quick.substitution_scores(TOKENS, 1, ["kiwi", "crane", "apple"])
    assert scores[0] == pytest.approx(0, abs=1e-4)  # the word itself changes nothing
    assert (scores[1:] < 0).all()
    by_hand = 0.0
    changed = ["the", "crane", *TOKENS[2:]]
    ids = [quick.posterior_batch([(tokens, i) for i in range(len(tokens))]) for tokens in (TOKENS, changed)]
    for before, after in zip(*ids, strict=True):
        by_hand -= float(quick.vectors.kl_divergence(before, after))
    assert scores[1] < by_hand + 1e-4  # NULL's divergence too
    assert scores[1] == pytest.approx(by_hand, rel=0.2)
    named = quick.lexical_substitutes(TOKENS, 1, candidates=["apple", "crane"])
    assert dict(named) == pytest.approx(dict(zip(["crane", "apple"], scores[1:], strict=True)), rel=1e-4)
    assert len(quick.lexical_substitutes(TOKENS, 1, topn=5)) == 5
    assert "kiwi" not in dict(quick.lexical_substitutes(TOKENS, 1, topn=None))
    with pytest.raises(MissingWordError):
        quick.substitution_scores(TOKENS, 1, ["unheard-of"])


def test_sentences_are_means_of_posterior_means(quick) -> None:
    vectorizer = SentenceVectorizer(quick)
    found = vectorizer.fit_transform([TOKENS, " ".join(TOKENS), [], ["kiwi"]])
    assert found.shape == (4, 8)
    np.testing.assert_allclose(found[0], found[1])
    assert not found[2].any()
    posteriors = quick.posterior_batch([(TOKENS, i) for i in range(len(TOKENS))])
    np.testing.assert_allclose(found[0], np.mean([each.mean for each in posteriors], axis=0), atol=1e-6)
    assert len(vectorizer.get_feature_names_out()) == 8
    for bad in ("a sentence", 5):
        with pytest.raises(ParameterTypeError, match="sentences must be"):
            vectorizer.transform(bad)
    with pytest.raises(ParameterTypeError, match="model must be"):
        SentenceVectorizer(quick.vectors).fit()


def test_sentence_vectors_in_a_search(quick, tmp_path) -> None:
    sentences = [" ".join(tokens) for tokens in Aviary(40)]
    labels = [len(sentence) % 2 for sentence in sentences]
    assert clone(SentenceVectorizer(quick)).model is quick
    pipeline = make_pipeline(SentenceVectorizer(quick), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, error_score="raise")
    assert search.fit(sentences, labels).predict(sentences).shape == (40,)
    quick.save(tmp_path / "model")
    for given in (str(tmp_path / "model"), tmp_path / "model"):
        search = GridSearchCV(pipeline, {"sentencevectorizer__model": [given]}, cv=2, error_score="raise")
        assert search.fit(sentences, labels).predict(sentences).shape == (40,)
    search = GridSearchCV(pipeline, {"sentencevectorizer__model": [quick]}, cv=2, error_score="raise")
    with pytest.raises(NotTrainedError, match=r"^model must be trained, .* copies .* give the path of its file"):
        search.fit(sentences, labels)


def test_bad_questions_are_one_sentence(quick) -> None:
    with pytest.raises(MissingWordError):
        quick.posterior(["unheard-of"], 0)
    with pytest.raises(ParameterError, match="position must be"):
        quick.posterior(TOKENS, 5)
    with pytest.raises(ParameterTypeError, match="a sentence must be a list of words"):
        quick.posterior("the kiwi", 1)
    with pytest.raises(ParameterTypeError, match="a sentence must be a list of words"):
        quick.align("the kiwi", ["a"])
    with pytest.raises(ParameterError, match="decoding must be"):
        quick.align(TOKENS, TOKENS, "guess")
    with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
        EmbedAlign().align(TOKENS, TOKENS)


# Files, faults, settings


@PRIORS
def test_saved_models_answer_alike(prior: str, tmp_path) -> None:
    model = EmbedAlign(AviaryBitext(200), **{**QUICK, "epochs": 1}, alignment_prior=prior).train()
    model.save(tmp_path / "model")
    again = EmbedAlign.load(tmp_path / "model", check=True)
    pairs = list(AviaryBitext(20, seed=3))
    assert again.align_batch(pairs) == model.align_batch(pairs)
    assert again.translations(TOKENS, 1) == model.translations(TOKENS, 1)
    assert isinstance(DensityVectors.load(tmp_path / "model"), DensityVectors)
    assert copy.deepcopy(again).align_batch(pairs) == model.align_batch(pairs)


@pytest.mark.parametrize(
    "name", ["target.words.offsets", "embedding.weight", "target.weight.weight", "lstm.forth.bias_ih_l0"]
)
def test_a_file_whose_parts_do_not_fit_is_refused(quick, tmp_path, name: str) -> None:
    quick.save(tmp_path / "model")
    container = read_container(tmp_path / "model")
    for change in (lambda array: array[:-1], None):
        tensors = {n: np.array(a) for n, a in container.tensors.items() if not n.startswith("words.")}
        tensor = tensors.pop(f"model.{name}")
        if change is not None:
            tensors[f"model.{name}"] = change(tensor)
        metadata = {key: container.metadata[key] for key in ("class", "parameters")}
        write_container(tmp_path / "broken", tensors, list(container.words), metadata)
        with pytest.raises(FormatError, match="do not make a EmbedAlign model"):
            EmbedAlign.load(tmp_path / "broken")


def test_parameters_that_do_not_go_together() -> None:
    with pytest.raises(ParameterError, match="from which the tension learns nothing"):
        EmbedAlign([], alignment_prior="diagonal", alignment_bound="sampled").train()
    with pytest.raises(ParameterError, match="alignment_bound must be 'exact' with alignment_prior='hmm'"):
        EmbedAlign(AviaryBitext(50), alignment_prior="hmm", alignment_bound="jensen").train()
    with pytest.raises(ParameterError, match="null_probability must be"):
        EmbedAlign(AviaryBitext(50), null_probability=0.0).train()
    with pytest.raises(CorpusError):
        EmbedAlign([(["a"], [])]).train()


def test_fault_36_a_rate_far_too_high_is_named() -> None:
    with pytest.raises(TrainingError, match="learning rate"):
        EmbedAlign(AviaryBitext(200), **{**QUICK, "learning_rate": 1e6, "encoder_learning_rate": 1e6}).train()


def test_embeddings_start_from_given_vectors() -> None:
    given = EmbedAlign(AviaryBitext(100), **{**QUICK, "epochs": 1}).train().vectors
    rates = {"learning_rate": 1e-30, "min_learning_rate": 0, "encoder_learning_rate": 0}
    model = EmbedAlign(AviaryBitext(100), **QUICK | rates).train(init_from=given)
    np.testing.assert_array_equal(model._network.embedding.weight[: len(given)].numpy(), given.vectors)
    with pytest.raises(ParameterError, match="init_from must have embedding_dim 5"):
        EmbedAlign(AviaryBitext(100), **{**QUICK, "embedding_dim": 5}).train(init_from=given)


# Lexical substitution


def test_lexical_substitution_asks_the_model(quick, tmp_path) -> None:
    asked = []

    def scorer(tokens, position, candidates):
        asked.append((list(tokens), position, list(candidates)))
        return quick.substitution_scores(tokens, position, candidates)

    _write_lexsub(tmp_path)
    result = evaluate_lexsub(quick.vectors, tmp_path, scorer=scorer, detail=True)
    assert result.items == 1
    assert asked == [(TOKENS, 1, ["crane", "apple"])]
    scores = dict(zip(*[["crane", "apple"], quick.substitution_scores(TOKENS, 1, ["crane", "apple"])], strict=True))
    ranking = result.detail[0].ranking
    assert list(ranking[:2]) == sorted(scores, key=scores.__getitem__, reverse=True)
    assert ranking[2] == "zzz"  # unknown


def _write_lexsub(folder) -> None:
    (folder / "lst_all.gold").write_text("kiwi.n 1 :: crane 3;apple 1;\n")
    (folder / "lst_all.preprocessed").write_text(f"kiwi.n\t1\t1\t{' '.join(TOKENS)}\n")
    (folder / "lst.gold.candidates").write_text("kiwi.n::crane;apple;zzz\n")
