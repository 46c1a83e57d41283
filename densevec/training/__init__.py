"""The one training loop and its parts."""

from densevec.training.autograd import AutogradTask
from densevec.training.callbacks import Callback, EarlyStopping
from densevec.training.checkpoint import Checkpoint, restore_checkpoint
from densevec.training.state import EpochReport, TrainingState
from densevec.training.trainer import Trainer

__all__ = [
    "AutogradTask",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "EpochReport",
    "Trainer",
    "TrainingState",
    "restore_checkpoint",
]
