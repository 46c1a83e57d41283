"""The names of output layers, which parameters are told."""

from typing import Literal

OutputName = Literal["negative", "hierarchical", "full", "class", "nce", "css"]
