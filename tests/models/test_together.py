"""A text that several processes count and encode, each its part: all that is known of the whole is what one finds."""

from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from densevec import Aviary, SkipGram
from densevec.corpus import EncodedCorpus, TextCorpus, Vocabulary, build_vocabulary, encode_corpus
from densevec.errors import CorpusError
from densevec.models.together import count_together, encode_for_all, encode_together, files_of, has_parts
from tests.training.threads import together

LINES = [" ".join(sentence) for sentence in Aviary(3_000)]
TEXTS = {
    "plain": "\n".join(LINES) + "\n",
    "no end": "\n".join(LINES),
    "windows": "\r\n".join(["", *LINES, ""]),
    "macintosh": "\r".join(LINES),
    "one long line": " ".join(LINES * 8) + "\na kiwi\n" + " ".join(LINES * 8),
    "short": "a kiwi\nlaid an egg\n" * 3,
}


def prepared(text: TextCorpus, settings: Any, size: int) -> list[tuple[Vocabulary, EncodedCorpus]]:
    def work(group: Any) -> tuple[Vocabulary, EncodedCorpus]:
        vocabulary = count_together(text, settings, group, False)
        return vocabulary, encode_together(text, vocabulary, settings, group, False)

    return together(work, size)


def sentences(encoded: EncodedCorpus) -> list[tuple[int, ...]]:
    ids, bounds = encoded.with_marks(0, len(encoded.offsets) - 1, encoded.vocabulary_size)
    return [tuple(ids[a:b].tolist()) for a, b in pairwise(bounds.tolist())]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("size", [2, 5])
def test_the_whole_is_what_one_process_finds(tmp_path: Path, name: str, size: int) -> None:
    """Words, ties included, counts, digest; and the parts have every sentence once."""
    path, settings = tmp_path / "text.gz", SkipGram(min_count=2, workers=2)
    with gzip.open(path, "wb") as file:
        file.write(TEXTS[name].encode())
    text = TextCorpus([path], max_sentence_length=1000)
    vocabulary = build_vocabulary(text, min_count=2)
    encoded = encode_corpus(text, vocabulary)
    parts = prepared(text, settings, size)
    for theirs, part in parts:
        assert theirs.words == vocabulary.words
        assert theirs.digest() == vocabulary.digest()
        assert part.digest() == encoded.digest()
        sizes = encoded.num_sentences, encoded.num_raw_tokens, encoded.num_ids, encoded.num_unknown
        assert (part.num_sentences, part.num_raw_tokens, part.num_ids, part.num_unknown) == sizes
    assert sorted(sentence for _, part in parts for sentence in sentences(part)) == sorted(sentences(encoded))


def test_all_have_the_whole_with_what_is_left_out(tmp_path: Path) -> None:
    path, settings = tmp_path / "text", SkipGram(min_count=20)
    path.write_text(TEXTS["plain"])
    text = TextCorpus([path])
    vocabulary = build_vocabulary(text, min_count=20)
    expected = encode_corpus(text, vocabulary)
    for encoded in together(lambda group: encode_for_all(text, vocabulary, settings, group, False), 3):
        assert encoded.digest() == expected.digest()
        assert sentences(encoded) == sentences(expected)
    assert any(len(vocabulary) in sentence for sentence in sentences(expected))


def test_parts_of_a_text_are_of_about_the_same_length(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(TEXTS["plain"] * 4)
    parts = [len(part.ids) for _, part in prepared(TextCorpus([path]), SkipGram(), 3)]
    assert max(parts) < 1.1 * min(parts)


def test_nothing_to_learn_from_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("\n\n")
    with pytest.raises(CorpusError, match="it has no tokens"):
        prepared(TextCorpus([path]), SkipGram(), 2)
    path.write_text("a kiwi laid an egg\n")
    with pytest.raises(CorpusError, match="min_count"):
        prepared(TextCorpus([path]), SkipGram(), 2)


def test_which_texts_have_parts(tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "text", tmp_path / "other" / "text"
    for path, words in ((one, "a kiwi\n"), (other, "an egg\n")):
        path.parent.mkdir()
        path.write_text(words)
    assert has_parts(TextCorpus([one]))
    assert not has_parts(TextCorpus([one], tokenizer=str.split))
    assert not has_parts(TextCorpus([["a", "kiwi"]]))
    assert files_of(TextCorpus([["a", "kiwi"]])) == []
    assert files_of(TextCorpus([one])) != files_of(TextCorpus([other]))
    other.write_bytes(one.read_bytes())
    assert files_of(TextCorpus([one])) == files_of(TextCorpus([other]))
