"""Language models on the command line: train, score, rescore, evaluate, info, verify."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path

import pytest

from densevec import Aviary, Interpolated, LogBilinear, NGram, SkipGram


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("language")
    lines = [" ".join(sentence) for sentence in Aviary(600, seed=3)]
    for name, part in (("train", lines[:400]), ("valid", lines[400:500]), ("test", lines[500:])):
        (folder / f"{name}.txt").write_text("\n".join(part) + "\n")
    for order in (1, 3):
        NGram(folder / "train.txt", order, min_count=2).train().save(folder / f"{order}.safetensors")
    return folder


@pytest.fixture(scope="module")
def trigram(folder: Path) -> NGram:
    return NGram.load(folder / "3.safetensors")


def test_train_info_verify(densevec, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    options = ["--order", 2, "--smoothing", "katz", "--min-count", 2, "--cross-sentences", "--workers", 1]
    done = densevec("train", "ngram", folder / "train.txt", "-o", path, *options)
    assert done.status == 0, done.err
    assert "densevec score" in done.out and "dim" not in done.out
    model = NGram.load(path)
    assert (model.order, model.smoothing, model.cross_sentences) == (2, "katz", True)
    assert not list(tmp_path.glob("*.checkpoint"))
    report = densevec("train", "ngram", folder / "train.txt", "-o", path, "--json").json
    assert report["dim"] is None and report["words"] > 10 and report["epochs"] == []
    info = densevec("info", path)
    assert info.status == 0 and "NGram" in info.out and "dim" not in info.out.splitlines()[0]
    assert densevec("verify", path).status == 0
    assert densevec("train", "ngram", folder / "train.txt", "-o", path, "--order", 0).status == 2
    assert "holds no" in densevec("neighbors", path, "kiwi").err or densevec("neighbors", path, "kiwi").status == 1


def test_convert_to_arpa_and_back(densevec, folder: Path, trigram: NGram, tmp_path: Path) -> None:
    arpa, back = tmp_path / "trigram.arpa.gz", tmp_path / "back.safetensors"
    result = densevec("convert", folder / "3.safetensors", arpa, "--json")
    assert result.json["ngrams"] == list(trigram.num_ngrams)
    assert "orders 1 to 3" in densevec("convert", arpa, back).out
    sentence = ["the", "kiwi", "laid", "an", "egg"]
    assert NGram.load(back).log_prob(sentence) == pytest.approx(trigram.log_prob(sentence), rel=1e-5)
    assert densevec("convert", folder / "3.safetensors", arpa, "--limit", 3).status == 2
    assert "OUT must be" in densevec("convert", arpa, tmp_path / "out.bin").err
    for command in (("info",), ("verify",), ("neighbors", "a")):
        told = densevec(command[0], arpa, *command[1:])
        assert told.status == 1 and "an ARPA file of a language model (which densevec score, " in told.err
    lists, words = tmp_path / "lists.txt", ("the kiwi laid an egg", "laid")
    lists.write_text("1 ||| the kiwi ||| 0 ||| -2.5\n")
    takers = {
        "score": (folder / "test.txt",),
        "rescore": (lists,),
        "complete": (words[0].replace("laid", "_____"), "--choices", "laid", "the"),
        "substitutes": words,
        "next": words[:1],
        "generate": words[:1],
        "evaluate --perplexity": (folder / "test.txt",),
        "convert": (back,),
    }
    assert set(re.split(", | and ", re.search(r"which densevec (.*) take, where", told.err)[1])) == takers.keys()
    for name, arguments in takers.items():
        command, *options = name.split()
        assert densevec(command, arpa, *options, *arguments).status == 0, name
    assert not (tmp_path / "out.bin").exists()
    SkipGram(folder / "train.txt", dim=4, epochs=1).train().save(tmp_path / "vectors.safetensors")
    assert densevec("convert", tmp_path / "vectors.safetensors", arpa).status == 1


def test_how_text_is_read_goes_to_arpa_and_back_by_options(densevec, folder: Path, tmp_path: Path) -> None:
    own, arpa, back = (tmp_path / name for name in ("own.safetensors", "x.arpa", "back.safetensors"))
    text, options = tmp_path / "loud.txt", ["--lowercase", "--tokenizer", "words"]
    text.write_text("THE KIWI, THE EGG!\n")
    assert densevec("train", "ngram", folder / "train.txt", "-o", own, "--order", 2, *options).status == 0
    note = densevec("convert", own, arpa)
    assert note.status == 0 and "of this model that is --lowercase, --tokenizer words;" in note.err
    assert densevec("convert", arpa, back, *options).err == ""
    wanted, found = (densevec("score", path, text, "--json").json["log_prob"] for path in (own, back))
    assert found == pytest.approx(wanted, rel=1e-5)
    vectors = tmp_path / "birds.vec"
    vectors.write_text("1 2\nkiwi 1 0\n")
    for source in (own, vectors):
        refused = densevec("convert", source, tmp_path / "y.safetensors", "--lowercase", "--sentences", "en")
        assert refused.status == 2 and "--lowercase, --sentences en must be left out unless IN is" in refused.err


def test_score(densevec, folder: Path, trigram: NGram, tmp_path: Path) -> None:
    text = folder / "test.txt"
    found = densevec("score", folder / "3.safetensors", text, "--json").json
    lines = text.read_text().splitlines()
    assert [each["text"] for each in found["sentences"]] == lines
    for each in found["sentences"]:
        assert each["log_prob"] == pytest.approx(trigram.log_prob(each["text"].split()))
        assert each["tokens"] == len(each["text"].split()) + 1
    wanted = trigram.perplexity(text)
    assert found["log_prob"] == pytest.approx(-wanted.nats)
    assert found["perplexity"] == pytest.approx(wanted.perplexity) == pytest.approx(2 ** found["bits_per_token"])
    assert (found["num_tokens"], found["num_unknown"]) == (wanted.num_tokens, wanted.num_unknown)
    shown = densevec("score", folder / "3.safetensors", text).out.splitlines()
    assert shown[0].endswith(f"\t{lines[0]}")
    assert any(line.startswith("perplexity ") for line in shown)
    trigram.write_arpa(tmp_path / "model.arpa.gz")
    again = densevec("score", tmp_path / "model.arpa.gz", text, "--json").json
    assert again["perplexity"] == pytest.approx(found["perplexity"], rel=1e-5)


def test_score_reads_marks_as_the_model_does(densevec, folder: Path, tmp_path: Path) -> None:
    plain, marked, path = folder / "test.txt", tmp_path / "marked.txt", tmp_path / "skips.safetensors"
    marked.write_text("".join(f"<s> {line} </s>\n" for line in plain.read_text().splitlines()))
    refused = densevec("score", folder / "3.safetensors", marked)
    assert (
        refused.status == 1
        and "densevec train and, of an ARPA file, densevec convert have --skip-symbols" in refused.err
    )
    NGram(folder / "train.txt", 3, min_count=2, skip_symbols=True).train().save(path)
    skipped, wanted = (densevec("score", path, text, "--json").json for text in (marked, plain))
    assert {**skipped, "sentences": None} == {**wanted, "sentences": None}
    assert [each["log_prob"] for each in skipped["sentences"]] == [each["log_prob"] for each in wanted["sentences"]]
    densevec("convert", folder / "3.safetensors", tmp_path / "3.arpa")
    densevec("convert", tmp_path / "3.arpa", tmp_path / "3.safetensors", "--skip-symbols")
    assert densevec("score", tmp_path / "3.safetensors", marked).status == 0
    asked = densevec("evaluate", path, "--perplexity", marked, "--json").json["perplexity"]
    assert asked["perplexity"] == pytest.approx(wanted["perplexity"])


def test_blank_lines_are_no_sentences(densevec, folder: Path, trigram: NGram, tmp_path: Path) -> None:
    plain, blank = folder / "test.txt", tmp_path / "blank.txt"
    lines = plain.read_text().splitlines()
    blank.write_text("\n".join(["", *lines[:5], " \t", "", *lines[5:], ""]) + "\n")
    asked = densevec("evaluate", folder / "3.safetensors", "--perplexity", blank, "--json").json["perplexity"]
    found, wanted = (densevec("score", folder / "3.safetensors", text, "--json").json for text in (blank, plain))
    assert {name: found[name] for name in asked} == pytest.approx(asked)
    assert {**found, "sentences": None} == pytest.approx({**wanted, "sentences": None})
    assert [each["text"] for each in found["sentences"]] == ["", *lines[:5], "", "", *lines[5:], ""]
    assert found["sentences"][0] == {"text": "", "tokens": 1, "log_prob": pytest.approx(trigram.log_prob([]))}


def test_long_lines_are_cut_as_in_training(densevec, folder: Path, tmp_path: Path) -> None:
    path, text = tmp_path / "short.safetensors", folder / "test.txt"
    model = NGram(folder / "train.txt", 3, min_count=2, max_sentence_length=3).train()
    model.save(path)
    found = densevec("score", path, text, "--json").json
    asked = densevec("evaluate", path, "--perplexity", text, "--json").json["perplexity"]
    assert {name: found[name] for name in asked} == pytest.approx(asked)
    lines = text.read_text().splitlines()
    assert [each["text"] for each in found["sentences"]] == lines
    words = next(line.split() for line in lines if 3 < len(line.split()) <= 6)
    each = found["sentences"][[line.split() for line in lines].index(words)]
    assert each["log_prob"] == pytest.approx(model.log_prob(words[:3]) + model.log_prob(words[3:]))
    assert each["tokens"] == len(words) + 2


def test_score_without_a_perplexity(densevec, folder: Path, tmp_path: Path) -> None:
    path, text = tmp_path / "both.safetensors", folder / "test.txt"
    settings = {"context": "both", "window": 2, "dim": 4, "epochs": 1, "min_count": 1}
    LogBilinear(folder / "train.txt", **settings).train(progress=False).save(path)
    found = densevec("score", path, text, "--json").json
    assert list(found) == ["sentences", "log_prob"]
    assert found["log_prob"] == pytest.approx(sum(each["log_prob"] for each in found["sentences"]))
    shown = densevec("score", path, text).out
    assert "perplexity" not in shown and len(shown.splitlines()) == len(found["sentences"])


def test_standard_input_is_called_so(densevec, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    failed = densevec("score", folder / "3.safetensors", "-")
    assert (failed.status, failed.err) == (1, "densevec: standard input is empty: it has no tokens\n")


def test_what_is_no_language_model(densevec, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "vectors.safetensors"
    SkipGram(folder / "train.txt", 4, epochs=1, min_count=1, workers=1).train().save(path)
    failed = densevec("score", path, folder / "test.txt")
    assert failed.status == 1 and "this needs a language model's file" in failed.err
    (tmp_path / "empty.txt").write_text("\n")
    failed = densevec("score", folder / "3.safetensors", tmp_path / "empty.txt")
    assert failed.status == 1 and "is empty" in failed.err


def test_evaluate_perplexity(densevec, folder: Path, trigram: NGram) -> None:
    files = [folder / "1.safetensors", folder / "3.safetensors"]
    test, valid = folder / "test.txt", folder / "valid.txt"
    one = densevec("evaluate", files[1], "--perplexity", test, "--json").json
    assert one == {"perplexity": trigram.perplexity(test).as_dict()}
    both = densevec("evaluate", *files, "--perplexity", test, "--validation", valid, "--json").json
    assert both[str(files[1])] == one
    mixed = Interpolated([NGram.load(path) for path in files]).fit(valid)
    assert both["combined"]["perplexity"]["perplexity"] == pytest.approx(mixed.perplexity(test).perplexity)
    assert both["combined"]["perplexity"]["weights"] == pytest.approx(mixed.weights.tolist())
    shown = densevec("evaluate", *files, "--perplexity", test, "--weights", 1, 3)
    assert "0.250 / 0.750" in shown.out and "combined" in shown.out
    assert densevec("evaluate", *files, "--perplexity", test, "--weights", 1).status == 2
    for option in (["--weights", 1], ["--validation", valid]):
        told = densevec("evaluate", files[1], "--perplexity", test, *option)
        assert (told.status, f"{option[0]} must come with several files" in told.err) == (2, True)
        told = densevec("evaluate", *files, *option)
        assert (told.status, f"{option[0]} must come with --perplexity" in told.err) == (2, True)


def test_rescore(densevec, folder: Path, trigram: NGram, tmp_path: Path) -> None:
    lines = (folder / "test.txt").read_text().splitlines()[:30]
    nbest, references, output = tmp_path / "nbest.tsv", tmp_path / "references.txt", tmp_path / "out.tsv"
    with nbest.open("w") as file:
        for number, line in enumerate(lines):
            words = line.split()
            file.write(f"u{number}\t-1.0\t{' '.join(reversed(words))}\nu{number}\t{-1.1 - number % 3}\t{line}\n")
    references.write_text("\n".join(lines) + "\n")
    found = densevec("rescore", folder / "3.safetensors", nbest, "--weight", 0, "-o", output, "--json").json
    assert [each["id"] for each in found["best"]] == [f"u{number}" for number in range(30)]
    right = [each["text"] == line for each, line in zip(found["best"], lines, strict=True)]
    assert sum(right) > 25
    for each in found["best"]:
        assert each["score"] == pytest.approx(trigram.log_prob(each["text"].split()))
    assert len(output.read_text().splitlines()) == 60
    tuned = densevec("rescore", folder / "3.safetensors", nbest, "--tune", references, "--json").json
    assert tuned["tuned"]["best"] == 0
    assert tuned["tuned"]["word_error_rate"] < 0.2 < tuned["tuned"]["first"]
    assert tuned["weight"] == tuned["tuned"]["weight"] and math.isfinite(tuned["weight"])
    assert "word error rate" in densevec("rescore", folder / "3.safetensors", nbest, "--tune", references).out
    with nbest.open("a") as file:
        file.write("u30\t-1\tthe kiwi\nu30\t-2\t\n")
    references.write_text("\n".join([*lines, ""]) + "\n")  # nothing was said
    silent = densevec("rescore", folder / "3.safetensors", nbest, "--tune", references, "--json").json
    assert silent["tuned"]["best"] == 0 and silent["best"][-1]["id"] == "u30"
    nbest.write_text("nothing of the kind\n")
    assert "line 1: expected" in densevec("rescore", folder / "3.safetensors", nbest).err


def test_a_cache_dir_that_is_not_here_is_not_needed(densevec, folder: Path, trigram: NGram, tmp_path: Path) -> None:
    path, text = tmp_path / "model", folder / "test.txt"
    NGram.load(folder / "3.safetensors").set_params(cache_dir=str(tmp_path / "gone")).save(path)
    asked = densevec("evaluate", path, "--perplexity", text, "--json")
    assert asked.status == 0, asked.err
    assert asked.json["perplexity"]["perplexity"] == pytest.approx(trigram.perplexity(text).perplexity)


def test_complete(densevec, folder: Path) -> None:
    asked = densevec(
        "complete", folder / "3.safetensors", "the kiwi _____ an egg", "--choices", "laid", "the", "--json"
    )
    assert asked.status == 0, asked.err
    assert asked.json["choices"][0]["word"] == "laid"


def test_next(densevec, folder: Path, trigram: NGram) -> None:
    found = densevec("next", folder / "3.safetensors", "the kiwi", "--topn", 4, "--json").json
    wanted = trigram.next_words(["the", "kiwi"], 4)
    assert [(each["word"], each["probability"]) for each in found["words"]] == wanted
    shown = densevec("next", folder / "3.safetensors").out.splitlines()
    assert len(shown) == 10 and shown[0].split() == [
        trigram.next_words(topn=1)[0][0],
        f"{trigram.next_words(topn=1)[0][1]:.4f}",
    ]
    assert densevec("next", folder / "3.safetensors", "--topn", -1).status == 2


def test_generate(densevec, folder: Path, trigram: NGram) -> None:
    options = ["--length", 7, "--top-p", 0.9, "--seed", 5, "--sentences", 3]
    found = densevec("generate", folder / "3.safetensors", "the kiwi", *options, "--json").json
    assert found["continuations"] == [trigram.generate(["the", "kiwi"], 7, top_p=0.9, seed=seed) for seed in (5, 6, 7)]
    shown = densevec("generate", folder / "3.safetensors", "the kiwi", *options).out.splitlines()
    assert shown == [" ".join(["the kiwi", *words]) for words in found["continuations"]]
    greedy = densevec("generate", folder / "3.safetensors", "--temperature", 0, "--sentences", 2).out.splitlines()
    assert greedy[0] == greedy[1] == " ".join(trigram.generate([], temperature=0))
    for wrong in (["--temperature", -1], ["--top-k", 0], ["--sentences", -1], ["--seed", -1]):
        assert densevec("generate", folder / "3.safetensors", *wrong).status == 2
