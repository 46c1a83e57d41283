"""Time of exact top-10 queries, beside gensim's most_similar and a plain NumPy broadcast, in one run.

    python benchmarks/queries.py [--words 400000] [--dim 300] [--batch 64] [--rounds 9] [--centred]

The sides take turns (A B C A B C ...), each round with a query of its own that all sides share; medians and their
ratios are printed, with processor time over wall time, which must be near the number of threads on a machine that
does nothing else.  Answers are compared: with gensim's, word for word, and with the ranking of a float64 scan.  The
rows are normal, their lengths log-normal, and they share a direction as trained vectors do, which --centred takes out.
gensim is optional (pip install 'densevec[bench]').  Unset OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE first: they slow
NumPy, and so the other sides.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from densevec._cy.search import INSTRUCTION_SETS
from densevec.densities import get_measure
from densevec.vectors.search import Queries, Table, exact_scores, nearest

TOPN = 10
# Seconds before each side: the threads of NumPy's BLAS spin for a while after a product, and take a processor.
PAUSE = 0.2
Side = Callable[[int], Any]
Times = dict[str, list[tuple[float, float]]]


def make_means(num_words: int, dim: int, is_centred: bool) -> np.ndarray:
    random = np.random.default_rng(1)
    mean = random.standard_normal((num_words, dim), dtype=np.float32)
    mean *= np.exp(0.4 * random.standard_normal((num_words, 1), dtype=np.float32)) / np.float32(np.sqrt(dim))
    mean += 0.3 * random.standard_normal(dim, dtype=np.float32) / np.float32(np.sqrt(dim))
    if is_centred:
        mean -= mean.mean(0, dtype=np.float64).astype(np.float32)
    return mean


def make_variances(num_words: int, dim: int | None) -> np.ndarray:
    """Between a tenth and ten times the usual 1/d, per word, and half of that again per dimension."""
    random = np.random.default_rng(2)
    shape = (num_words, 1) if dim is None else (num_words, dim)
    logs = 0.6 * random.standard_normal((num_words, 1), dtype=np.float32)
    logs = logs + 0.3 * random.standard_normal(shape, dtype=np.float32)
    return np.exp(logs[:, 0] if dim is None else logs) / np.float32(100)


def measure_in_turn(sides: dict[str, Side], rounds: int) -> Times:
    """Wall and processor seconds of every round of every side, in turn; a first round of each is not counted."""
    times: Times = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            time.sleep(PAUSE)
            run(number - 1)  # wakes processors that slept
            wall, processor = time.perf_counter(), time.process_time()
            run(number)
            if number:
                times[name].append((time.perf_counter() - wall, time.process_time() - processor))
    return times


def medians_of(times: Times, per: dict[str, int]) -> dict[str, float]:
    """Median milliseconds a query; printed."""
    medians = {
        name: 1e3 * statistics.median(wall for wall, _ in each) / per.get(name, 1) for name, each in times.items()
    }
    for name, each in times.items():
        share = sum(processor for _, processor in each) / sum(wall for wall, _ in each)
        print(f"  {name:44s} {medians[name]:9.3f} ms a query   processor/wall {share:.2f}")
    return medians


def queries_of(table: Table, rows: list[int], is_density: bool) -> Queries:
    return Queries(table.mean_rows(np.array(rows)), table.log_variance_rows(np.array(rows)) if is_density else None)


def ask(table: Table, measure: str, rows: list[int]) -> list[list[int]]:
    """The nearest rows of some rows, themselves left out."""
    queries = queries_of(table, rows, measure != "cosine")
    found = nearest(table, get_measure(measure), queries, TOPN, exclude=[[row] for row in rows])
    return [places.tolist() for places, _ in found]


def ask_naive(table: Table, measure: str, row: int) -> list[int]:
    """The formula of KL as one writes it, over all rows at once."""
    mean, variance = table.mean, table.variance
    variance = variance[:, None] if variance.ndim == 1 else variance
    own_mean, own = mean[row], variance[row]
    if measure == "kl_from_query":
        ratio, shift = own / variance, (own_mean - mean) ** 2 / variance
    else:
        ratio, shift = variance / own, (own_mean - mean) ** 2 / own
    if ratio.shape[-1] == 1:
        kl = 0.5 * (mean.shape[1] * (ratio - 1 - np.log(ratio))[:, 0] + shift.sum(-1))
    else:
        kl = 0.5 * (ratio - 1 - np.log(ratio) + shift).sum(-1)
    order = np.argpartition(kl, TOPN + 1)[: TOPN + 1]
    return [int(place) for place in order[np.argsort(kl[order])] if place != row][:TOPN]


def ranking_in_float64(table: Table, measure: str, row: int) -> list[int]:
    query = queries_of(table, [row], measure != "cosine")
    scores = exact_scores(table, get_measure(measure), query, np.arange(table.num_rows))
    order = np.lexsort((np.arange(table.num_rows), -scores))[: TOPN + 1]
    return [int(place) for place in order if place != row][:TOPN]


def gensim_vectors(mean: np.ndarray) -> Any:
    try:
        from gensim.models import KeyedVectors
    except ImportError:
        return None
    vectors = KeyedVectors(mean.shape[1], count=0, dtype=np.float32)
    vectors.add_vectors([f"w{row}" for row in range(len(mean))], mean)
    vectors.fill_norms()
    return vectors


def compare_cosine(mean: np.ndarray, options: argparse.Namespace) -> None:
    table, coded, other = Table(mean, None), Table(mean, None), gensim_vectors(mean)
    tracemalloc.start()
    ask(table, "cosine", [0])
    print(f"first query: at most {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB at a time; the table has "
          f"{mean.nbytes / 1e6:.0f} MB")  # fmt: skip
    tracemalloc.stop()
    begin = time.perf_counter()
    index = coded.build_scan_index()
    print(f"8-bit copy: {index.codes.nbytes / 1e6:.0f} MB, built in {time.perf_counter() - begin:.2f} s")
    rows = np.random.default_rng(3).integers(0, len(mean), (options.rounds + 1, options.batch)).tolist()
    one, many = "one query", f"batch of {options.batch}"
    sides: dict[str, Side] = {
        f"{one}, float32": lambda number: ask(table, "cosine", rows[number][:1]),
        f"{one}, 8-bit copy": lambda number: ask(coded, "cosine", rows[number][:1]),
        f"{many}, float32": lambda number: ask(table, "cosine", rows[number]),
        f"{many}, 8-bit copy": lambda number: ask(coded, "cosine", rows[number]),
    }
    if other is None:
        print("gensim is not installed: no comparison")
    else:
        sides["gensim most_similar"] = lambda number: other.most_similar(f"w{rows[number][0]}", topn=TOPN)
    per = {name: options.batch for name in sides if name.startswith(many)}
    medians = medians_of(measure_in_turn(sides, options.rounds), per)
    if other is None:
        return
    for name in sides:
        if not name.startswith("gensim"):
            print(f"  {name:44s} {medians['gensim most_similar'] / medians[name]:9.2f} x gensim")
    same = total = 0
    for number in range(min(3, len(rows))):
        ours = [ask(each, "cosine", rows[number][:24]) for each in (table, coded)]
        for place, row in enumerate(rows[number][:24]):
            theirs = [int(word[1:]) for word, _ in other.most_similar(f"w{row}", topn=TOPN)]
            same += (ours[0][place] == theirs) + (ours[1][place] == theirs)
            total += 2
    print(f"  answers identical to gensim's: {same} of {total}")


def compare_divergences(mean: np.ndarray, options: argparse.Namespace, dim: int | None) -> None:
    kind = "spherical" if dim is None else "diagonal"
    table = Table(mean, make_variances(len(mean), dim))
    coded = Table(mean, table.variance)
    coded.build_scan_index()
    rows = np.random.default_rng(4).integers(0, len(mean), (options.rounds + 1, options.batch)).tolist()
    sides: dict[str, Side] = {}
    measures = ("cosine", "kl_from_query", "kl_to_query", "jeffreys")
    ways = {"float32": table, "8-bit copy": coded} if dim is None else {"float32": table}
    if dim is not None:
        measures = measures[:3]
    for measure in measures:
        for way, each in ways.items() if measure != "jeffreys" else [("float32", table)]:
            for count in (1, options.batch):
                name = f"{measure}, {'one query' if count == 1 else f'batch of {count}'}, {way}"
                sides[name] = lambda number, each=each, measure=measure, count=count: ask(
                    each, measure, rows[number][:count]
                )
    per = {name: options.batch for name in sides if "batch" in name}
    print(f"{kind} densities")
    medians = medians_of(measure_in_turn(sides, options.rounds), per)
    naive: dict[str, Side] = {
        f"{measure}, naive NumPy": lambda number, measure=measure: ask_naive(table, measure, rows[number][0])
        for measure in ("kl_from_query", "kl_to_query")
    }
    slow = medians_of(measure_in_turn(naive, 2), {})
    for name in sides:
        measure, rest = name.split(", ", 1)
        if measure == "cosine":
            continue
        line = f"  {name:44s} {medians[name] / medians[f'cosine, {rest}']:9.2f} x the cost of cosine"
        if f"{measure}, naive NumPy" in slow:
            line += f", {slow[f'{measure}, naive NumPy'] / medians[name]:.0f} x naive NumPy's speed"
        print(line)
    same = total = 0
    for measure in measures[1:]:
        for row in rows[0][:2]:
            right = ranking_in_float64(table, measure, row)
            same += (ask(table, measure, [row])[0] == right) + (ask(coded, measure, [row, 1, 2, 3])[0] == right)
            total += 2
    print(f"  rankings identical to float64: {same} of {total}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--centred", action="store_true")
    parser.add_argument("--only", choices=("cosine", "spherical", "diagonal"))
    options = parser.parse_args()
    hindrances = [name for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if name in os.environ]
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {platform.machine()} with {os.cpu_count()} processors, "
          f"{INSTRUCTION_SETS[-1]}, "
          f"load {os.getloadavg()[0]:.2f} before the start, NumPy {np.__version__}, set in the environment: "
          f"{', '.join(hindrances) or 'nothing that slows NumPy'}")  # fmt: skip
    print(f"{options.words:,} x {options.dim}, top {TOPN}, {'centred' if options.centred else 'not centred'}, "
          f"medians of {options.rounds}")  # fmt: skip
    mean = make_means(options.words, options.dim, options.centred)
    if options.only in (None, "cosine"):
        compare_cosine(mean, options)
    if options.only in (None, "spherical"):
        compare_divergences(mean, options, None)
    if options.only in (None, "diagonal"):
        compare_divergences(mean, options, options.dim)


if __name__ == "__main__":
    main()
