"""ARPA files of other tools, and files that are broken."""

from __future__ import annotations

import gzip
import math
import random
from pathlib import Path

import numpy as np
import pytest

from densevec import NGram
from densevec.errors import CorruptError, DensevecError, FileError, FormatError, FormatWarning, ParameterError
from densevec.formats import arpa
from densevec.formats.arpa import read_arpa

ARPA = """made by hand
\\data\\
ngram 1=5
ngram 2=4
ngram 3=1

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.5
-0.7\t</s>
-0.4\tkiwi\t-0.3
-0.6\tsleeps\t-0.2

\\2-grams:
-0.2\t<s> kiwi\t-0.1
-0.3\tkiwi sleeps\t-0.25
-0.15\tsleeps </s>
-0.9 kiwi </s>

\\3-grams:
-0.05\t<s> kiwi sleeps

\\end\\
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str | bytes, name: str = "model.arpa") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_what_a_file_says_is_what_the_model_says(write) -> None:
    model = NGram.from_arpa(write(ARPA))
    assert (model.order, model.num_ngrams) == (3, [4, 4, 1])

    def log10(*words: str) -> np.ndarray:
        return model.token_log_probs([words])[0] / math.log(10)

    np.testing.assert_allclose(log10("kiwi", "sleeps"), [-0.2, -0.05, -0.25 - 0.15], atol=1e-6)
    np.testing.assert_allclose(log10("kiwi"), [-0.2, -0.1 - 0.9], atol=1e-6)
    np.testing.assert_allclose(log10("sleeps", "kiwi"), [-0.5 - 0.6, -0.2 - 0.4, -0.9], atol=1e-6)
    np.testing.assert_allclose(log10("kea"), [-0.5 - 1.0, -0.7], atol=1e-6)
    np.testing.assert_allclose(log10(), [-0.5 - 0.7], atol=1e-6)


def test_line_ends_and_packing_do_not_matter(write) -> None:
    wanted = NGram.from_arpa(write(ARPA)).log_prob(["kiwi", "sleeps"])
    for path in (
        write(ARPA.replace("\n", "\r\n")),
        write(gzip.compress(ARPA.encode()), "model.arpa.gz"),
        write(ARPA.replace("\t", " ")),
        write(ARPA.rstrip("\n")),
        write(ARPA.replace("made by hand", "\v")),
    ):
        assert NGram.from_arpa(path).log_prob(["kiwi", "sleeps"]) == wanted


def test_files_of_many_blocks_are_read_and_written_alike(write, tmp_path: Path, monkeypatch) -> None:
    text = ARPA.replace("-0.3\tkiwi sleeps\t-0.25", "\n-0.3\tkiwi sleeps\n\n")
    model = NGram.from_arpa(write(text))
    model.write_arpa(tmp_path / "whole.arpa")
    for size in (1, 2, 3):
        monkeypatch.setattr(arpa, "_LINES", size)
        again = NGram.from_arpa(write(text))
        again.write_arpa(tmp_path / "blocks.arpa")
        assert (tmp_path / "blocks.arpa").read_bytes() == (tmp_path / "whole.arpa").read_bytes()
        with pytest.raises(FormatError, match=r"line 21: found '-0.9 kea </s>' where only words"):
            read_arpa(write(text.replace("-0.9 kiwi", "-0.9 kea")))
        with pytest.raises(FormatError, match=r"line 12: .*a word that has not been there \(line has 'kiwi' again"):
            read_arpa(write(text.replace("-0.6\tsleeps", "-0.6\tkiwi")))


def test_without_unk_unknown_words_are_next_to_impossible(write) -> None:
    text = ARPA.replace("-1.0\t<unk>\n", "").replace("1=5", "1=4")
    with pytest.warns(FormatWarning, match=r"the file has no '<unk>': unknown words get a probability of 10\^-99"):
        model = NGram.from_arpa(write(text))
    assert "<unk>" in model.vocabulary
    assert model.token_log_probs([["kea"]])[0][0] == pytest.approx((-99 - 0.5) * math.log(10), rel=1e-6)


def test_the_unknown_word_in_capitals_is_the_unknown_word_if_there_is_no_other(write) -> None:
    wanted = NGram.from_arpa(write(ARPA))
    model = NGram.from_arpa(write(ARPA.replace("<unk>", "<UNK>")))
    assert model.vocabulary.words == wanted.vocabulary.words
    assert model.log_prob(["kea", "sleeps"]) == wanted.log_prob(["kea", "sleeps"])
    assert model.log_prob(["<UNK>"]) == wanted.log_prob(["<unk>"])
    both = ARPA.replace("-1.0\t<unk>\n", "-1.0\t<unk>\n-0.1\t<UNK>\n").replace("1=5", "1=6")
    model = NGram.from_arpa(write(both))
    assert model.token_log_probs([["<UNK>"], ["kea"]])[0][0] / math.log(10) == pytest.approx(-0.5 - 0.1)
    assert model.log_prob(["kea"]) == pytest.approx(wanted.log_prob(["kea"]))


def test_n_grams_that_serve_no_sentence_are_left_out_and_counted(write) -> None:
    """IRSTLM writes n-grams over the ends of sentences."""
    more = "-0.9 kiwi </s>\n-0.1\t</s> <s>\t-3\n-0.1\tkiwi <s>\n-0.1\t</s> kiwi\t-1\n"
    text = ARPA.replace("-0.9 kiwi </s>\n", more).replace("2=4", "2=7").replace("3=1", "3=2")
    text = text.replace("-0.05\t<s> kiwi sleeps\n", "-0.05\t<s> kiwi sleeps\n-0.1\tkiwi </s> kiwi\n")
    with pytest.warns(FormatWarning, match=r"4 n-grams are left out, which have '<s>' after another word"):
        model = NGram.from_arpa(write(text))
    wanted = NGram.from_arpa(write(ARPA))
    assert model.num_ngrams == wanted.num_ngrams
    for words in (["kiwi", "sleeps"], ["sleeps", "kiwi", "kea"], []):
        assert model.log_prob(words) == wanted.log_prob(words)


@pytest.mark.parametrize("word", ["10\u00a0000", "a\u3000b", "a\u2028b", "x\x1cy", "\ufeffa", "e\u0301"])
def test_words_may_have_any_character_but_blanks(tmp_path: Path, word: str) -> None:
    text = [["il", "y", "a", word, "habitants"]] * 6
    model = NGram(text, order=2, min_count=1).train()
    model.write_arpa(tmp_path / "model.arpa")
    again = NGram.from_arpa(tmp_path / "model.arpa")
    assert word in again.vocabulary
    assert again.log_prob(text[0]) == pytest.approx(model.log_prob(text[0]), abs=1e-5)


def test_all_words_that_cannot_be_written_are_listed(tmp_path: Path) -> None:
    model = NGram([["New York", "a\vb", "c"]] * 6, order=1, min_count=1).train()
    with pytest.raises(
        ParameterError, match=r"^2 words cannot be written as an ARPA file \('New York' has white space"
    ):
        model.write_arpa(tmp_path / "model.arpa")
    assert not list(tmp_path.iterdir())


def test_n_grams_that_a_pruned_file_lacks_change_no_answer(write) -> None:
    """A file may have "<s> kiwi sleeps" without its end "kiwi sleeps": that is backed off to as before."""
    text = ARPA.replace("-0.3\tkiwi sleeps\t-0.25\n", "").replace("2=4", "2=3")
    model = NGram.from_arpa(write(text))
    found = model.token_log_probs([["kiwi", "sleeps"], ["sleeps", "kiwi", "sleeps"]])
    np.testing.assert_allclose(found[0] / math.log(10), [-0.2, -0.05, -0.15], atol=1e-6)
    np.testing.assert_allclose(found[1][2] / math.log(10), -0.3 - 0.6, atol=1e-6)


def test_a_deep_gap_is_filled(write) -> None:
    words = "-1\t<s>\t-0.5\n-1\t</s>\n-0.5\ta\t-0.1\n-0.6\tb\t-0.2\n-0.7\tc\t-0.3\n"
    text = (
        f"\\data\\\nngram 1=5\nngram 2=1\nngram 3=0\nngram 4=1\n\n\\1-grams:\n{words}"
        "\\2-grams:\n-0.25\ta b\t-0.15\n\\3-grams:\n\\4-grams:\n-0.125\t<s> a b c\n\\end\\\n"
    )
    model = NGram.from_arpa(write(text))
    found = model.token_log_probs([["a", "b", "c"], ["b", "a", "b", "c"]])
    np.testing.assert_allclose(found[0][:3] / math.log(10), [-0.5 - 0.5, -0.25, -0.125], atol=1e-6)
    np.testing.assert_allclose(found[1][3] / math.log(10), -0.15 - 0.2 - 0.7, atol=1e-6)


def test_longer_n_grams_than_a_model_can_have_are_refused(write) -> None:
    head = "".join(f"ngram {order}=0\n" for order in range(4, 18))
    with pytest.raises(
        FormatError, match=r"model.arpa: line 19: found 'ngram 17=0' where .* at most 16 words are read"
    ):
        read_arpa(write(ARPA.replace("ngram 3=1\n", f"ngram 3=1\n{head}")))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\data\\", "\\date\\", r"line 24: the file ends where \\data\\"),
        ("ngram 2=4", "ngram 3=4", "line 4: found 'ngram 3=4' where 'ngram 2=NUMBER' was expected"),
        ("ngram 2=4", "ngram 2=-4", "line 4: .*'ngram 2=NUMBER'"),
        ("ngram 1=5\nngram 2=4\nngram 3=1\n", "", "'ngram 1=NUMBER' was expected"),
        ("ngram 2=4", "ngram 2=5", r"line 20: .* 5 n-grams of order 2 as the head announces, not 4"),
        ("ngram 2=4", "ngram 2=3", r"line 18: .* the end of the 3 n-grams of order 2"),
        ("ngram 2=4", "ngram 2=999999999999999", "as the head announces, not 4"),
        ("\\3-grams:", "\\4-grams:", r"line 20: found .* where \\3-grams: was expected"),
        ("-0.2\t<s> kiwi\t-0.1", "-0.2\t<s>", "line 15: .*a log probability, 2 words"),
        ("-0.2\t<s> kiwi\t-0.1", "-0.2\t<s> kiwi x y", "line 15: .*a log probability, 2 words"),
        ("-0.2\t<s> kiwi\t-0.1", "-0.2\t<s> kea\t-0.1", r"line 15: .*only words of the \\1-grams: section.*'kea'"),
        ("-0.2\t<s> kiwi\t-0.1", "0.2\t<s> kiwi\t-0.1", "line 15: .*a log10 of at most 0"),
        ("-0.2\t<s> kiwi\t-0.1", "nan\t<s> kiwi\t-0.1", "line 15: .*a log10 of at most 0"),
        ("-0.2\t<s> kiwi\t-0.1", "-0.2\t<s> kiwi\tinf", "line 15: .*a log10 of at most 99"),
        ("-0.2\t<s> kiwi\t-0.1", "-1_0\t<s> kiwi\t-0.1", "line 15: .*a log10 of at most 0"),
        ("made by hand", "iARPA", r"line 1: this is IRSTLM's intermediate format .*'compile-lm --text=yes"),
        ("made by hand", "qARPA 3 256", r"line 1: this is IRSTLM's intermediate format"),
        ("-0.2\t<s> kiwi\t-0.1", "-0.2\tkiwi sleeps\t-0.1", "the n-gram 'kiwi sleeps' is there twice"),
        ("-0.6\tsleeps", "-0.6\tkiwi", "line 12: .*a word that has not been there"),
        ("-0.7\t</s>", "-0.7\tend", "line 17: .*only words"),
        ("\\end\\\n", "", r"line 23: the file ends where an n-gram or \\end\\"),
        ("\\end\\", "\\4-grams:", r"line 23: found .* where \\end\\ after the last"),
    ],
)
def test_broken_files_name_the_line(write, old: str, new: str, message: str) -> None:
    assert old in ARPA
    with pytest.raises(FormatError, match=message) as caught:
        NGram.from_arpa(write(ARPA.replace(old, new)))
    assert "model.arpa" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_something_else(write, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be opened"):
        read_arpa(tmp_path / "absent.arpa")
    with pytest.raises(FormatError, match="the file ends where"):
        read_arpa(write(b""))
    with pytest.raises(CorruptError):
        read_arpa(write(gzip.compress(ARPA.encode())[:-9], "cut.arpa.gz"))
    with pytest.raises(FormatError, match=r"line 8: .*a word in UTF-8"):
        read_arpa(write(ARPA.encode().replace(b"<unk>", b"\xff\xfe")))


def test_damage_anywhere_is_an_error_of_ours_or_another_model(write) -> None:
    draw = random.Random(3)
    data = ARPA.encode()
    for cut in range(len(data)):
        if data[:cut].rstrip() != data.rstrip():
            with pytest.raises(DensevecError):
                NGram.from_arpa(write(data[:cut]))
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.choice(b"\\\t\n 0123456789-.=<>/seEnN\xff\x00")
        try:
            model = NGram.from_arpa(write(bytes(damaged)))
        except DensevecError:
            continue
        assert np.isfinite(model.token_log_probs([["kiwi", "sleeps", "kea"]])[0]).all()
