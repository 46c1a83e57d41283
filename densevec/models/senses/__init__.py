"""The senses of a word in a text: clusters of its contexts, their number told by other words of the same text."""

from densevec.models.senses.finding import find_senses
from densevec.models.senses.found import Sense, SenseExample, WordSenses

__all__ = ["Sense", "SenseExample", "WordSenses", "find_senses"]
