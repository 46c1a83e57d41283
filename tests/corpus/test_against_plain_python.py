"""Counting and encoding against their twin in plain Python: any text, any piece size, any number of threads."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from densevec._unicode import NORMAL_FORMS
from densevec.corpus import ParallelCorpus, TextCorpus, build_vocabulary, encode_corpus, readers
from densevec.corpus.beginnings import no_text

from . import plain

pytestmark = pytest.mark.filterwarnings("error")

alphabet = st.sampled_from("aaabcAB \t\v\f\n\r  \n'éÉİΣσ\u00a0\u2028\u0085\x1c中😀\ufeff")
texts = st.text(alphabet, max_size=400)
relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


def small_pieces(monkeypatch: pytest.MonkeyPatch, size: int, longest: int) -> None:
    monkeypatch.setattr(readers, "PIECE_SIZE", size)
    monkeypatch.setattr(readers, "LONGEST_RUN", longest)


@relaxed
@given(
    text=texts,
    size=st.integers(1, 80),
    length=st.integers(1, 6),
    workers=st.integers(1, 4),
    lowercase=st.booleans(),
    memory_limit=st.sampled_from([0, 40, 1 << 20]),
    tokenizer=st.sampled_from(["whitespace", "function"]),
)
def test_any_text(
    tmp_path: Path, text: str, size: int, length: int, workers: int, lowercase: bool, memory_limit: int, tokenizer: str
) -> None:
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    expected = plain.sentences(text.removeprefix("\ufeff"), length, lowercase)
    with pytest.MonkeyPatch.context() as monkeypatch:
        # pieces end within lines after one byte; words longer than that are nevertheless accepted
        small_pieces(monkeypatch, size, 1)
        monkeypatch.setattr(readers, "_refuse_long_run", lambda *_: None)
        function = plain_tokens if tokenizer == "function" else tokenizer
        corpus = TextCorpus(path, lowercase, function, length)
        assert list(corpus) == expected
        if not expected:
            return
        vocabulary = build_vocabulary(corpus, min_count=1, workers=workers)
        assert list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == plain.vocabulary(expected)
        vocabulary.words = vocabulary.words[::2]  # so that some words are unknown
        with encode_corpus(corpus, vocabulary, workers=workers, memory_limit=memory_limit) as encoded:
            ids, offsets = plain.encode(expected, vocabulary.words)
            assert (encoded.ids.tolist(), encoded.offsets.tolist()) == (ids, offsets)
            assert encoded.num_raw_tokens == sum(map(len, expected)) == len(ids) + encoded.num_unknown
            marked = plain.marked(expected, vocabulary.words, len(vocabulary.words))
            first, last = encoded.num_sentences // 3, encoded.num_sentences
            with_marks, bounds = encoded.with_marks(first, last, len(vocabulary.words))
            assert [with_marks[a:b].tolist() for a, b in pairwise(bounds.tolist())] == marked[first:]
            assert (bounds[0], bounds[-1], with_marks.dtype) == (0, len(with_marks), np.int32)


@settings(relaxed, max_examples=80)
@given(
    text=st.text(st.sampled_from("aA éÉ\u0301\u030cJΑΣſﬁ①\u2126\u00a0\u3000\n\r\tｋ"), max_size=60),
    form=st.sampled_from(NORMAL_FORMS),
    lowercase=st.booleans(),
    tokenizer=st.sampled_from(["whitespace", "words", str.split]),
    size=st.integers(1, 50),
)
def test_normal_forms(tmp_path: Path, text: str, form: str, lowercase: bool, tokenizer: object, size: int) -> None:
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    folded = unicodedata.normalize(form, text)
    if lowercase:
        folded = unicodedata.normalize(form, folded.lower())
    other = tmp_path / "folded"
    other.write_bytes(folded.encode())
    with pytest.MonkeyPatch.context() as monkeypatch:
        small_pieces(monkeypatch, size, 1)
        monkeypatch.setattr(readers, "_refuse_long_run", lambda *_: None)
        corpus = TextCorpus(path, lowercase, tokenizer, normalize=form)
        expected = list(TextCorpus(other, False, tokenizer))
        assert list(corpus) == expected
        lines = list(TextCorpus(other, False, tokenizer).every_line())
        assert list(corpus.every_line()) == lines
        assert [corpus.tokenize(line) for line in plain.raw_lines(text)] == lines
        if expected:
            vocabulary = build_vocabulary(corpus, min_count=1, workers=2)
            found = list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True))
            assert found == plain.vocabulary(expected)
            assert encode_corpus(corpus, vocabulary).ids.tolist() == plain.encode(expected, vocabulary.words)[0]
            twins = list(zip(expected, expected, strict=True))
            assert list(ParallelCorpus((path, other), lowercase, tokenizer, normalize=form)) == twins


@settings(relaxed, max_examples=120)
@given(
    data=st.one_of(
        st.binary(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    b"a",
                    b"B",
                    b" ",
                    b"\r",
                    b"\n",
                    b"\r\n",
                    b"\t\v\f",
                    b"\xc2\xa0",
                    b"\xc2\x85",
                    b"\xe2\x80\xa8",
                    b"\xff",
                    b"\0",
                    b"\xe2\x80\x8d",
                    b"'",
                    b"\xc3\xa9",
                ]
            ),
            max_size=40,
        ).map(b"".join),
    ),
    errors=st.sampled_from(["replace", "ignore"]),
    lowercase=st.booleans(),
    tokenizer=st.sampled_from(["whitespace", "words"]),
    size=st.integers(1, 50),
)
def test_any_bytes(tmp_path: Path, data: bytes, errors: str, lowercase: bool, tokenizer: str, size: int) -> None:
    """The compiled passes and the sentences agree to the token; whitespace agrees with plain Python too."""
    assume(no_text(data) is None and no_text(data[:size]) is None)
    path = tmp_path / "text"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as monkeypatch:
        small_pieces(monkeypatch, size, 1)
        monkeypatch.setattr(readers, "_refuse_long_run", lambda *_: None)
        corpus = TextCorpus(path, lowercase, tokenizer, errors=errors)
        expected = list(corpus)
        if tokenizer == "whitespace":
            lines = data.removeprefix(b"\xef\xbb\xbf")
            lines = lines if b"\n" in lines else lines.replace(b"\r", b"\n")
            text = lines.decode(errors=errors).replace("\0", "\ufffd" if errors == "replace" else "")
            assert expected == plain.sentences(text + "\n", 10_000, lowercase)
        if not expected:
            return
        vocabulary = build_vocabulary(corpus, min_count=1, workers=2)
        found = list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True))
        assert found == plain.vocabulary(expected)
        encoded = encode_corpus(corpus, vocabulary)
        assert (encoded.ids.tolist(), encoded.offsets.tolist()) == plain.encode(expected, vocabulary.words)


def plain_tokens(line: str) -> list[str]:
    assert "\n" not in line
    return [token for sentence in plain.sentences(line + "\n", 10**6) for token in sentence]


@settings(relaxed, max_examples=50)
@given(text=texts, size=st.integers(1, 50), length=st.integers(1, 6), lowercase=st.booleans())
def test_words_of_files_equal_words_of_lines(
    tmp_path: Path, text: str, size: int, length: int, lowercase: bool
) -> None:
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as monkeypatch:
        small_pieces(monkeypatch, size, 1)
        monkeypatch.setattr(readers, "_refuse_long_run", lambda *_: None)
        corpus = TextCorpus(path, lowercase, "words", length)
        expected = list(corpus)
        if not expected:
            return
        vocabulary = build_vocabulary(corpus, min_count=1, workers=2)
        assert list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == plain.vocabulary(expected)
        ids, offsets = plain.encode(expected, vocabulary.words)
        encoded = encode_corpus(corpus, vocabulary, workers=2)
        assert (encoded.ids.tolist(), encoded.offsets.tolist()) == (ids, offsets)


@given(st.lists(st.lists(st.text(st.sampled_from("ab \n\0é"), max_size=3), max_size=8), max_size=20), st.integers(1, 9))
def test_token_lists_are_taken_as_they_are(given_sentences: list[list[str]], length: int) -> None:
    corpus = TextCorpus(given_sentences, max_sentence_length=length)
    expected = [s[i : i + length] for s in given_sentences for i in range(0, len(s), length)]
    assert list(corpus) == expected
    if not expected:
        return
    vocabulary = build_vocabulary(corpus, min_count=1)
    assert list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == plain.vocabulary(expected)
    encoded = encode_corpus(corpus, vocabulary)
    assert (encoded.ids.tolist(), encoded.offsets.tolist()) == plain.encode(expected, vocabulary.words)
