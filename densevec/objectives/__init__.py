"""What training minimises: one objective per file."""

from densevec.objectives.base import Loss
from densevec.objectives.elbo import Elbo
from densevec.objectives.expected_softmax import ExpectedSoftmax
from densevec.objectives.jensen import Jensen
from densevec.objectives.max_margin import MaxMargin

__all__ = ["Elbo", "ExpectedSoftmax", "Jensen", "Loss", "MaxMargin"]
