"""A world of 66 words: kinds with ten contexts each, and species that share four of those."""

from collections.abc import Iterator

from densevec._random import generator

KINDS = {
    "bird": ("kakapo", "kea", "wren", "kiwi", "heron"),
    "fruit": ("plum", "fig", "quince", "pear", "mango"),
    "tool": ("chisel", "rasp", "adze", "plane", "awl"),
    "boat": ("canoe", "ketch", "yawl", "punt", "dhow"),
}
FUNCTION_WORDS = ("the", "a")
NUM_CONTEXTS, NUM_SHARED = 10, 4


class SmallWorld:
    """Sentences 'the kea bird2 bird5 bird3': a subject among two to four of its contexts."""

    def __init__(self, num_sentences: int, seed: int = 1) -> None:
        self.num_sentences, self.seed = num_sentences, seed
        self.contexts: dict[str, list[str]] = {}
        for kind, species in KINDS.items():
            own = [f"{kind}{number}" for number in range(NUM_CONTEXTS)]
            self.contexts[kind] = own
            for place, name in enumerate(species):
                self.contexts[name] = [own[(2 * place + step) % NUM_CONTEXTS] for step in range(NUM_SHARED)]

    def __iter__(self) -> Iterator[list[str]]:
        random, subjects = generator(self.seed, "small world"), list(self.contexts)
        for _ in range(self.num_sentences):
            subject = subjects[random.integers(len(subjects))]
            contexts = random.choice(self.contexts[subject], random.integers(2, 5), replace=False)
            yield [FUNCTION_WORDS[random.integers(2)], subject, *contexts.tolist()]

    @property
    def entailments(self) -> list[tuple[str, str]]:
        return [(name, kind) for kind, species in KINDS.items() for name in species]

    @property
    def siblings(self) -> list[tuple[str, str]]:
        return [(one, other) for species in KINDS.values() for one in species for other in species if one != other]

    @property
    def other_kinds(self) -> list[tuple[str, str]]:
        return [
            (name, other) for kind, species in KINDS.items() for name in species for other in KINDS if other != kind
        ]
