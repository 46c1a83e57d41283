"""SkipGram, CBOW and the log-bilinear model token by token in float64: the twin of ``densevec._cy.window``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from densevec._cy import blocks

_MASK = 2**64 - 1
_LEAST_TILE, _TILE_TOKENS = 8, 32


def mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def hashed(seed: int, position: int) -> int:
    return mix((mix(seed) + 0x9E3779B97F4A7C15 * (position + 1)) & _MASK)


@dataclass(frozen=True)
class Text:
    """What the kernels read: see ``densevec._cy.blocks.Text``."""

    ids: np.ndarray
    offsets: np.ndarray
    keep: np.ndarray
    seed: int
    window: int
    shrink: bool = True
    shuffle: bool = True
    capacity: int = 1000

    @property
    def compiled(self) -> blocks.Text:
        return blocks.Text(self.ids, self.offsets, self.keep, self.window, self.shrink, self.shuffle)

    def shared(self, part: int) -> blocks.Share:
        """The whole text, for threads that take ``part`` turns at a time."""
        return blocks.Share(self.compiled, self.seed, 0, len(self.offsets) - 1, self.capacity, part)


class Token(NamedTuple):
    """A kept token, the words of its window before it and after it, and its noise words."""

    word: int
    left: list[int]
    right: list[int]
    noise: list[int]

    @property
    def context(self) -> list[int]:
        return self.left + self.right


def tokens(text: Text, table: np.ndarray | None, pool: int, share: int) -> Iterator[Token]:
    """Every token in the order of training, with the noise words it sees."""
    turn, skip = 0, 0
    while turn < len(text.offsets) - 1:
        ids, left, right = (np.empty(text.capacity, np.int32) for _ in range(3))
        start = mix(hashed(text.seed, ~(turn + (skip << 32)) & _MASK))
        filled, _, turn, skip = blocks.fill_block(text.compiled, text.seed, turn, skip, ids, left, right)
        for i in range(filled):
            first = i * pool // share
            noise = [] if table is None else [draw(table, start, first + j) for j in range(pool)]
            yield Token(int(ids[i]), ids[i - left[i] : i].tolist(), ids[i + 1 : i + 1 + right[i]].tolist(), noise)


def tiles(text: Text, table: np.ndarray, pool: int, share: int) -> Iterator[list[Token]]:
    """The tokens of SkipGram with noise: those that learn at once, of up to ``share`` that see the same noise words."""
    turn, skip = 0, 0
    while turn < len(text.offsets) - 1:
        ids, left, right = (np.empty(text.capacity, np.int32) for _ in range(3))
        start = mix(hashed(text.seed, ~(turn + (skip << 32)) & _MASK))
        filled, _, turn, skip = blocks.fill_block(text.compiled, text.seed, turn, skip, ids, left, right)
        for group in range(0, filled, share):
            noise = [draw(table, start, group // share * pool + j) for j in range(pool)]
            for first in range(group, min(group + share, filled), _TILE_TOKENS):
                last = min(first + _TILE_TOKENS, group + share, filled)
                windows = [
                    (ids[i - left[i] : i].tolist(), ids[i + 1 : i + 1 + right[i]].tolist()) for i in range(first, last)
                ]
                yield [
                    Token(int(ids[i]), *window, noise) for i, window in zip(range(first, last), windows, strict=True)
                ]


def draw(table: np.ndarray, start: int, number: int) -> int:
    random = mix((start + 0x9E3779B97F4A7C15 * number) & _MASK)
    column = ((random >> 32) * len(table)) >> 32
    return column if random % 2**32 < table[column, 0] else int(table[column, 1])


def history(token: Token, before: int, after: int, boundary: int) -> list[int]:
    """The words at so many places before a token and after it, the nearest first; ``boundary`` outside the sentence."""
    left, right = token.left[::-1] + before * [boundary], token.right + after * [boundary]
    return left[:before] + right[:after]


class Row(NamedTuple):
    """A logistic regression: the row of the output table, its label and its weight."""

    row: int
    label: float
    weight: float


def noise_rows(predicted: list[int], noise: list[int], negative: float, may_be_equal: bool) -> list[Row]:
    rows = [Row(word, 1.0, 1.0) for word in predicted]
    others = [sum(may_be_equal or word != drawn for word in predicted) for drawn in noise]
    return rows + [Row(n, 0.0, negative / len(noise) * count) for n, count in zip(noise, others, strict=True)]


def path_rows(predicted: list[int], tree: tuple[np.ndarray, np.ndarray, np.ndarray]) -> list[Row]:
    offsets, nodes, turns = tree
    places = [k for word in predicted for k in range(offsets[word], offsets[word + 1])]
    return [Row(int(nodes[k]), 1.0 - turns[k], 1.0) for k in places]


def step(
    x: np.ndarray,
    output: np.ndarray,
    rows: list[Row],
    rate: float,
    bias: np.ndarray,
    offset: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Step the output rows and biases; the step of x, and the loss in nats."""
    change = np.zeros_like(x)
    factors, loss = factors_of(x, output, rows, bias, offset)
    for row, factor in zip(rows, rate * factors, strict=True):
        change += factor * output[row.row]
        output[row.row] += factor * x
        bias[row.row] += factor
    return change, loss


