from densevec.objectives.base import Loss as Loss
from densevec.objectives.elbo import Elbo as Elbo
from densevec.objectives.expected_softmax import ExpectedSoftmax as ExpectedSoftmax
from densevec.objectives.jensen import Jensen as Jensen
from densevec.objectives.max_margin import MaxMargin as MaxMargin

__all__: list[str]
