"""Counting candidates and joining phrases, beside the same in plain Python."""

from collections import Counter

import numpy as np
import pytest

from densevec._cy.phrases import PhraseCounter, PhraseTable
from densevec._cy.text import Tokens

CONNECTORS = ["of", "the"]


def sentences(number=400, seed=0, num_words=12):
    """Words of several lengths, past the sixteen bytes that a table keeps in place too, and connectors among them."""
    random = np.random.default_rng(seed)
    words = [*CONNECTORS, *(chr(97 + row) * (1 + 3 * row) for row in range(num_words)), "été", "日本語"]
    return [[words[i] for i in random.integers(len(words), size=random.integers(1, 14))] for _ in range(number)]


def as_text(lines, gap=" "):
    return "".join(gap.join(line) + "\n" for line in lines).encode()


def candidates_of(sentence, connectors=CONNECTORS):
    """Every word and the next that is no connector, with the connectors between them."""
    found, begin = [], None
    for place, word in enumerate(sentence):
        if word in connectors:
            continue
        if begin is not None:
            found.append(tuple(sentence[begin : place + 1]))
        begin = place
    return found


def plain_counts(lines, connectors=CONNECTORS, most=None):
    """As gensim counts: at the end of a sentence all that are rare go, when there are too many, the first time none."""
    words, pairs, smallest = Counter(), Counter(), 0
    for line in lines:
        words.update(word for word in line if word not in connectors)
        pairs.update(candidates_of(line, connectors))
        if most is not None and len(words) + len(pairs) > most:
            words = Counter({word: count for word, count in words.items() if count > smallest})
            pairs = Counter({pair: count for pair, count in pairs.items() if count > smallest})
            smallest += 1
    return words, pairs


def counted(counter):
    """The same of a counter."""
    lefts, lasts, values, firsts, counts = counter.candidates(1)
    names = counter.words(np.ones(len(counts), np.uint8))
    pairs = {}
    for left, last, value, first in zip(lefts, lasts, values, firsts, strict=True):
        ids = [*counter.left_words(left), last]
        assert ids[0] == first
        pairs[tuple(names[word] for word in ids)] = value
    return {names[word]: count for word, count in enumerate(counts) if count}, pairs


def cut(text):
    tokens = Tokens()
    tokens.load(text)
    return tokens


@pytest.mark.parametrize("connectors", [[], CONNECTORS])
@pytest.mark.parametrize("most", [10**9, 300, 60, 1])
def test_counts_are_those_of_plain_python(connectors, most):
    lines = sentences()
    expected = plain_counts(lines, connectors, most)
    by_text, by_lists = PhraseCounter(connectors, most, 10_000), PhraseCounter(connectors, most, 10_000)
    for begin in range(0, len(lines), 37):
        by_text.count(cut(as_text(lines[begin : begin + 37])))
    for line in lines:
        by_lists.count_sentence(line)
    for counter in (by_text, by_lists):
        assert counted(counter) == expected
        assert counter.num_entries == sum(map(len, expected))
        assert counter.num_tokens == sum(map(len, lines))


def test_a_line_goes_on_in_the_next_text_and_is_cut_when_long():
    line = ["a", "of", "b", "c", "a", "of", "b"]
    counter = PhraseCounter(CONNECTORS, 10**9, 5)
    counter.count(cut(b"a of "))
    counter.count(cut(b"b c a of b\n"))
    assert counted(counter) == plain_counts([line[:5], line[5:]])


def test_many_words_and_chains_make_the_tables_grow():
    random = np.random.default_rng(1)
    lines = [[f"w{i}" if i % 3 else CONNECTORS[i % 2] for i in random.integers(4000, size=20)] for _ in range(4000)]
    counter = PhraseCounter(CONNECTORS, 10**9, 10_000)
    counter.count(cut(as_text(lines)))
    assert counted(counter) == plain_counts(lines)


def plain_join(line, phrases, connectors=CONNECTORS):
    joined, begin = [], None
    for word in line:
        joined.append(word)
        if word in connectors:
            continue
        if begin is not None and tuple(joined[begin:]) in phrases:
            joined[begin:] = ["_".join(joined[begin:])]
            begin = None
        else:
            begin = len(joined) - 1
    return joined


@pytest.mark.parametrize("gap", [" ", "  \t "])
@pytest.mark.parametrize("connectors", [[], CONNECTORS])
def test_joined_tokens_are_those_of_plain_python(connectors, gap):
    lines = sentences(seed=2)
    pairs = sorted(plain_counts(lines, connectors)[1])
    phrases = [pairs[i] for i in np.random.default_rng(3).permutation(len(pairs))[: len(pairs) // 3]]
    table = PhraseTable(connectors, phrases, "_")
    tokens = cut(as_text(lines, gap))
    number = table.join(tokens)
    expected = [plain_join(line, set(phrases), connectors) for line in lines]
    assert [[word.decode() for word in line] for line in tokens.words()[:-1]] == expected
    assert number == tokens.num_tokens == sum(map(len, expected))
    assert tokens.num_line_ends == len(lines)
    assert sum("_" in word for line in expected for word in line) > 100


def test_joined_tokens_are_counted_and_joined_again():
    tokens = cut(b"the new york times of london\nnew york\n")
    assert PhraseTable([], [["new", "york"]], "+").join(tokens) == 6
    assert PhraseTable(["of"], [["new+york", "times"], ["times", "of", "london"]], "_").join(tokens) == 5
    assert tokens.words() == [[b"the", b"new+york_times", b"of", b"london"], [b"new+york"], []]


@pytest.mark.parametrize(
    "make",
    [
        lambda: PhraseCounter(["of", "of"], 10, 10),
        lambda: PhraseCounter([], 0, 10),
        lambda: PhraseCounter([], 10, 0),
        lambda: PhraseTable(["of", "of"], [], "_"),
        lambda: PhraseTable([], [], "__"),
        lambda: PhraseTable([], [], "é"),
        lambda: PhraseTable([], [["alone"]], "_"),
        lambda: PhraseCounter([], 10, 10).words(np.ones(3, np.uint8)),
        lambda: PhraseCounter([], 10, 10).left_words(2**31 + 5),
    ],
)
def test_arguments_that_do_not_fit_are_refused(make):
    with pytest.raises(ValueError, match=r"must|there is no|enough"):
        make()