def factors_of(
    x: np.ndarray, output: np.ndarray, rows: list[Row], bias: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, float]:
    """Minus the derivative of the loss by each row's score, and the loss in nats."""
    scores = np.array([output[row.row] @ x + bias[row.row] - offset[row.row] for row in rows])
    weights, labels = np.array([row.weight for row in rows]), np.array([row.label for row in rows])
    loss = float(weights @ (np.logaddexp(0, scores) - labels * scores))
    return weights * (labels - 1 / (1 + np.exp(-scores))), loss


def tile_steps(
    tile: list[Token],
    vectors: Sequence[np.ndarray],
    output: np.ndarray,
    rate: float,
    negative: float,
    bias: np.ndarray | None,
    offset: np.ndarray,
) -> tuple[list[np.ndarray], float]:
    """Step the output rows and biases by all of a tile's tokens, from where they are now; the tokens' own, the loss."""
    start, start_bias = output.copy(), np.zeros(len(output)) if bias is None else bias.copy()
    steps, total = [], 0.0
    for token, x in zip(tile, vectors, strict=True):
        rows = noise_rows(token.context, token.noise, negative, bias is not None)
        stepped, stepped_bias = start.copy(), start_bias.copy()
        factors, loss = factors_of(x, start, rows, start_bias, offset)
        np.add.at(stepped, [row.row for row in rows], rate * factors[:, None] * x)
        np.add.at(stepped_bias, [row.row for row in rows], rate * factors)
        output += stepped - start
        if bias is not None:
            bias += stepped_bias - start_bias
        steps.append(rate * factors @ start[[row.row for row in rows]])
        total += loss
    return steps, total


def bilinear_step(
    words: list[int],
    rows: list[Row],
    rate: float,
    dim: int,
    tables: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    offset: np.ndarray,
    squares: Sequence[np.ndarray],
) -> float:
    """A token of the log-bilinear model, by row-wise Adagrad; the loss in nats."""
    input_table, output, position, bias = tables
    input_squares, output_squares, position_squares = squares
    x = (position * input_table[words]).sum(0)
    change = np.zeros_like(x)
    factors, loss = factors_of(x, output, rows, bias, offset)
    for row, factor in zip(rows, factors, strict=True):
        change += factor * output[row.row]
        output_squares[row.row] += factor**2 * (x @ x + 1) / (dim + 1)
        scaled = rate * factor / np.sqrt(output_squares[row.row])
        output[row.row] += scaled * x
        bias[row.row] += scaled
    for place, word in enumerate(words):
        of_row, of_place = position[place] * change, input_table[word] * change
        input_squares[word] += of_row @ of_row / dim
        position_squares[place] += of_place @ of_place / dim
        input_table[word] += rate * of_row / np.sqrt(input_squares[word])
        position[place] += rate * of_place / np.sqrt(position_squares[place])
    return loss


