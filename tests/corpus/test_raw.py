"""Raw text: books with wrapped lines, capitals and punctuation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from densevec import SkipGram, raw_text
from densevec.errors import CorpusError, CorpusFileError, CorpusTypeError, MissingPackageError, ParameterError
from densevec.formats import read_container

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


def test_other_languages(book: Path) -> None:
    book.write_text("Am 3. Mai kam Dr. Müller\nz. B. nach Berlin. Er blieb.\n", encoding="utf-8")
    assert [len(words) for words in raw_text(book, "de")] == [10, 2]
    book.write_text("これは文です。次の文です。", encoding="utf-8")
    assert [len(words) for words in raw_text(book, "ja", tokenizer=list)] == [7, 6]


def test_a_model_reads_as_its_text_was_read(book: Path) -> None:
    book.write_text(BOOK * 20)
    model = SkipGram(raw_text(book, "en"), dim=4, min_count=1, epochs=1, workers=1).train()
    assert "kiwi" in model.vectors and "Kiwi" not in model.vectors and "licence" not in model.vectors
    assert model.open_text([]).tokenize("Mr. KIWI!") == ["mr", "kiwi"]
    assert model.trained_on is not None and model.trained_on["sentences"] == len(WORDS)


def test_raw_text_is_a_corpus_of_files(book: Path, tmp_path: Path) -> None:
    text = raw_text([book], "en")
    assert text.paths == [str(book)] and text.name == str(book) and not text.is_text
    model = SkipGram(raw_text(book, "en"), dim=4, min_count=1, epochs=1, sample=0, workers=1).train()
    assert model.trained_on is not None and model.trained_on["kind"] == "1 path"
    model.save(tmp_path / "model")
    assert read_container(tmp_path / "model").metadata["parameters"]["corpus"] == str(book)
    updated = SkipGram.load(tmp_path / "model").update(raw_text([book, book], "en"))
    assert updated.trained_on is not None and updated.trained_on["kind"] == "2 paths"


def test_what_is_no_raw_text(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("", "English", None, "e"):
        with pytest.raises(ParameterError, match="language must be a code"):
            raw_text(book, language)  # type: ignore[arg-type]
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
