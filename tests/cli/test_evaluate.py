"""``densevec evaluate``: the keys of its JSON, several files side by side."""

from __future__ import annotations

from itertools import product

import pytest

from densevec import NPLM, BayesianSkipGram, DensityVectors, KeyedVectors, LogBilinear, NGram
from densevec.cli.subjects import TESTS
from densevec.corpus import Phrases
from densevec.evaluation import evaluate_contextual, evaluate_lexsub


@pytest.fixture
def tests(tmp_path):
    (tmp_path / "pairs.txt").write_text("bird kakapo 9\nbird plum 1\nkiwi plum 4\n")
    (tmp_path / "questions.txt").write_text(": birds\nkakapo bird plum fruit\n: gram1\nkakapo bird plum fruit\n")
    (tmp_path / "data.tsv").write_text(
        "kakapo bird True\nplum fruit True\nkakapo fruit False\nplum bird False\nbird plum False\nkiwi bird True\n" * 2
    )
    (tmp_path / "lst.gold.candidates").write_text("kiwi.n::kakapo;plum;moa\n")
    (tmp_path / "lst_all.gold").write_text("kiwi.n 1 :: kakapo 3;\n")
    (tmp_path / "lst_all.preprocessed").write_text("kiwi.n\t1\t1\tthe kiwi\n")
    return tmp_path


def everything(tests):
    return [
        "--similarity", tests / "pairs.txt",
        "--analogies", tests / "questions.txt", "--restrict-vocab", "6",
        "--entailment", tests / "data.tsv",
        "--direction", tests / "data.tsv",
        "--lexsub", tests,
    ]  # fmt: skip


def test_json_keys(densevec, density_file, tests):
    result = densevec("evaluate", density_file, *everything(tests), "--json")
    assert (result.status, result.err) == (0, "")
    report = result.json
    assert set(report) == {
        "similarity",
        "analogies",
        "entailment",
        "direction",
        "variance_frequency_correlation",
        "variance_frequency",
        "lexsub",
    }
    assert report["similarity"]["pairs.txt"] == {"spearman": 1.0, "used": 3, "total": 3, "measure": "cosine"}
    assert set(report["analogies"]) == {"semantic", "syntactic", "total", "used", "skipped", "restrict_vocab"}
    entailment = report["entailment"]["data.tsv"]
    assert set(entailment) == {"average_precision", "f1", "accuracy", "used", "total", "baselines", "decision"}
    assert set(entailment["decision"]) == {
        "precision",
        "recall",
        "f1",
        "accuracy",
        "calibration_error",
        "reliability",
    }
    assert set(entailment["baselines"]) == {"frequency_difference", "hypernym_frequency", "always_yes"}
    assert report["direction"]["data.tsv"] == {
        "accuracy": 1.0,
        "balanced": None,  # the broad word is always the more frequent one
        "used": 6,
        "total": 6,
        "baselines": {"frequency": 1.0, "variance": 1.0},
        "balanced_baselines": {"frequency": None, "variance": None},
    }
    assert set(report["lexsub"]) == {"gap", "gap_context_blind", "gap_random", "items"}
    assert report["lexsub"]["gap"] is None  # no model, no context
    assert 0 < report["variance_frequency_correlation"] == report["variance_frequency"]["pearson"] <= 1


def test_for_people(densevec, density_file, tests):
    text = densevec("evaluate", density_file, *everything(tests)).out
    for line in ("similarity (Spearman)", "frequency difference", "by variance", "context-blind", "3 of 3 pairs"):
        assert line in text


def test_nothing_asked_reports_the_variances(densevec, density_file, point_file):
    assert set(densevec("evaluate", density_file, "--json").json) == {
        "variance_frequency_correlation",
        "variance_frequency",
    }
    result = densevec("evaluate", point_file)
    assert (result.status, "one of --similarity, --analogies, --entailment" in result.err) == (2, True)


