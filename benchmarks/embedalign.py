"""Source tokens a second of training EmbedAlign, and the share of the matrix products' own rate that this is.

    python benchmarks/embedalign.py [--workers 2] [--steps 60] [--encoder birnn] [--source TEXT --target TEXT]

The roof is what the processor would reach if it did nothing but the 2.6 million floating-point operations that a token
takes (embedding 128, 100 LSTM units a direction, d 100, a support of about 1,000 words of each language) at the rate of
its own single-precision matrix product, measured in the same run.  Without texts, sentences of random words with the
frequencies of a real language stand in (V 14,000 and 17,000, 17 and 20 words).  Run it on a machine that does nothing
else: processor time over wall time must be near the number of threads.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch

from densevec import EmbedAlign

FLOPS_PER_TOKEN = 2.6e6


class RandomPairs:
    """Pairs of sentences of random words, their ranks drawn by Zipf's law; the same each time."""

    def __iter__(self):
        random = np.random.default_rng(1)
        names = [[f"{side}{rank}" for rank in range(size)] for side, size in (("x", 14_000), ("y", 17_000))]
        share = [1 / np.arange(2.0, len(words) + 2) for words in names]
        cumulative = [np.cumsum(each) / each.sum() for each in share]
        for _ in range(12_000):
            length = min(50, max(1, int(random.gamma(2.5, 6.8))))
            lengths = length, min(50, max(1, round(length * 1.18 + random.normal() * 2)))
            yield tuple(
                [names[side][rank] for rank in np.searchsorted(cumulative[side], random.random(lengths[side]))]
                for side in range(2)
            )


def product_rate() -> float:
    """Floating-point operations a second of torch's single-precision product of (1800, 100) and (100, 1000)."""
    left, right = torch.randn(1800, 100), torch.randn(100, 1000)
    times = []
    for _ in range(60):
        start = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - start)
    return 2 * 1800 * 100 * 1000 / statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--encoder", choices=("birnn", "bow"), default="birnn")
    parser.add_argument("--alignment-prior", choices=("uniform", "diagonal", "hmm"), default="uniform")
    parser.add_argument("--source")
    parser.add_argument("--target")
    args = parser.parse_args()
    torch.set_num_threads(args.workers)
    corpus = (args.source, args.target) if args.source else RandomPairs()
    settings = {"encoder": args.encoder, "alignment_prior": args.alignment_prior, "workers": args.workers}
    model = EmbedAlign(corpus, **settings, min_count=1, lowercase=True, device="cpu")
    text = model.open_text(corpus)
    vocabulary = model.count(text)
    with model.encode(text, vocabulary) as encoded:
        task = model.make_task(vocabulary, encoded)
        rates, supports = [], []
        wall, processor = time.perf_counter(), time.process_time()
        for step, batch in enumerate(task.batches(0, None)):
            start = time.perf_counter()
            task.step(batch, step, 0.1)
            rates.append((batch.num_read, time.perf_counter() - start))
            types = [len(np.unique(side)) + model.support_size for side in (batch.source, batch.target)]
            supports.append(np.mean(types))
            if step == args.steps:
                break
        threads = (time.process_time() - processor) / (time.perf_counter() - wall)
    tokens, seconds = np.sum(rates[5:], axis=0)  # the first ones warm up
    rate = product_rate()
    roof = rate / FLOPS_PER_TOKEN
    print(f"{tokens / seconds:,.0f} source tokens/s with {args.workers} threads ({threads:.2f} busy), ", end="")
    print(
        f"support {np.mean(supports):,.0f}; matrix product {rate / 1e9:.0f} GFLOP/s, roof {roof:,.0f} tokens/s: ",
        end="",
    )
    print(f"{tokens / seconds / roof:.0%}")


if __name__ == "__main__":
    main()
