"""The parallel texts of docs/results.md, from public data: lower case, a sentence a line, line by line translations.

python benchmarks/parallel_text.py DATA OUT            # Hansards: OUT.en, OUT.fr
python benchmarks/parallel_text.py DATA OUT --tatoeba  # and behind them the pairs of Tatoeba

DATA is the folder that holds hansards/ (train.en.xz, train.fr.xz and the unlabelled sentences of test and trial) and
parallel/tatoeba-fra-eng.zip.  Tatoeba's raw text is cut into tokens as Hansards is: punctuation apart, in French the
elided words in full (l' is le) and contractions apart (du is de le).
"""

from __future__ import annotations

import argparse
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from smart_open import open as smart_open

_TOKEN = re.compile(r"\w+(?:-\w+)*|[^\w\s]")
_ENGLISH_ENDING = re.compile(r"(?<=\w)(n't|'s|'m|'re|'ve|'ll|'d)\b")
_ELISION = re.compile(r"\b(l|d|n|j|m|t|s|c|qu|lorsqu|puisqu|jusqu)'(?=\w)")
_CONTRACTIONS = {"du": "de le", "des": "de les", "au": "à le", "aux": "à les"}


def hansards(folder: Path, language: str) -> Iterator[str]:
    for name in (f"train.{language}.xz", f"test.{language}", f"trial.{language}"):
        with smart_open(folder / name, encoding="utf-8") as lines:
            yield from (line.strip().lower() for line in lines)


def english(text: str) -> str:
    text = _ENGLISH_ENDING.sub(r" \1", text.lower().replace("’", "'"))
    return " ".join(chain.from_iterable([word] if word in _ENDINGS else _TOKEN.findall(word) for word in text.split()))


_ENDINGS = {"n't", "'s", "'m", "'re", "'ve", "'ll", "'d"}


def french(text: str) -> str:
    text = _ELISION.sub(r"\1e ", text.lower().replace("’", "'"))
    return " ".join(_CONTRACTIONS.get(token, token) for token in _TOKEN.findall(text))


def tatoeba(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive, archive.open("fra-eng/fra.txt") as raw:
        for line in io.TextIOWrapper(raw, encoding="utf-8"):
            source, target, *_ = line.rstrip("\n").split("\t")
            yield english(source), french(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out")
    parser.add_argument("--tatoeba", action="store_true")
    options = parser.parse_args()
    folder = options.data / "hansards"
    pairs: Iterator[tuple[str, str]] = zip(hansards(folder, "en"), hansards(folder, "fr"), strict=True)
    if options.tatoeba:
        pairs = chain(pairs, tatoeba(options.data / "parallel" / "tatoeba-fra-eng.zip"))
    with (
        open(f"{options.out}.en", "w", encoding="utf-8") as source,
        open(f"{options.out}.fr", "w", encoding="utf-8") as target,
    ):
        for first, second in pairs:
            source.write(first + "\n")
            target.write(second + "\n")


if __name__ == "__main__":
    main()
