"""Raw text: books with wrapped lines, capitals and punctuation."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from densevec import NPLM, BayesianSkipGram, EmbedAlign, NGram, Phrases, SkipGram, TextCorpus, raw_text
from densevec.errors import (
    CorpusError,
    CorpusFileError,
    CorpusTypeError,
    FormatWarning,
    MissingPackageError,
    ParameterError,
    ParameterTypeError,
)
from densevec.formats import read_container, write_container

BOOK = """The Project Gutenberg eBook of Birds

*** START OF THE PROJECT GUTENBERG EBOOK BIRDS ***
CHAPTER I

Mr. Kiwi met Dr. Kea at
3.14 p.m. near the old
tree. Did they laugh? They
DIDN'T!

J. R. Plum saw them, e.g. on Monday. She left.
*** END OF THE PROJECT GUTENBERG EBOOK BIRDS ***
Licence. Licence. Licence.
"""
WORDS = [
    "chapter i",
    "mr kiwi met dr kea at 3 14 p m near the old tree",
    "did they laugh",
    "they didn't",
    "j r plum saw them e g on monday",
    "she left",
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    pytest.importorskip("sentencex", reason="sentencex is not installed")
    path = tmp_path / "books" / "birds.txt"
    path.parent.mkdir()
    path.write_text(BOOK)
    return path


def test_lines_are_joined_and_cut_into_sentences(book: Path) -> None:
    text = raw_text(book, "en")
    assert [" ".join(words) for words in text] == WORDS == [" ".join(words) for words in text]  # read again
    assert list(raw_text(book.parent, "en")) == list(text)
    cased = raw_text(book, "en", lowercase=False, tokenizer="whitespace")
    assert list(cased)[1][:6] == ["Mr.", "Kiwi", "met", "Dr.", "Kea", "at"]
    assert text.reading["lowercase"] is True and text.reading["tokenizer"] == "words"


def test_files_end_sentences_and_a_marker_within_the_text_is_text(book: Path) -> None:
    (book.parent / "a.txt").write_text("no end\r\nof a line")
    (book.parent / "z.txt").write_text("x\n" * 1500 + "*** START OF THE END. It begins.\n")
    found = [" ".join(words) for words in raw_text(book.parent, "en")]
    assert found[0] == "no end of a line" and found[1:7] == WORDS
    assert found[7].startswith("x x x") and found[-1] == "it begins"


@pytest.mark.parametrize("marker", ["*** ", "***"])
def test_books_one_after_the_other_in_a_file(book: Path, marker: str) -> None:
    second = (
        "Licence.\n*** START OF THIS PROJECT GUTENBERG EBOOK X\nThe weka\n*** END OF THIS PROJECT GUTENBERG EBOOK X\n"
    )
    book.write_text((BOOK + second + BOOK).replace("*** ", marker))
    assert [" ".join(words) for words in raw_text(book, "en")] == [*WORDS, "the weka", *WORDS]
    begun = BOOK[BOOK.index("J. R. Plum") :]  # the first book lacks its beginning
    book.write_text((begun + second).replace("*** ", marker))
    assert [" ".join(words) for words in raw_text(book, "en")] == [*WORDS[-2:], "the weka"]
    book.write_text("no end\n" + second.removeprefix("Licence.\n").replace("*** ", marker))
    assert [" ".join(words) for words in raw_text(book, "en")] == ["the weka"]


def test_other_languages(book: Path) -> None:
    book.write_text("Am 3. Mai kam Dr. Müller\nz. B. nach Berlin. Er blieb.\n", encoding="utf-8")
    assert [len(words) for words in raw_text(book, "de")] == [10, 2]
    book.write_text("これは文です。次の文です。", encoding="utf-8")
    assert [len(words) for words in raw_text(book, "ja", tokenizer=list)] == [7, 6]


@pytest.mark.parametrize("blank", ["\x85", "\xa0", "\u1680", "\u2009", "\u2028", "\u202f", "\u205f", "\u3000"])
def test_wide_blanks_before_a_full_stop_stay_in_the_text(book: Path, blank: str) -> None:
    """sentencex takes what is before the full stop for a name's initial, and the blank for one byte."""
    book.write_text(f"He has plan B{blank}. It{blank}costs 10{blank}000. See A{blank}.{blank}B.", encoding="utf-8")
    for language in ("en", "fr", "ru"):
        found = [" ".join(words) for words in raw_text(book, language, lowercase=False, tokenizer=str.split)]
        assert found[-1].endswith("B.") and " ".join(found).split() == book.read_text("utf-8").split()
    kept = [word for words in raw_text(book, "en", tokenizer="whitespace") for word in words]
    assert f"10{blank}000." in kept and f"it{blank}costs" in kept


class Panic(BaseException):
    """As PyO3's, which is no Exception."""