def test_points_are_measured_where_they_can(densevec, point_file, tests):
    arguments = ["--similarity", tests / "pairs.txt", "--lexsub", tests, "--json"]
    report = densevec("evaluate", point_file, *arguments).json
    assert report["lexsub"]["gap_context_blind"] == 1.0
    result = densevec("evaluate", point_file, "--direction", tests / "data.tsv")
    assert (result.status, result.out) == (1, "")
    assert f"{point_file}: the file holds a KeyedVectors, and --direction needs word densities" in result.err


def test_files_that_know_different_words(densevec, density_file, tests):
    """Each file's own coverage is said, whichever comes first; once, where files agree."""
    few, same = tests / "few.safetensors", tests / "same.safetensors"
    DensityVectors.load(density_file).select(["bird", "kakapo", "plum"]).save(few)
    same.write_bytes(few.read_bytes())
    of_few, of_all = "2 of 3 pairs; left out: 1 (unknown word)", "3 of 3 pairs"
    for files, remarks in (
        ([few, density_file], [f"few.safetensors: {of_few}", f"{density_file.name}: {of_all}"]),
        ([density_file, few], [f"{density_file.name}: {of_all}", f"few.safetensors: {of_few}"]),
        ([few, density_file, same], [f"few.safetensors, same.safetensors: {of_few}", f"{density_file.name}: {of_all}"]),
        ([few, same], [of_few]),
    ):
        lines = densevec("evaluate", *files, "--similarity", tests / "pairs.txt").out.splitlines()[2:]
        assert [line[-len(remark) :] for line, remark in zip(lines, remarks, strict=False)] == remarks
        assert all(line.strip() == remark for line, remark in zip(lines[1:], remarks[1:], strict=False))


NEEDS = {
    "similarity": "word vectors",
    "analogies": "word vectors",
    "entailment": "word densities",
    "direction": "word densities",
    "hypernyms": "word densities",
    "lexsub": "word vectors",
    "contextual": "word vectors",
    "pseudo_words": "a model that reads words in context",
    "senses": "a BayesianSkipGram, which finds senses",
    "alignment": "a model that aligns translations",
    "completion": "a model or vectors that fill gaps",
    "perplexity": "a language model that predicts from the words before alone",
}


def test_every_test_has_a_need():
    assert set(NEEDS) == set(TESTS)


@pytest.mark.parametrize("test", TESTS)
def test_what_a_file_lacks_is_said_of_it_by_name(densevec, density_file, tests, test):
    """Of vectors what a model can do, of a model without words, phrases, all; before any file of a test is read."""
    phrases = tests / "phrases.safetensors"
    Phrases([["new", "york"]] * 9).train().save(phrases)
    option = f"--{test.replace('_', '-')}"
    names = [option, *["none"] * {"senses": 2, "completion": 2, "alignment": 3}.get(test, 1)]
    has_model = test in ("pseudo_words", "senses", "alignment", "perplexity")
    for path in [phrases, *([density_file] if has_model else [])]:
        kind = "Phrases" if path == phrases else "DensityVectors"
        for files in ([path], [path, phrases]):
            told = densevec("evaluate", *files, *names)
            wanted = f"densevec: {path}: the file holds a {kind}, and {option} needs {NEEDS[test]}\n"
            assert (told.status, told.out, told.err) == (1, "", wanted)


def test_a_file_among_several_that_cannot_answer(densevec, density_file, point_file, tests):
    asked = ["--similarity", tests / "pairs.txt", *("--entailment", tests / "data.tsv")]
    asked += ["--direction", tests / "data.tsv", "--hypernyms", tests / "data.tsv"]
    alone = densevec("evaluate", density_file, *asked, "--json").json
    both = densevec("evaluate", density_file, point_file, *asked, "--json").json
    assert both[str(density_file)] == alone
    points = both[str(point_file)]
    assert points["similarity"] == alone["similarity"]
    assert set(points) == {"similarity", "unanswered"}
    assert set(points["unanswered"]) == {"entailment", "direction", "hypernyms"}
    result = densevec("evaluate", point_file, density_file, *asked)
    assert (result.status, result.err) == (0, "")
    table, _, remarks = result.out.partition("\n\n")
    assert remarks.splitlines() == list(points["unanswered"].values())
    row = next(line for line in table.splitlines() if "frequency difference" in line)
    assert row.split()[2] == "-" and row.split()[3] != "-"
    assert table.splitlines()[1].rstrip() == "similarity (Spearman)"


