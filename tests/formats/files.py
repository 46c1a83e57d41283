"""Files for the tests of the container: a small good one, and tools to break its header."""

import json

import numpy as np

from densevec.formats import write_container
from densevec.formats.header import HEADER_DIGEST, METADATA, OURS

WORDS = ["kiwi", "kākāpō", "", "two words", "new\nline", "tab\t", "nul\0", "\u00a0", "\u2028", "ملك", "🥝", "Kiwi"]


def tensors(num_words=12, dim=5):
    random = np.random.default_rng(7)
    return {
        "mean": random.normal(size=(num_words, dim)).astype(np.float32),
        "variance": random.uniform(0.1, 2, num_words).astype(np.float32),
        "counts": np.arange(num_words)[::-1] + 2**33,
    }


def write(path, words=WORDS, **metadata):
    write_container(path, tensors(len(words)), words, {"class": "DensityVectors", **metadata})
    return path


def split(path):
    """Header table and data of a file."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def join(path, header, data):
    """Write a file with any header: a table, text, or bytes."""
    text = json.dumps(header) if isinstance(header, dict) else header
    raw = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)
    return path


def change_metadata(table, **values):
    """The header table with some of densevec's own metadata replaced."""
    ours = json.loads(table[METADATA][OURS]) | values
    strings = {OURS: json.dumps(ours), HEADER_DIGEST: table[METADATA][HEADER_DIGEST]}
    return table | {METADATA: strings}
