"""Test perplexity of n-gram models on the Brown corpus in file order, beside KenLM's lmplz where that is given.

    python benchmarks/brown.py [--data DIR] [--out DIR] [--orders 3 4 5] [--lmplz PATH]

DIR (the environment variable DENSEVEC_DATA by default) holds brown/brown.tar.xz: NLTK's copy, word/tag.  Its 500 files
are read in the order of their names, tags are dropped, words lowered; 1,161,192 tokens in 57,340 sentences.  The
training part is the first sentences up to the one that reaches 800,000 tokens, then 200,000 for validation, the rest
for testing.  ``--out`` keeps them: train.txt, valid.txt, test.txt, one sentence a line.

Which words are "<unk>" decides what a perplexity means, so there are two tables:

- train: words seen fewer than 3 times in the training part (nothing else is looked at; V = 16,430);
- whole: words seen fewer than 4 times in all three parts, as Bengio et al. (2003) have it (16,687 words are left, of
  which those that the training part has not are "<unk>" too).

"sentences" are lines, each with an end that is predicted; "running" is the same text without line ends, where histories
reach back as far as they like, which is how the figures of Bengio et al. (2003) were made.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from densevec import NGram
from densevec.corpus.language import UNKNOWN

Sentences = list[list[str]]
PARTS = {"train": 800_000, "valid": 200_000, "test": 10**9}  # tokens
STAND_IN = "UNKNOWN-WORD"  # lmplz takes no "<unk>" in a text


def read_sentences(path: Path) -> Iterator[list[str]]:
    """The sentences of all files of the archive, without tags, in lower case."""
    with tarfile.open(path) as archive:
        members = {Path(member.name).name: member for member in archive if member.isfile()}
        for name in sorted(name for name in members if len(name) == 4 and name[0] == "c" and name[2:].isdigit()):
            file = archive.extractfile(members[name])
            assert file is not None
            for line in file.read().decode("ascii").splitlines():
                words = [field.rpartition("/")[0].lower() for field in line.split()]
                if words:
                    yield words


def split(sentences: Iterator[list[str]]) -> dict[str, Sentences]:
    """The parts in order, each ending with the sentence that reaches its number of tokens."""
    parts: dict[str, Sentences] = {}
    for name, size in PARTS.items():
        part, tokens = parts.setdefault(name, []), 0
        for words in sentences:
            part.append(words)
            tokens += len(words)
            if tokens >= size:
                break
    return parts


def merge_rare(parts: dict[str, Sentences], counted: list[str], least: int) -> dict[str, Sentences]:
    """The parts with "<unk>" for words too rare in the parts ``counted``, or absent from the training part."""
    counts = Counter(word for name in counted for words in parts[name] for word in words)
    known = {word for words in parts["train"] for word in words if counts[word] >= least}
    return {
        name: [[word if word in known else UNKNOWN for word in words] for words in part] for name, part in parts.items()
    }


def write(parts: dict[str, Sentences], folder: Path) -> None:
    for name, part in parts.items():
        (folder / f"{name}.txt").write_text("".join(" ".join(words) + "\n" for words in part))


def ngram_rows(parts: dict[str, Sentences], orders: list[int]) -> Iterator[tuple[str, str, int, NGram, float]]:
    running = {name: [[word for words in part for word in words]] for name, part in parts.items()}
    for form, texts in (("sentences", parts), ("running", running)):
        for smoothing in ("modified_kneser_ney", "kneser_ney", "katz"):
            for order in orders:
                started = time.perf_counter()
                model = NGram(texts["train"], order, smoothing=smoothing, min_count=1, max_sentence_length=2**31 - 1)
                yield form, smoothing, order, model.train(), time.perf_counter() - started


def lmplz_model(lmplz: str, train: Sentences, order: int) -> NGram:
    """What KenLM makes of the same text, read from its ARPA file."""
    with tempfile.TemporaryDirectory() as folder:
        arpa = Path(folder) / "model.arpa"
        text = "".join(" ".join(STAND_IN if word == UNKNOWN else word for word in words) + "\n" for words in train)
        command = [lmplz, "-o", str(order), "--arpa", str(arpa), "-S", "1G", "-T", folder]
        subprocess.run(command, input=text.encode(), check=True, stderr=subprocess.DEVNULL)
        return NGram.from_arpa(arpa)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("DENSEVEC_DATA", "../shared/data"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--orders", type=int, nargs="+", default=[3, 4, 5])
    parser.add_argument("--lmplz", help="KenLM's program for training")
    options = parser.parse_args()
    parts = split(read_sentences(Path(options.data) / "brown" / "brown.tar.xz"))
    print(", ".join(f"{name}: {sum(map(len, p)):,} tokens in {len(p):,} sentences" for name, p in parts.items()))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write(parts, options.out)

    head = f"{'text':10} {'smoothing':20} n  {'test':>7} {'no unk':>7} {'no ends':>7} {'bits':>6}  seconds"
    for merged, counted, least in (("train", ["train"], 3), ("whole", list(PARTS), 4)):
        texts = merge_rare(parts, counted, least)
        size = len({word for words in texts["train"] for word in words} - {UNKNOWN}) + 2
        print(f"\nunknown words by counts of {merged}: V = {size:,}\n{head}")
        running = {"test": [[word for words in texts["test"] for word in words]]}
        for form, smoothing, order, model, seconds in ngram_rows(texts, options.orders):
            model.set_params(max_sentence_length=2**31 - 1)
            found = model.perplexity(texts["test"] if form == "sentences" else running["test"])
            print(f"{form:10} {smoothing:20} {order}  {found.perplexity:7.2f} {found.perplexity_without_unknown:7.2f} "
                  f"{found.perplexity_without_ends:7.2f} {found.bits_per_token:6.3f}  {seconds:7.2f}")  # fmt: skip
        if options.lmplz:
            test = [[STAND_IN if word == UNKNOWN else word for word in words] for words in texts["test"]]
            for order in options.orders:
                found = lmplz_model(options.lmplz, texts["train"], order).perplexity(test)
                print(f"{'sentences':10} {'KenLM lmplz':20} {order}  {found.perplexity:7.2f} {'':7} "
                      f"{found.perplexity_without_ends:7.2f} {found.bits_per_token:6.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
