"""Neural language models: their words are vectors, and so is a history."""

from densevec.models.neural.log_bilinear import LogBilinear
from densevec.models.neural.nplm import NPLM
from densevec.models.neural.rnnlm import RNNLM

__all__ = ["NPLM", "RNNLM", "LogBilinear"]