@pytest.mark.parametrize(
    ("option", "need"),
    [
        (["--measure", "kl_to_query"], "word densities"),
        (["--refine", 2], "a BayesianSkipGram, whose posteriors have a bound"),
    ],
)
def test_options_that_not_all_files_can_follow(densevec, point_file, tests, option, need):
    model, said = (
        tests / "model.safetensors",
        f"{point_file}: the file holds a KeyedVectors, and {option[0]} needs {need}",
    )
    text = [["the", "kiwi", "eats", "kakapo", "or", "plum"]] * 9
    BayesianSkipGram(text, dim=4, epochs=1, min_count=1, sample=0, evidence=None).train(progress=False).save(model)
    report = densevec("evaluate", model, point_file, "--lexsub", tests, *option, "--json").json
    assert report[str(model)]["lexsub"]["gap"] is not None
    assert report[str(point_file)] == {"unanswered": {"lexsub": said}}
    told = densevec("evaluate", point_file, "--lexsub", tests, *option)
    assert (told.status, told.err) == (1, f"densevec: {said}\n")


def test_language_models_among_other_files(densevec, density_file, tests):
    (tests / "text").write_text("the kiwi eats\n" * 9)
    files = [tests / "one.safetensors", tests / "two.arpa"]
    model = NGram(str(tests / "text"), 2, min_count=1).train()
    model.save(files[0])
    model.write_arpa(files[1])
    asked = ["--perplexity", tests / "text", "--similarity", tests / "pairs.txt"]
    report = densevec("evaluate", *files, density_file, *asked, "--json").json
    assert list(report) == [*map(str, files), str(density_file), "combined"]
    assert (
        report[str(files[0])].keys() == {"perplexity", "unanswered"} and "weights" in report["combined"]["perplexity"]
    )
    assert report[str(density_file)].keys() == {
        "similarity",
        "variance_frequency_correlation",
        "variance_frequency",
        "unanswered",
    }
    told = densevec("evaluate", files[0], density_file, *asked, "--weights", 1, 2)
    assert (told.status, "--weights must come with several files of language models" in told.err) == (2, True)


def test_weights_where_a_file_is_no_language_model(densevec, density_file, tests):
    (tests / "text").write_text("the kiwi eats\n" * 9)
    files = [tests / "one", tests / "two"]
    for path in files:
        NGram(str(tests / "text"), 2, min_count=1).train().save(path)
    lack = f"{density_file}: the file holds a DensityVectors, and --perplexity needs a language model"
    asked = [density_file, "--perplexity", tests / "text", "--weights", 0.5, 0.3]
    assert densevec("evaluate", *files, *asked).status == 0
    for told in (densevec("evaluate", *files, *asked, 0.2), densevec("evaluate", files[0], *asked)):
        assert (told.status, told.out, f"; {lack}" in told.err) == (2, "", True)


@pytest.mark.parametrize(
    ("text", "reading", "why"),
    [
        ("the kiwi sleeps\n", {}, "models must have the same words to be mixed, but model 2 has 5 words"),
        (
            "the kiwi eats\n",
            {"lowercase": True},
            "models must read text alike to be mixed, but model 2 has lowercase=True",
        ),
    ],
)
def test_language_models_that_do_not_mix(densevec, tests, text, reading, why):
    """Each has its own figures, and a remark says why there are none of all."""
    (tests / "text").write_text("the kiwi eats\n" * 9)
    files = [tests / "one", tests / "two"]
    NGram(str(tests / "text"), 2, min_count=1).train().save(files[0])
    NGram([line.split() for line in [text] * 9], 2, min_count=1, **reading).train().save(files[1])
    asked = ["--perplexity", tests / "text"]
    report = densevec("evaluate", *files, *asked, "--json").json
    for path in files:
        assert report[str(path)] == densevec("evaluate", path, *asked, "--json").json
    assert report["combined"].keys() == {"unanswered"}
    assert report["combined"]["unanswered"]["perplexity"].startswith(f"{files[0]} + {files[1]}: {why}")
    assert report["combined"]["unanswered"]["perplexity"] in densevec("evaluate", *files, *asked).out


