"""Known figures of the baselines on real data; skipped where the data is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from densevec.corpus import TextCorpus, build_vocabulary
from densevec.evaluation import evaluate_direction, evaluate_entailment, evaluate_lexsub
from densevec.evaluation.similarity import read_similarity_file


class Counts:
    """Only counts: entailment is the difference of log counts, every word is as near as any other."""

    variances = None

    def __init__(self, counter: dict[str, int]) -> None:
        self.row = {word: row for row, word in enumerate(counter)}
        self.counts = np.array(list(counter.values()))

    def __contains__(self, word: object) -> bool:
        return word in self.row

    def get_index(self, word: str) -> int:
        return self.row[word]

    def similarity(self, a: str, b: str) -> float:
        return 0.0

    def entailment_batch(self, a: list[str], b: list[str]) -> np.ndarray:
        first, second = ([self.row[word] for word in column] for column in (a, b))
        return np.log(self.counts[second]) - np.log(self.counts[first])


@pytest.fixture(scope="session")
def counts(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counts]:
    vocabulary = build_vocabulary(TextCorpus(shared_data / "wiki" / "part-1.txt.xz"), min_count=5)
    yield Counts(dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)))


def test_entailment_baselines(counts, shared_data):
    result = evaluate_entailment(counts, shared_data / "entailment" / "baroni2012" / "data.tsv")
    assert (result.used, result.total) == (2616, 2770)
    baselines = result.baselines
    assert baselines["frequency_difference"].average_precision == pytest.approx(0.721, abs=5e-4)
    assert baselines["frequency_difference"].f1 == pytest.approx(0.73, abs=5e-3)
    assert baselines["hypernym_frequency"].f1 == pytest.approx(0.70, abs=5e-3)
    assert baselines["always_yes"].f1 == pytest.approx(0.668, abs=5e-4)
    assert result.scores == baselines["frequency_difference"]


@pytest.mark.parametrize(
    ("path", "expected", "pairs"),
    [("baroni2012/data_dir.tsv", 0.813, (1311, 1385)), ("bless/directional.tsv", 0.598, (1240, 1337))],
)
def test_direction_by_frequency(counts, shared_data, path, expected, pairs):
    result = evaluate_direction(counts, shared_data / "entailment" / path)
    assert (result.used, result.total) == pairs
    assert result.baselines["frequency"] == pytest.approx(expected, abs=5e-4)
    assert result.accuracy == result.baselines["frequency"]


class Equals:
    """Vectors that know every word, all in one place."""

    def __contains__(self, word: object) -> bool:
        return True

    def scores(self, query: object, words: list[str], measure: str) -> np.ndarray:
        return np.zeros(len(words))


@pytest.mark.parametrize(("part", "chance", "items"), [("", 0.299, 1986), ("lst_test", 0.296, 1688)])
def test_random_lexical_substitution(shared_data, part, chance, items):
    result = evaluate_lexsub(Equals(), shared_data / "lexsub" / "lst" / part)
    assert result.items == items
    # The known figures are means of five shuffles (standard error .002); ours is the exact expectation.
    assert result.gap_random == pytest.approx(chance, abs=4e-3)
    # All words score alike: every ranking is a shuffle.
    assert result.gap_context_blind == pytest.approx(result.gap_random, abs=1.5e-2)


def test_every_similarity_file_is_read(shared_data):
    sizes = {path.name: len(read_similarity_file(path)[0]) for path in (shared_data / "similarity").glob("*.txt")}
    assert sizes["EN-WS-353-ALL.txt"] == 353
    assert sizes["EN-SIMLEX-999.txt"] == 999
    assert sizes["SCWS-ratings.txt"] == 2003
    pairs, scores, measure = read_similarity_file(shared_data / "entailment" / "hyperlex" / "hyperlex-all.txt")
    assert (len(pairs), measure, max(scores) <= 10) == (2616, "entailment", True)
