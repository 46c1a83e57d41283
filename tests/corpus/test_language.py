"""The convention of language models: "<unk>", "</s>", against plain Python."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.text import Tokens
from densevec.corpus import TextCorpus, Vocabulary, readers
from densevec.corpus.language import build_language_vocabulary, encode_running_text, encode_separately
from densevec.errors import CorpusError, ParameterError
from tests.corpus import plain


def plain_vocabulary(sentences: list[list[str]], min_count: int) -> dict[str, int]:
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = {word: n for word, n in counts.items() if n >= min_count and word != "<unk>"}
    ends = sum(len(sentence) > 0 for sentence in sentences)
    return kept | {"</s>": ends, "<unk>": counts.total() - sum(kept.values())}


words = st.sampled_from(["a", "b", "c", "é", "<unk>", "."])
texts = st.lists(st.lists(words, max_size=7), min_size=1, max_size=12).filter(
    lambda sentences: any(word in "abcé." for sentence in sentences for word in sentence)
)


@given(texts, st.integers(1, 4), st.booleans())
def test_vocabulary_and_ids_are_those_of_plain_python(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]], length: int, as_file: bool
) -> None:
    source: object = sentences
    if as_file:
        path = tmp_path_factory.mktemp("text") / "text.txt"
        path.write_text("\n".join(" ".join(sentence) for sentence in sentences))
        source = path
    corpus = TextCorpus(source, max_sentence_length=length)
    cut = [sentence[start : start + length] for sentence in sentences for start in range(0, len(sentence), length)]
    vocabulary = build_language_vocabulary(corpus, min_count=1)
    wanted = plain_vocabulary(cut, 1)
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == wanted
    order = sorted(wanted, key=lambda word: (-wanted[word], word.encode()))
    assert vocabulary.words == order
    assert vocabulary.num_raw_tokens == sum(wanted.values())
    with encode_running_text(corpus, vocabulary) as text:
        ids = [order.index(word) for sentence in cut for word in [*sentence, "</s>"]]
        assert text.ids.tolist() == ids
        assert np.diff(text.offsets).tolist() == [len(sentence) + 1 for sentence in cut]
        assert text.num_raw_tokens + text.num_sentences == len(ids)
        assert text.num_unknown == ids.count(order.index("<unk>"))
        assert np.bincount(text.ids, minlength=len(vocabulary)).tolist() == vocabulary.counts.tolist()
    separate, offsets = encode_separately(cut, vocabulary)
    assert separate.tolist() == ids and offsets[-1] == len(ids)


def test_words_that_are_not_kept_are_one_word() -> None:
    sentences = [["a", "b", "a"], [], ["c", "a"], ["b", "<unk>"]]
    vocabulary = build_language_vocabulary(sentences, min_count=2)
    assert vocabulary.words == ["</s>", "a", "<unk>", "b"]
    assert vocabulary.counts.tolist() == [3, 3, 2, 2]
    smallest = build_language_vocabulary(sentences, min_count=1, max_vocab_size=1)
    assert dict(zip(smallest.words, smallest.counts.tolist(), strict=True)) == {"a": 3, "<unk>": 4, "</s>": 3}
    ruled = build_language_vocabulary(sentences, min_count=1, trim_rule=lambda word, *_: word != "a")
    assert ruled.counts[ruled.index["<unk>"]] == 4
    with encode_running_text([["a", "x", "y"], [], ["b"]], vocabulary) as text:
        assert [vocabulary.words[i] for i in text.ids] == ["a", "<unk>", "<unk>", "</s>", "b", "</s>"]
        assert (text.num_raw_tokens, text.num_unknown, text.num_sentences) == (4, 2, 2)
    ids, offsets = encode_separately([["a"], [], ["x"]], vocabulary)
    assert [vocabulary.words[i] for i in ids] == ["a", "</s>", "</s>", "<unk>", "</s>"]
    assert offsets.tolist() == [0, 2, 3, 5]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("memory_limit", [0, 1 << 28])
def test_long_lines_and_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, memory_limit: int
) -> None:
    """Sentences that begin in one piece of a text and end in another."""
    monkeypatch.setattr(readers, "PIECE_SIZE", 64)
    monkeypatch.setattr(readers, "LONGEST_RUN", 64)
    rng = np.random.default_rng(3)
    lines = [" ".join(rng.choice(["a", "bb", "ccc", "x"], size)) for size in (3, 0, 700, 1, 40, 80, 0, 0, 39, 41)]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(lines))
    sentences = plain.sentences("\n".join(lines), 40)
    corpus = TextCorpus(path, max_sentence_length=40)
    vocabulary = build_language_vocabulary(corpus, min_count=1, workers=workers, trim_rule=lambda w, *_: w != "x")
    assert vocabulary.counts[vocabulary.index["</s>"]] == len(sentences)
    with encode_running_text(corpus, vocabulary, workers=workers, memory_limit=memory_limit) as text:
        found = [vocabulary.words[i] for i in text.ids]
        assert found == [w.replace("x", "<unk>") for sentence in sentences for w in [*sentence, "</s>"]]
        assert np.diff(text.offsets).tolist() == [len(sentence) + 1 for sentence in sentences]
        assert text.is_mapped == (memory_limit == 0)


def test_sentences_are_counted_across_texts() -> None:
    tokens = Tokens()
    tokens.load(b"a b c\n\nd\n")
    assert tokens.count_sentences(0, 100) == (2, 0)
    assert tokens.count_sentences(0, 2) == (3, 0)
    tokens.load(b"a b c")
    assert tokens.count_sentences(0, 3) == (0, 3)
    assert tokens.count_sentences(3, 3) == (1, 3)
    tokens.load(b"\n")
    assert tokens.count_sentences(3, 3) == (1, 0)
    assert tokens.count_sentences(0, 3) == (0, 0)


def test_errors() -> None:
    with pytest.raises(ParameterError, match="must have the word '<unk>'"):
        encode_running_text([["a"]], Vocabulary(["a", "</s>"], [1, 1]))
    vocabulary = build_language_vocabulary([["a"]], min_count=1)
    with pytest.raises(CorpusError, match="is empty"):
        encode_running_text([[]], vocabulary)
    with pytest.raises(CorpusError, match="is empty"):
        build_language_vocabulary([])
    with pytest.raises(CorpusError, match="lower min_count"):
        build_language_vocabulary([["a", "b"]], min_count=2)
    with pytest.raises(ParameterError, match="min_count must be an integer at least 1"):
        build_language_vocabulary([["a"]], min_count=0)


# -- text that has the marks already --

MARKED = [["<s>", "a", "b", "</s>"], ["<s>", "</s>"], ["a", "</s>", "<S>", "x<s>"]]
PLAIN = [["a", "b"], [], ["a", "<S>", "x<s>"]]


def marked_file(folder: Path, *sentences: list[str], name: str = "marked.txt") -> Path:
    path = folder / name
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences))
    return path


def with_ends(line: str) -> list[str]:
    return ["<s>", *line.split(), "</s>"]


@pytest.mark.parametrize("piece_size", [3, 1 << 20])
@pytest.mark.parametrize("kind", ["list", "file", "function"])
def test_marks_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, piece_size: int) -> None:
    monkeypatch.setattr(readers, "PIECE_SIZE", piece_size)
    sources = {
        "list": (MARKED, PLAIN),
        "file": (TextCorpus(marked_file(tmp_path, *MARKED)), PLAIN),
        "function": (TextCorpus(marked_file(tmp_path, *PLAIN, name="plain.txt"), tokenizer=with_ends), PLAIN),
    }
    corpus, expected = sources[kind]
    vocabulary = build_language_vocabulary(corpus, min_count=1, skip_symbols=True)
    wanted = build_language_vocabulary(expected, min_count=1)
    assert (vocabulary.words, vocabulary.counts.tolist()) == (wanted.words, wanted.counts.tolist())
    text = encode_running_text(corpus, vocabulary, skip_symbols=True)
    assert text.ids.tolist() == encode_running_text(expected, wanted).ids.tolist()
    assert text.num_sentences == 2
    if isinstance(corpus, TextCorpus) and kind == "file":
        assert list(corpus) == MARKED  # the corpus itself is as it was


def test_marks_are_refused_with_their_place(tmp_path: Path) -> None:
    path = marked_file(tmp_path, ["a", "<s>b"], [], ["a", "b", "</s>"])
    vocabulary = build_language_vocabulary([["a"]], min_count=1)
    for corpus, place in (
        (path, r"marked\.txt: line 3"),
        (TextCorpus(path, tokenizer="words"), r"marked\.txt: line 3"),
        (TextCorpus(path, tokenizer=str.split), r"marked\.txt: line 3"),
        ([["a"], ["</s>"]], "sentence 2"),
    ):
        message = (
            place + r" has the word '</s>', with which a language model itself .*skip_symbols=True, .* densevec train "
        )
        with pytest.raises(CorpusError, match=message):
            build_language_vocabulary(corpus, min_count=1, workers=2)
        with pytest.raises(CorpusError, match=message):
            encode_running_text(corpus, vocabulary)
    with pytest.raises(CorpusError, match="line 1 has the word '<S>'"):
        build_language_vocabulary(TextCorpus(marked_file(tmp_path, ["<S>", "A"]), lowercase=True), min_count=1)
    with pytest.raises(CorpusError, match="sentence 1 has the word '<s>'"):
        encode_separately([["<s>"]], vocabulary, skip_symbols=False)
    assert encode_separately([["<s>", "a"]], vocabulary, skip_symbols=True)[1].tolist() == [0, 2]
    assert encode_separately([["a", "</s>", "a"]], vocabulary, has_ends=True)[1].tolist() == [
        0,
        4,
    ]  # a history may have it


def test_a_text_that_changes_between_the_passes_is_noticed(tmp_path: Path) -> None:
    corpus = TextCorpus(marked_file(tmp_path, ["a", "b"]))
    vocabulary = build_language_vocabulary(corpus, min_count=1)
    marked_file(tmp_path, ["a", "b", "b"])
    with pytest.raises(CorpusError, match="the file was changed"):
        encode_running_text(corpus, vocabulary)
