"""Every kind of source: files, folders, patterns, packed files, URLs, objects that give token lists."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from densevec import KeyedVectors, NGram, SkipGram
from densevec.corpus import ParallelCorpus, Phrases, TextCorpus, build_vocabulary, encode_corpus
from densevec.corpus.parallel import as_parallel_corpus
from densevec.corpus.readers import find_files
from densevec.corpus.text import as_corpus
from densevec.corpus.tokenizers import tokenizer_name
from densevec.errors import CorpusError, CorpusFileError, ParameterError, ParameterTypeError

TEXT = b"the kiwi laid an egg\n\nthe egg \n"
SENTENCES = [["the", "kiwi", "laid", "an", "egg"], ["the", "egg"]]


def write(path: Path, data: bytes = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("backports.zstd").compress(data)


@pytest.mark.parametrize(
    ("ending", "pack"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)],
)
def test_packed_files(tmp_path: Path, ending: str, pack) -> None:
    path = write(tmp_path / f"text.txt{ending}", pack(TEXT))
    assert list(TextCorpus(path)) == SENTENCES
    assert list(TextCorpus(str(path))) == SENTENCES
    assert build_vocabulary(str(path), min_count=2).words == ["egg", "the"]


def test_members_of_a_gzip_file_follow_one_another(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gz", gzip.compress(b"one tw") + gzip.compress(b"o three"))
    assert list(TextCorpus(path)) == [["one", "two", "three"]]


def test_several_files_keep_their_order_and_their_ends(tmp_path: Path) -> None:
    first, second = write(tmp_path / "b", b"one"), write(tmp_path / "a", b"\xef\xbb\xbftwo")
    assert list(TextCorpus([first, str(second), first])) == [["one"], ["two"], ["one"]]


def test_folders_are_read_to_the_bottom_and_sorted(tmp_path: Path) -> None:
    write(tmp_path / "b.txt", b"b")
    write(tmp_path / "a" / "z.txt.gz", gzip.compress(b"a/z"))
    write(tmp_path / "c" / "d" / "e", b"c/d/e")
    write(tmp_path / ".hidden", b"x")
    write(tmp_path / ".folder" / "f", b"x")
    assert [s[0] for s in TextCorpus(tmp_path)] == ["a/z", "b", "c/d/e"]


def test_patterns_are_sorted_and_name_files_only(tmp_path: Path) -> None:
    for name in ("2.txt", "10.txt", "x/3.txt"):
        write(tmp_path / name)
    (tmp_path / "folder.txt").mkdir()
    assert find_files([str(tmp_path / "*.txt")]) == [str(tmp_path / name) for name in ("10.txt", "2.txt")]
    assert len(find_files([str(tmp_path / "**" / "*.txt")])) == 3


def test_a_name_with_brackets_is_a_name_when_there_is_such_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "text[1].txt")
    assert find_files([str(path)]) == [str(path)]


def test_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    moto, boto3 = pytest.importorskip("moto"), pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="birds")
        client.put_object(Bucket="birds", Key="text.txt.xz", Body=lzma.compress(TEXT * 1000))
        corpus = TextCorpus("s3://birds/text.txt.xz")
        vocabulary = build_vocabulary(corpus, workers=2)
        assert vocabulary.num_raw_tokens == 7000
        assert encode_corpus(corpus, vocabulary).num_sentences == 2000
        with pytest.raises(CorpusFileError, match="s3://birds/none"):
            list(TextCorpus("s3://birds/none"))


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_urls_of_files_are_decoded(tmp_path: Path, ending: str, pack) -> None:
    path = write(tmp_path / "Ümlaut 100%" / f"the kiwi%20#?.txt{ending}", pack(TEXT))
    assert "%20" in path.as_uri() and list(TextCorpus(path.as_uri())) == SENTENCES
    model = SkipGram(path.as_uri(), dim=2, epochs=1, min_count=1, sample=0).train(progress=False)
    for name, save in (("c d.safetensors", model.save), ("c d.vec.gz", model.vectors.save_word2vec_format)):
        place = path.with_name(name)
        save(place.as_uri())
        for where in (place, place.as_uri()):
            assert list(KeyedVectors.from_file(where).words) == list(model.vectors.words)
    assert sorted(found.name for found in path.parent.iterdir()) == ["c d.safetensors", "c d.vec.gz", path.name]


def test_http(tmp_path: Path) -> None:
    pytest.importorskip("requests")
    write(tmp_path / "text.txt.gz", gzip.compress(TEXT))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            corpus = TextCorpus(f"{address}/text.txt.gz")
            assert list(corpus) == SENTENCES
            assert encode_corpus(corpus, build_vocabulary(corpus, min_count=1)).num_raw_tokens == 7
            with pytest.raises(CorpusFileError, match=r"none: cannot be opened .*404"):
                list(TextCorpus(f"{address}/none"))
        finally:
            server.shutdown()


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(CorpusFileError, match="gopher://nowhere/text"):
        list(TextCorpus("gopher://nowhere/text"))


class Sentences:
    """Begins anew each time."""

    def __iter__(self) -> Iterator[list[str]]:
        yield from SENTENCES


class OldSequence:
    """Iterable by __len__ and __getitem__ as data sets are, with an __iter__ that makes new iterators."""

    def __len__(self) -> int:
        return len(SENTENCES)

    def __getitem__(self, index: int) -> tuple[str, ...]:
        return tuple(SENTENCES[index])

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return (self[i] for i in range(len(self)))


@pytest.mark.parametrize("source", [SENTENCES, tuple(map(tuple, SENTENCES)), Sentences(), OldSequence()])
def test_re_iterables(source: object) -> None:
    corpus = TextCorpus(source)
    for _ in range(2):
        assert list(corpus) == SENTENCES
    vocabulary = build_vocabulary(corpus, min_count=1)
    assert encode_corpus(corpus, vocabulary).offsets.tolist() == [0, 5, 7]


def test_a_corpus_of_another_library_s_shape_is_a_source() -> None:
    inner = TextCorpus(SENTENCES, max_sentence_length=3)
    assert [len(s) for s in TextCorpus(inner)] == [3, 2, 2]


@pytest.mark.parametrize(
    ("own", "more", "both"),
    [
        ({"normalize": "NFKC"}, {"normalize": "NFC"}, {"normalize": "NFKC"}),
        ({"normalize": "NFKC"}, {"normalize": "NFD"}, {"normalize": "NFKD"}),
        ({"normalize": "NFD"}, {"normalize": "NFC"}, {"normalize": "NFC"}),
        ({"normalize": "NFD"}, {"lowercase": True}, {"normalize": "NFD", "lowercase": True}),
        ({"lowercase": True, "errors": "ignore", "tokenizer": "words"}, {}, {"lowercase": True, "errors": "ignore"}),
        ({"max_sentence_length": 2}, {"max_sentence_length": 4}, {"max_sentence_length": 2}),
        ({"max_sentence_length": 4}, {"max_sentence_length": 2}, {"max_sentence_length": 2}),
        ({"max_sentence_length": 20_000}, {}, {"max_sentence_length": 20_000}),
        ({}, {"max_sentence_length": 20_000}, {"max_sentence_length": 20_000}),
    ],
)
def test_rules_of_a_corpus_and_of_one_around_it_both_hold(own, more, both, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "ﬁsh Cafe\u0301 ２ Ⅷ Café\n".encode())
    for source in (path, [["ﬁsh", "Cafe\u0301"], ["２", "Ⅷ", "Café"]]):
        corpus = TextCorpus(TextCorpus(source, **own), **more)
        assert {name: corpus.reading[name] for name in both} == both
        assert list(corpus) == list(TextCorpus(list(TextCorpus(source, **own)), **more))


def test_lists_take_a_tokenizer_for_what_is_read_later() -> None:
    lists = TextCorpus([["a-b"]] * 9)
    named = TextCorpus(lists, tokenizer="words")
    assert list(named) == [["a-b"]] * 9
    assert named.tokenize("a-b") == ["a", "b"]
    for corpus, asked in ((lists, "words"), (named, "whitespace"), (named, "words")):
        model = NGram(corpus, tokenizer=asked, min_count=1).train(progress=False)
        assert (model.reading()["tokenizer"], "a-b" in model.vocabulary.words) == ("words", True)
        phrases = Phrases(corpus, tokenizer=asked, min_count=1).train()
        assert phrases.rules["tokenizer"] == "words"
    for wrap in (TextCorpus, lambda corpus, **rules: NGram(corpus, **rules).train()):
        with pytest.raises(ParameterError, match="tokenizer must be the corpus's own, 'words'"):
            wrap(named, tokenizer=str.split)


def test_rules_that_come_too_late_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"New York \xff\n")
    phrases = Phrases([["New", "York"]] * 9, threshold=0.1, min_count=1).train()
    plain, joined = TextCorpus(path), TextCorpus([["New", "York"]], phrases=phrases, normalize="NFKC")
    for inner, asked, own in (
        (plain, {"errors": "ignore"}, "'strict'"),
        (plain, {"tokenizer": "words"}, "'whitespace'"),
        (plain, {"tokenizer": str.split}, "'whitespace'"),
        (TextCorpus(path, tokenizer=partial(re.split, " ")), {"tokenizer": partial(re.split, "\t")}, "functools.*"),
        (joined, {"lowercase": True}, "False"),
        (joined, {"normalize": "NFD"}, "'NFKC'"),
    ):
        message = f"^{next(iter(asked))} must be the corpus's own, {own}, .*where that corpus is made, or give its own"
        with pytest.raises(ParameterError, match=message):
            TextCorpus(inner, **asked)
    assert list(TextCorpus(joined, normalize="NFC")) == [["New_York"]]


# -- tokenizers --


def shout(line: str) -> list[str]:
    return line.upper().split()


def test_a_function_cuts_lines_and_its_name_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "text", b"a b\r\nc\rd\ne")
    corpus = TextCorpus(path, tokenizer=shout)
    assert list(corpus) == [["A", "B"], ["C", "D"], ["E"]]
    assert corpus.parameters["tokenizer"] == f"{__name__}.shout" == tokenizer_name(shout)
    assert corpus.tokenize("x y") == ["X", "Y"]
    vocabulary = build_vocabulary(corpus, min_count=1)
    assert encode_corpus(corpus, vocabulary).ids.tolist() == [0, 1, 2, 3, 4]


def test_words_and_lower_case(tmp_path: Path) -> None:
    path = write(tmp_path / "text", "“Don’t,” said O'Neil: 3.5 ÉGGS—naïve!\nΟΔΟΣ ΣΑΣ İ\n".encode())
    corpus = TextCorpus(path, lowercase=True, tokenizer="words")
    # the final sigma of a word has its own small letter; the dot of İ becomes a mark of its own
    expected = [["don’t", "said", "o'neil", "3", "5", "éggs", "naïve"], ["οδος", "σας", "i̇"]]
    assert list(corpus) == expected
    vocabulary = build_vocabulary(corpus, min_count=1, workers=2)
    assert sorted(vocabulary.words) == sorted(expected[0] + expected[1])
    assert corpus.tokenize("ΟΔΟΣ!") == ["οδος"]


def test_unicode_spaces_belong_to_tokens_of_white_space_and_part_words(tmp_path: Path) -> None:
    path = write(tmp_path / "text", "10\u00a0km 東京\u3000都\u2028x\u0085y\x1cz".encode())
    assert list(TextCorpus(path)) == [["10\u00a0km", "東京\u3000都\u2028x\u0085y\x1cz"]]
    assert list(TextCorpus(path, tokenizer="words")) == [["10", "km", "東京", "都", "x", "y", "z"]]


def test_a_long_line_is_cut_into_sentences(tmp_path: Path) -> None:
    path = write(tmp_path / "text", b" ".join(b"%d" % i for i in range(25)))
    assert [len(s) for s in TextCorpus(path, max_sentence_length=10)] == [10, 10, 5]


def test_parameters_are_checked_and_kept() -> None:
    with pytest.raises(ParameterError, match=r"max_sentence_length must be an integer at least 1.*got 0"):
        TextCorpus([["a"]], max_sentence_length=0)
    with pytest.raises(ParameterError, match="errors must be one of 'strict'"):
        TextCorpus([["a"]], errors="maybe")
    with pytest.raises(ParameterTypeError, match="tokenizer must be one of 'whitespace', 'words' or a function"):
        TextCorpus([["a"]], tokenizer="spacy")
    corpus = TextCorpus("text", lowercase=True)
    assert corpus.parameters == {
        "lowercase": True, "tokenizer": "whitespace", "max_sentence_length": 10_000, "errors": "strict",
        "normalize": None,
    }  # fmt: skip
    assert repr(corpus) == "TextCorpus('text', lowercase=True, tokenizer='whitespace')"
    assert pickle.loads(pickle.dumps(corpus)).parameters == corpus.parameters


def test_composed_and_decomposed_text_become_one(tmp_path: Path) -> None:
    path = write(tmp_path / "text", "cafe\u0301 caf\u00e9 CAFÉ ﬁn\n".encode())
    assert build_vocabulary(TextCorpus(path, normalize="NFC"), min_count=1).counts.tolist() == [2, 1, 1]
    corpus = TextCorpus(path, lowercase=True, normalize="NFKD")
    assert list(corpus) == [["cafe\u0301"] * 3 + ["fin"]]
    assert corpus.tokenize("Caf\u00e9") == corpus.prepare(["Caf\u00e9"]) == ["cafe\u0301"]
    assert corpus.parameters["normalize"] == "NFKD" and "normalize='NFKD'" in repr(corpus)
    assert list(TextCorpus([["cafe\u0301"]], normalize="NFC")) == [["caf\u00e9"]]
    with pytest.raises(ParameterError, match=r"normalize must be one of 'NFC', .* or None, got 'nfc'"):
        TextCorpus([], normalize="nfc")


# -- lines --


@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
def test_what_ends_a_line(tmp_path: Path, tokenizer: object) -> None:
    for data, expected in {
        b"a\rb\nc\r\n\r\nd": [["a", "b"], ["c"], [], ["d"]],
        b"a\rb\r\rc\r": [["a"], ["b"], [], ["c"]],
        b"a\r\r\nb\n\rc": [["a"], ["b"], ["c"]],
        b"\n\n": [[], []],
        b"": [],
        "a\u2028b\x0bc\x0cd\u0085e\n".encode(): [["a\u2028b", "c", "d\u0085e"]],
    }.items():
        if tokenizer != "whitespace" and b"\x0b" in data:
            continue
        corpus = TextCorpus(write(tmp_path / "text", data), tokenizer=tokenizer)
        assert list(corpus.every_line()) == expected
        assert list(corpus) == [tokens for tokens in expected if tokens]


@pytest.mark.parametrize("cut", [lambda line: re.findall("[^ ]+", line), str.splitlines, lambda line: [line], list])
def test_a_function_never_meets_a_carriage_return(tmp_path: Path, cut: Callable[[str], list[str]]) -> None:
    stray, spaced = b"a\rb c\r\n\rd\n\r\r\ne", b"a b c\n d\n \ne"
    found = TextCorpus(write(tmp_path / "stray", stray), tokenizer=cut)
    expected = TextCorpus(write(tmp_path / "spaced", spaced), tokenizer=cut)
    assert list(found.every_line()) == list(expected.every_line()) == [cut(x) for x in ("a b c", " d", " ", "e")]
    assert list(found) == list(expected)
    assert found.tokenize("a\rb") == cut("a b")
    words = build_vocabulary(found, min_count=1).words
    assert list(words) == list(build_vocabulary(expected, min_count=1).words) and not any(
        "\r" in word for word in words
    )


def test_a_function_gets_all_other_characters_of_a_line(tmp_path: Path) -> None:
    path = write(tmp_path / "text", "a\tb\x0b\x0cc\u00a0\u2028\u0085\rd\r\n".encode())
    assert list(TextCorpus(path, tokenizer=lambda line: [line])) == [["a\tb\x0b\x0cc\u00a0\u2028\u0085 d"]]


def test_lines_are_long_or_blank_when_every_one_is_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "text", b"a b c\n\n \nd\n")
    corpus = TextCorpus(path, max_sentence_length=2)
    assert list(corpus.every_line()) == [["a", "b", "c"], [], [], ["d"]]
    assert list(corpus) == [["a", "b"], ["c"], ["d"]]


def test_a_packed_text_of_an_old_macintosh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("densevec.corpus.readers.PIECE_SIZE", 100)
    lines = [f"line {i}" for i in range(200)]
    path = write(tmp_path / "old.gz", gzip.compress("\r".join(lines).encode()))
    assert list(TextCorpus(path)) == [line.split() for line in lines]
    path = write(tmp_path / "late.gz", gzip.compress(("\r".join(lines) + "\n").encode()))
    assert list(TextCorpus(path)) == [" ".join(lines).split()]


# -- the one door --


def test_a_corpus_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "text", b"A b\n")
    corpus = TextCorpus(path, lowercase=True)
    assert as_corpus(corpus, lowercase=False, normalize="NFC") is corpus and corpus.is_native
    other = as_corpus(path, lowercase=True, tokenizer="words")
    assert other.parameters == TextCorpus(path, True, "words").parameters
    pairs = ParallelCorpus([(["a"], ["b"])])
    assert as_parallel_corpus(pairs, lowercase=True) is pairs
    assert as_parallel_corpus([(["A"], ["b"])], lowercase=True).parameters["lowercase"]
    assert build_vocabulary(corpus, min_count=1).words == ["a", "b"]


def test_folders_that_links_name_are_read_once(tmp_path: Path) -> None:
    folder, outside = tmp_path / "corpus", tmp_path / "outside"
    for path in (folder / "z" / "1.txt", outside / "2.txt", outside / "deep" / "3.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.stem}\n")
    (folder / "a-link").symlink_to(folder / "z")  # which is here by its own name
    (folder / "linked").symlink_to(outside)
    (folder / "linked-again").symlink_to(outside)
    (folder / ".hidden").symlink_to(outside)
    (outside / "round").symlink_to(folder)
    (outside / "deep" / "round").symlink_to(outside)
    names = ["linked/2.txt", "linked/deep/3.txt", "z/1.txt"]
    assert find_files([str(folder)]) == [str(folder / name) for name in names]
    assert list(TextCorpus(folder)) == [["2"], ["3"], ["1"]]
    (tmp_path / "link").symlink_to(folder)
    assert len(find_files([str(tmp_path / "link")])) == 3


def test_every_rule_of_symbols_finds_what_it_found_before() -> None:
    text = TextCorpus([["<s>", "a", "b", "</s>"]] * 20)
    model = NGram(text, order=2, min_count=1, skip_symbols=True, workers=1).train()
    before = model.perplexity(text)
    SkipGram(text, dim=4, epochs=1, min_count=1, sample=0, workers=1).train(validation=text)
    assert model.perplexity(text) == before
    text.source.append(["a"])
    with pytest.raises(CorpusError, match="gave 40 tokens when it was counted and 41"):
        model.perplexity(text)
    with pytest.raises(CorpusError, match="gave 80 tokens when it was counted and 81"):
        encode_corpus(text, build_vocabulary([["a"]], min_count=1))