def train(
    text: Text,
    input_table: np.ndarray,
    output_table: np.ndarray,
    rate: float,
    *,
    is_cbow: bool = False,
    mean: bool = True,
    noise: np.ndarray | None = None,
    negative: float = 5.0,
    pool: int = 1,
    share: int = 1,
    bias: np.ndarray | None = None,
    log_noise: np.ndarray | None = None,
    tree: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    position: np.ndarray | None = None,
    boundary: int = 0,
    squares: Sequence[np.ndarray] = (),
    dim: int = 0,
) -> float:
    """Train the tables (float64), biases and vectors of places in place; the sum of the loss."""
    total = 0.0
    offset = np.zeros(len(output_table)) if log_noise is None else log_noise
    if not is_cbow and position is None and noise is not None and share >= _LEAST_TILE:
        for together in tiles(text, noise, pool, share):
            tile = [token for token in together if token.context]
            vectors = [input_table[token.word].copy() for token in tile]
            steps, loss = tile_steps(tile, vectors, output_table, rate, negative, bias, offset)
            for token, change in zip(tile, steps, strict=True):
                input_table[token.word] += change
            total += loss
        return total
    for token in tokens(text, noise, pool, share):
        if position is not None:
            words = history(token, text.window, len(position) - text.window, boundary)
            rows = noise_rows([token.word], token.noise, negative, True)
            tables = input_table, output_table, position, bias
            total += bilinear_step(words, rows, rate, dim, tables, offset, squares)
            continue
        if not token.context:
            continue
        predicted = [token.word] if is_cbow else token.context
        rows = (
            path_rows(predicted, tree)
            if tree is not None
            else noise_rows(predicted, token.noise, negative, bias is not None)
        )
        if is_cbow:
            scale = 1 / len(token.context) if mean else 1.0
            x = scale * input_table[token.context].sum(0)
        else:
            x = input_table[token.word].copy()
        changed_bias = np.zeros(len(output_table)) if bias is None else bias
        change, loss = step(x, output_table, rows, rate, changed_bias, offset)
        for word in token.context if is_cbow else [token.word]:
            input_table[word] += change
        total += loss
    return total


def train_composed(
    text: Text,
    input_table: np.ndarray,
    output_table: np.ndarray,
    rate: float,
    word_rows: Sequence[Sequence[int]],
    *,
    is_cbow: bool = False,
    mean: bool = True,
    noise: np.ndarray | None = None,
    negative: float = 5.0,
    pool: int = 1,
    share: int = 1,
    tree: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> float:
    """SkipGram and CBOW whose words are means of rows, of a text that is one block; the sum of the loss.

    CBOW composes a token's vector when a window first reaches it, steps it in between, and shares its steps out to the
    word's rows once it is out of reach.
    """
    total, nothing = 0.0, np.zeros(len(output_table))
    read = list(tokens(text, noise, pool, share))
    near: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # vectors as they were composed, and as they are

    def compose(word: int) -> np.ndarray:
        return input_table[list(word_rows[word])].mean(0)

    def share_out(word: int, change: np.ndarray) -> None:
        for row in word_rows[word]:
            input_table[row] += change

    def pass_by(end: int) -> None:
        for place in [place for place in near if place < end]:
            composed, stepped = near.pop(place)
            share_out(read[place].word, stepped - composed)

    if not is_cbow and noise is not None and share >= _LEAST_TILE:
        for together in tiles(text, noise, pool, share):
            tile = [token for token in together if token.context]
            vectors = [compose(token.word) for token in tile]
            steps, loss = tile_steps(tile, vectors, output_table, rate, negative, None, nothing)
            for token, change in zip(tile, steps, strict=True):
                share_out(token.word, change)
            total += loss
        return total
    for i, token in enumerate(read):
        if is_cbow:
            pass_by(i - text.window)
            for place in range(i, i + 1 + len(token.right)):
                if place not in near:
                    composed = compose(read[place].word)
                    near[place] = composed, composed.copy()
        if not token.context:
            continue
        predicted = [token.word] if is_cbow else token.context
        rows = path_rows(predicted, tree) if tree is not None else noise_rows(predicted, token.noise, negative, False)
        if not is_cbow:
            change, loss = step(compose(token.word), output_table, rows, rate, nothing.copy(), nothing)
            share_out(token.word, change)
        else:
            window = [near[p][1] for p in range(i - len(token.left), i + 1 + len(token.right)) if p != i]
            x = sum(window) / (len(window) if mean else 1)
            change, loss = step(x, output_table, rows, rate, nothing.copy(), nothing)
            for vector in window:
                vector[:] += change
        total += loss
    pass_by(len(read))
    return total