def test_files_named_as_what_they_do_together(densevec, tests, monkeypatch):
    monkeypatch.chdir(tests)
    (tests / "text").write_text("the kiwi eats\n" * 9)
    files = ["combined", "(combined)"]
    for order, name in enumerate(files, 1):
        NGram(str(tests / "text"), order, min_count=1).train().save(tests / name)
    report = densevec("evaluate", *files, "--perplexity", "text", "--json").json
    assert list(report) == [*files, "((combined))"]
    assert [len(each["perplexity"].get("weights", [])) for each in report.values()] == [0, 0, 2]


def test_one_question_is_not_combined(densevec, language_models, tests):
    (tests / "gaps").write_text("1,the _____ eats,kiwi,plum\n")
    (tests / "answers").write_text("1,a\n")
    files = [language_models["full"], language_models["nce"]]
    report = densevec("evaluate", *files, "--completion", tests / "gaps", tests / "answers", "--json").json
    assert all(report[str(path)]["completion"]["items"] == 1 for path in files)
    assert report["combined"]["unanswered"]["completion"].endswith(
        "questions must be at least 2 to fit weights on half of them, got 1"
    )


def test_graded_entailment_of_points(densevec, density_file, point_file, tests):
    (tests / "hyperlex").write_text(
        "WORD1 WORD2 POS TYPE AVG_SCORE AVG_SCORE_0_10\nkakapo bird N hyp 5 9\nbird kakapo N hyp 1 1\n"
    )
    need = "--similarity hyperlex (graded entailment) needs word densities"
    lack = f"{point_file}: the file holds a KeyedVectors, and {need}"
    asked = ["--similarity", tests / "pairs.txt", tests / "hyperlex"]
    report = densevec("evaluate", point_file, density_file, *asked, "--json").json
    assert report[str(density_file)]["similarity"].keys() == {"pairs.txt", "hyperlex"}
    assert report[str(point_file)]["similarity"].keys() == {"pairs.txt"}
    assert report[str(point_file)]["unanswered"] == {"similarity": lack}
    assert densevec("evaluate", point_file, *asked).out.endswith(f"{lack}\n")
    told = densevec("evaluate", point_file, "--similarity", tests / "hyperlex")
    assert (told.status, told.out, told.err) == (1, "", f"densevec: {lack}\n")


NO_PROBABILITIES = "needs probabilities, which output_layer='negative' does not give"


@pytest.fixture
def language_models(tests):
    """Files of a model with probabilities, one with scores of words in context, and those without either."""
    text = [["the", "kiwi", "eats", "kakapo", "or", "plum"]] * 9
    quick = {"dim": 4, "epochs": 1, "min_count": 1, "workers": 1}
    models = {
        "full": NPLM(text, hidden=4, output_layer="full", **quick),
        "nce": LogBilinear(text, context="both", output_layer="nce", **quick),
        "none": NPLM(text, hidden=4, output_layer="negative", **quick),
        "around": LogBilinear(text, context="both", output_layer="negative", **quick),
    }
    for name, model in models.items():
        model.train(progress=False).save(tests / name)
    return {name: tests / name for name in models}


