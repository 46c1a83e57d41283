"""The twin of the n-gram models in plain Python: dictionaries, recursion, the formulas as they are printed."""

from __future__ import annotations

from collections import Counter, defaultdict

Gram = tuple[str, ...]
END, START = "</s>", "<s>"


class PlainNGram:
    """Interpolated Kneser-Ney with one or three discounts, or Katz's back-off, of sentences of known words."""

    def __init__(self, sentences: list[list[str]], words: list[str], order: int, smoothing: str) -> None:
        self.words, self.order, self.smoothing = words, order, smoothing
        self.counts: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        for sentence in sentences:
            tokens = [START, *sentence, END]
            for last in range(1, len(tokens)):
                for size in range(1, min(order, last + 1) + 1):
                    self.counts[size][tuple(tokens[last - size + 1 : last + 1])] += 1
        self.adjusted = [self._adjusted(size) for size in range(order + 1)]
        self.discounts = [self._discounts(size) for size in range(order + 1)]
        self.after: list[dict[Gram, dict[str, int]]] = []  # for each size: what follows each context, how often
        for table in self.adjusted:
            follows: dict[Gram, dict[str, int]] = defaultdict(dict)
            for gram, count in table.items():
                follows[gram[:-1]][gram[-1]] = count
            self.after.append(follows)

    def _adjusted(self, size: int) -> dict[Gram, int]:
        if size in (0, self.order) or self.smoothing == "katz":
            return dict(self.counts[size])
        before = defaultdict(set)
        for gram in self.counts[size + 1]:
            before[gram[1:]].add(gram[0])
        return {gram: count if gram[0] == START else len(before[gram]) for gram, count in self.counts[size].items()}

    def _discounts(self, size: int) -> list[float]:
        """What is taken from counts 0, 1, 2, …; the last for all larger ones."""
        numbers = Counter(self.adjusted[size].values())
        if self.smoothing == "katz":
            if size < 2 or not numbers[1] or 6 * numbers[6] / numbers[1] >= 1:
                return [0.0]
            common = 6 * numbers[6] / numbers[1]
            taken = [0.0]
            for r in range(1, 6):
                ratio = 0.0
                if numbers[r]:
                    turing = (r + 1) * numbers[r + 1] / numbers[r]
                    ratio = (turing / r - common) / (1 - common)
                taken.append(r - ratio * r if 0 < ratio <= 1 else 0.0)
            return [*taken, 0.0]
        if self.smoothing == "kneser_ney":
            return [0.0, numbers[1] / (numbers[1] + 2 * numbers[2]) if numbers[1] and numbers[2] else 0.5]
        if not (numbers[1] and numbers[2] and numbers[3]):
            return [0.0, 0.5, 1.0, 1.5]
        y = numbers[1] / (numbers[1] + 2 * numbers[2])
        found = [0.0, *(j - (j + 1) * y * numbers[j + 1] / numbers[j] for j in (1, 2, 3))]
        return found if all(0 <= found[j] <= j for j in (1, 2, 3)) else [0.0, 0.5, 1.0, 1.5]

    def probability(self, word: str, history: Gram) -> float:
        """P(word | the last n − 1 words of a history that begins with "<s>")."""
        context = history[len(history) - min(len(history), self.order - 1) :]
        return self._katz(word, context) if self.smoothing == "katz" else self._kneser_ney(word, context)

    def _taken(self, size: int, count: int) -> float:
        return self.discounts[size][min(count, len(self.discounts[size]) - 1)]

    def _kneser_ney(self, word: str, context: Gram) -> float:
        lower = self._kneser_ney(word, context[1:]) if context else 1 / len(self.words)
        size = len(context) + 1
        follows = self.after[size].get(context)
        if not follows:
            return lower
        total = sum(follows.values())
        count = follows.get(word, 0)
        freed = sum(self._taken(size, each) for each in follows.values())
        return (count - self._taken(size, count)) / total + freed / total * lower

    def _katz(self, word: str, context: Gram) -> float:
        size = len(context) + 1
        follows = self.after[size].get(context, {})
        if size == 1:
            unseen = [each for each in self.words if each not in follows]
            total = sum(follows.values()) + bool(unseen)
            return follows[word] / total if word in follows else 1 / len(unseen) / total
        if not follows:
            return self._katz(word, context[1:])
        total = sum(follows.values())
        freed = sum(self._taken(size, each) for each in follows.values())
        if freed <= 0:
            total, freed = total + 1, 1.0
        if len(follows) == len(self.words):
            total, freed = total - freed, 0.0
        if word in follows:
            return (follows[word] - self._taken(size, follows[word])) / total
        rest = 1 - sum(self._katz(each, context[1:]) for each in follows)
        return freed / total * self._katz(word, context[1:]) / rest