def test_what_cannot_be_cut_into_sentences_is_one_and_said_once(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sentencex

    def fail_of_mr(language: str, text: str) -> list[str]:
        if "Mr." in text or "J. R." in text:
            raise Panic("end byte index 6 is not a char boundary\nnote: more")
        return list(segment(language, text))

    segment = sentencex.segment
    monkeypatch.setattr(sentencex, "segment", fail_of_mr)
    text = raw_text(book, "en")
    wanted = [WORDS[0], " ".join(WORDS[1:4]), " ".join(WORDS[4:])]
    says = r"birds.txt: sentencex cannot cut the paragraph 'Mr. Kiwi met.*\(end byte index 6 .* boundary\), which is"
    with pytest.warns(FormatWarning, match=says) as told:
        for _ in range(2):
            assert [" ".join(words) for words in text] == wanted
    assert len(told) == 1

    def stop(language: str, text: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "segment", stop)
    with pytest.raises(KeyboardInterrupt):
        list(raw_text(book, "en"))


def test_a_model_reads_as_its_text_was_read(book: Path) -> None:
    book.write_text(BOOK * 20)
    model = SkipGram(raw_text(book, "en"), dim=4, min_count=1, epochs=1, workers=1).train()
    assert "kiwi" in model.vectors and "Kiwi" not in model.vectors and "licence" not in model.vectors
    assert model.open_text([]).tokenize("Mr. KIWI!") == ["mr", "kiwi"]
    assert model.trained_on is not None and model.trained_on["sentences"] == 20 * len(WORDS)


def test_raw_text_is_a_corpus_of_files(book: Path, tmp_path: Path) -> None:
    text = raw_text([book], "en")
    assert text.paths == [str(book)] and text.name == str(book) and not text.is_text
    model = SkipGram(raw_text(book, "en"), dim=4, min_count=1, epochs=1, sample=0, workers=1).train()
    assert model.trained_on is not None and model.trained_on["kind"] == "1 path"
    model.save(tmp_path / "model")
    assert read_container(tmp_path / "model").metadata["parameters"]["corpus"] == str(book)
    updated = SkipGram.load(tmp_path / "model").update(raw_text([book, book], "en"))
    assert updated.trained_on is not None and updated.trained_on["kind"] == "2 paths"


def in_two_ways(book: Path) -> list[dict[str, Any]]:
    """A corpus, or parameters: raw text either way."""
    return [
        {"corpus": raw_text(book, "en")},
        {"corpus": book, "language": "en", "tokenizer": "words", "lowercase": True},
    ]


@pytest.mark.parametrize("way", [0, 1])
def test_a_model_finds_sentences_as_its_text_had_them(book: Path, tmp_path: Path, way: int) -> None:
    """In all files that it is given later, trained, loaded or pickled; a corpus is as it is."""
    settings = {"min_count": 1, "workers": 1, **in_two_ways(book)[way]}
    model = NGram(**settings, order=2).train()
    wanted, by_line = model.perplexity(raw_text(book, "en")), model.perplexity(TextCorpus(book, True, "words"))
    assert wanted.num_sentences == len(WORDS) and wanted != by_line
    model.save(tmp_path / "model")
    for each in (model, NGram.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert each.reading()["language"] == "en" and each.perplexity(book) == wanted
        assert each.perplexity(each.open_text(book, language=None)) == by_line
        assert [line for line, _ in each.score(book)] == [line.split() for line in WORDS]
        assert each.perplexity([["kiwi"]]).num_sentences == 1
    neural = NPLM(**settings, dim=4, hidden=4, epochs=1).train(validation=book)
    assert neural.history[0].validation is not None
    assert neural.history[0].validation["loss"] == pytest.approx(neural.perplexity(raw_text(book, "en")).nats_per_token)
    grown = SkipGram(**settings, dim=4, epochs=1).train(progress=False).update(book, progress=False)
    assert grown.trained_on is not None and grown.trained_on["sentences"] == len(WORDS)
    again = SkipGram(**{**settings, "corpus": book}, language="en", dim=4) if way == 0 else SkipGram(**settings, dim=4)
    assert len(list(again.open_text(book))) == len(WORDS)


def test_phrases_and_models_of_raw_text_keep_how_it_was_read(book: Path, tmp_path: Path) -> None:
    book.write_text("We went to New\nYork. She saw the Bank of\nEngland, she said.\n\n" * 40)
    raw = raw_text(book, "en")
    rules: dict[str, Any] = {"min_count": 1, "threshold": 0.5, "scoring": "npmi", "connector_words": "english"}
    phrases = Phrases(raw, **rules).train()
    phrases.save(tmp_path / "phrases")
    for each in (phrases, Phrases.load(tmp_path / "phrases")):
        assert each.rules["language"] == "en" and each[[book]].language == "en"
        assert {"new_york", "bank_of_england"} <= set(each.find_phrases(book))
        assert list(each[[book]]) == list(phrases[raw])
    named = Phrases(book, language="en", lowercase=True, tokenizer="words", **rules).train()
    assert named.find_phrases(book) == phrases.find_phrases(book)
    settings: dict[str, Any] = {"dim": 4, "epochs": 1, "min_count": 1, "sample": 0, "evidence": None}
    wanted = raw_text(book, "en", phrases=phrases).reading
    ways: list[tuple[Any, dict[str, Any]]] = [
        (phrases[raw], {}),
        (TextCorpus(raw, phrases=phrases), {}),
        (raw.source, {"phrases": phrases}),
    ]
    for corpus, more in [*ways, (raw.source, {"phrases": str(tmp_path / "phrases")})]:
        model = BayesianSkipGram(corpus, **settings, **more).train(progress=False)
        assert model.known_phrases is not None
        assert {**model.reading(), "phrases": phrases} == {**wanted, "language": "en"}
        assert model.posterior(["We", "saw", "New", "York"], 2).mean.shape == (4,)
        model.save(tmp_path / "model")
        loaded = BayesianSkipGram.load(tmp_path / "model")
        assert loaded.language == "en" and loaded.senses("new_york", book).num_read == 40
    with pytest.raises(ParameterError, match=r"phrases must be the corpus's own, None, .*give it where the corpus"):
        BayesianSkipGram(raw, phrases=phrases, **settings).train()
    with pytest.raises(ParameterError, match=r"language must be the corpus's own, 'en'"):
        BayesianSkipGram(raw.source, language="de", **settings).train()
    with pytest.raises(ParameterError, match=r"phrases must be None .* joins none; give list\(corpus\)"):
        NGram(phrases[raw], order=2).train()
    assert "new_york" in NGram(list(phrases[raw]), order=2, min_count=1).train().vocabulary


def test_files_of_models_that_do_not_say_how_sentences_were_found(book: Path, tmp_path: Path) -> None:
    NGram(book, order=2, min_count=1).train().save(tmp_path / "model")
    container = read_container(tmp_path / "model")
    parameters = {**container.metadata["parameters"]}
    assert parameters.pop("language") is None
    metadata = {**container.metadata, "parameters": parameters}
    write_container(str(tmp_path / "old"), dict(container.tensors), list(container.words or ()), metadata)
    old, new = NGram.load(tmp_path / "old"), NGram.load(tmp_path / "model")
    assert old.language is None and old.perplexity(book) == new.perplexity(book)


def test_rules_of_finding_sentences_that_do_not_go_together(book: Path) -> None:
    with pytest.raises(ParameterError, match=r"language must be a code of a language.* or None, got 'English'"):
        SkipGram([["a", "kiwi"]], language="English").train()
    with pytest.raises(ParameterError, match=r"language must be the corpus's own, None.*source alone"):
        SkipGram(TextCorpus(book), language="en").train()
    pairs = [(["a", "bird"], ["ein", "Vogel"])] * 9
    with pytest.raises(ParameterError, match="language must be None for sentences and their translations"):
        EmbedAlign(pairs, language="en").train()
    alone = EmbedAlign(raw_text(book, "en"), dim=4, epochs=1, min_count=1, monolingual=True).train(progress=False)
    assert len(list(alone.open_text(book))) == len(WORDS)
    listed = SkipGram(TextCorpus([["a", "kiwi"]] * 9), language="en", dim=4, sample=0).train(progress=False)
    assert listed.reading()["language"] == "en"


def test_long_sentences_are_cut_as_was_asked(book: Path) -> None:
    book.write_text("kiwi " * 15_000)
    for corpus in (
        raw_text(book, "en", max_sentence_length=20_000),
        TextCorpus(raw_text(book, "en", max_sentence_length=20_000).source),
        SkipGram(language="en", tokenizer="words", max_sentence_length=20_000).open_text(book),
    ):
        assert corpus.max_sentence_length == 20_000 and list(map(len, corpus)) == [15_000]
    assert list(map(len, raw_text(book, "en", max_sentence_length=7_500))) == [7_500] * 2


def test_what_is_no_raw_text(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("", "English", "e"):
        with pytest.raises(ParameterError, match="language must be a code"):
            raw_text(book, language)
    with pytest.raises(ParameterTypeError, match="language must be a code"):
        raw_text(book, None)  # type: ignore[arg-type]
    with pytest.raises(CorpusTypeError, match="raw text must be paths"):
        raw_text([["a", "kiwi"]], "en")
    book.write_bytes(b"caf\xe9\n")
    with pytest.raises(CorpusError, match=r"birds.txt: line 1, byte 3"):
        list(raw_text(book, "en"))
    assert list(raw_text(book, "en", errors="ignore")) == [["caf"]]
    with pytest.raises(CorpusFileError, match="no such file"):
        list(raw_text(book.parent / "none.txt", "en"))


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencex", None)
    with pytest.raises(MissingPackageError, match=r"needs the package sentencex: pip install 'densevec\[text\]'$"):
        raw_text(tmp_path, "en")