@pytest.mark.parametrize(
    ("asked", "cannot"),
    [
        (["--perplexity", "text"], ["none"]),
        (["--completion", "gaps", "answers"], ["none", "around"]),
        (["--pseudo-words", "pseudo"], ["none", "around"]),
    ],
)
def test_language_models_without_probabilities(densevec, tests, language_models, asked, cannot):
    """One that has none among others has a remark, and one by itself is an error that names it."""
    (tests / "text").write_text("the kiwi eats\n")
    (tests / "gaps").write_text("1,the _____ eats,kiwi,plum\n")
    (tests / "answers").write_text("1,a\n")
    (tests / "pseudo").write_text("kiwi\tkiwi\tplum\t1\tthe kiwi eats\n")
    arguments = [asked[0], *(tests / name for name in asked[1:])]
    for path in map(language_models.get, cannot):
        report = densevec("evaluate", language_models["full"], path, *arguments, "--json").json
        (lack,) = report[str(path)]["unanswered"].values()
        assert lack.startswith(f"{path}: ") and lack.endswith(f"{asked[0]} {NO_PROBABILITIES}")
        alone = densevec("evaluate", path, *arguments)
        assert (alone.status, alone.out, alone.err) == (1, "", f"densevec: {lack}\n")
    if asked[0] != "--perplexity":
        assert densevec("evaluate", language_models["nce"], *arguments).status == 0
    if asked[0] == "--completion":
        both = densevec("complete", language_models["full"], path, "the _____", "--choices", "kiwi", "plum")
        assert (both.status, both.err) == (
            1,
            f"densevec: {path}: the file holds a LogBilinear, and this {NO_PROBABILITIES}\n",
        )


def test_vectors_answer_for_a_language_model_without_probabilities(densevec, tests, language_models):
    for name in ("none", "around"):
        path = language_models[name]
        report = densevec("evaluate", path, "--lexsub", tests, "--json").json["lexsub"]
        assert report == evaluate_lexsub(KeyedVectors.load(path), tests).as_dict()


@pytest.mark.parametrize("settings", [{"objective": "max_margin"}, {"objective": "elbo", "likelihood": "affine"}])
def test_posteriors_without_a_bound_are_not_refined(densevec, tests, settings):
    text = [["the", "kiwi", "eats", "kakapo", "or", "plum"]] * 9
    for name, own in (("bound", {}), ("none", settings)):
        model = BayesianSkipGram(text, dim=4, epochs=1, min_count=1, sample=0, evidence=None, **own)
        model.train(progress=False).save(tests / name)
    asked = [tests / "bound", tests / "none", "--lexsub", tests, "--json", "--refine"]
    bound, none = densevec("evaluate", *asked, 2).json.values()
    assert bound["lexsub"]["gap"] is not None and "lexsub" not in none
    assert none["unanswered"]["lexsub"].endswith(
        "--refine needs one of likelihood='density' with an objective of expected_softmax or elbo"
    )
    assert all("lexsub" in report for report in densevec("evaluate", *asked, 0).json.values())


@pytest.mark.parametrize(
    ("option", "of"),
    [
        (["--columns", "1", "2", "3"], "--similarity or --entailment or --direction or --hypernyms"),
        (["--restrict-vocab", "9"], "--analogies"),
        (["--hypernym-vocab", "9"], "--hypernyms"),
        (["--measure", "cosine"], "--lexsub"),
        (["--refine", "2"], "--lexsub or --contextual or --pseudo-words or --senses"),
        (["--links-from", "0"], "--alignment"),
        (["--turn-gold"], "--alignment"),
    ],
)
def test_options_of_a_test_that_is_not_asked_for(densevec, density_file, option, of):
    told = densevec("evaluate", density_file, *option)
    assert (told.status, f"{option[0]} must come with {of}, which alone uses it" in told.err) == (2, True)


@pytest.mark.parametrize("option", ["--restrict-vocab", "--hypernym-vocab"])
def test_a_number_of_words_that_is_none(densevec, density_file, tests, option):
    asked = ["--analogies", tests / "questions.txt", "--hypernyms", tests / "data.tsv"]
    told = densevec("evaluate", density_file, *asked, option, 0)
    assert (told.status, told.out, told.err) == (2, "", f"densevec: {option} must be an integer at least 1, got 0\n")


def test_several_files_are_compared(densevec, density_file, point_file, tests):
    arguments = [density_file, point_file, "--similarity", tests / "pairs.txt"]
    both = densevec("evaluate", *arguments, "--json").json
    assert list(both) == [str(density_file), str(point_file)]
    assert both[str(density_file)]["similarity"] == both[str(point_file)]["similarity"]
    text = densevec("evaluate", *arguments).out
    assert "birds.safetensors" in text
    assert "points.safetensors" in text


