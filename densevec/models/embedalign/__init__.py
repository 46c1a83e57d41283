"""EmbedAlign: words in context as densities, learned from translations."""

from densevec.models.embedalign.estimator import EmbedAlign

__all__ = ["EmbedAlign"]