def test_equal_names_are_told_apart(densevec, density_file, tests):
    (tests / "other").mkdir()
    twin = tests / "other" / "pairs.txt"
    twin.write_text("bird plum 1\nkiwi plum 4\n")
    report = densevec("evaluate", density_file, "--similarity", tests / "pairs.txt", twin, "--json").json
    assert set(report["similarity"]) == {str(tests / "pairs.txt"), str(twin)}


def test_a_model_reads_the_context(densevec, stand_in, tests):
    path = tests / "model.safetensors"
    stand_in([["the", "kiwi", "kakapo", "plum"]], dim=4).train().save(path)
    report = densevec("evaluate", path, "--lexsub", tests, "--json").json
    assert report["lexsub"]["gap"] is not None
    assert report["lexsub"]["items"] == 1


def test_words_in_context_are_measured(densevec, stand_in, point_file, tests):
    text, questions, path = tests / "text", tests / "questions", tests / "model.safetensors"
    (tests / "source").write_text("".join(f"the {word} was by a well\n" * 30 for word in ("kiwi", "plum", "kakapo")))
    make = ["pseudo-words", tests / "source", "-o", text, questions, "--pairs", "1", "--sentences", "4"]
    assert densevec(*make, "--json").json == {
        "text": str(text),
        "questions": str(questions),
        "num_pairs": 1,
        "num_sentences": 86,
        "num_questions": 4,
    }
    assert "densevec evaluate FILE" in densevec(*make).out
    before = text.read_bytes(), questions.read_bytes()
    for senses in ([], ["--senses", "2"]):
        refused = densevec(*make[:5], *senses, "--pairs", 200)
        assert (refused.status, "--pairs" in refused.err and " must " in refused.err) == (2, True)
    assert "is named for two files to write" in densevec(*make[:4], text).err
    assert (text.read_bytes(), questions.read_bytes()) == before
    stand_in([line.split() for line in text.read_text().splitlines()], dim=4).train().save(path)
    (tests / "scws.txt").write_text(
        "".join(
            f"1\tkiwi\tn\twell\tn\tthe <b> {word} </b>\ta <b> well </b>\t{n}\t1\n"
            for n, word in enumerate(["was", "by"])
        )
    )
    report = densevec("evaluate", path, "--pseudo-words", questions, "--contextual", tests / "scws.txt", "--json").json
    assert 0 <= report["pseudo_words"]["by_cosine"] <= 1
    assert abs(report["contextual"]["in_context"]) == 1
    shown = densevec("evaluate", path, "--pseudo-words", questions, "--contextual", tests / "scws.txt").out
    assert "moved towards it" in shown
    assert "2 of 2 pairs" in shown
    refused = densevec("evaluate", point_file, "--pseudo-words", questions)
    assert (refused.status, "needs a model that reads words in context" in refused.err) == (1, True)


def test_words_in_their_sentences_are_compared_as_the_models_vectors_do(densevec, tmp_path) -> None:
    sentences = [f"{one} {two} {three}".split() for one in "abcd" for two in "efgh" for three in "abcd"]
    model = BayesianSkipGram(sentences, dim=4, epochs=1, min_count=1, evidence=None).train(progress=False)
    model.save(tmp_path / "model.safetensors")
    lines = [
        f"{n}\ta\tn\te\tn\t<b> a </b> {word} {other}\t{other} <b> e </b> {word}\t{n * 7 % 11}\t1\n"
        for n, (word, other) in enumerate(product("fgh", "bcd"))
    ]
    (tmp_path / "scws.txt").write_text("".join(lines))
    report = densevec("evaluate", tmp_path / "model.safetensors", "--contextual", tmp_path / "scws.txt", "--json").json
    wanted = evaluate_contextual(model.vectors, tmp_path / "scws.txt", encoder=model.posterior_batch)
    assert report["contextual"]["in_context"] == pytest.approx(wanted.in_context)
    assert wanted.in_context != pytest.approx(wanted.by_posteriors)
