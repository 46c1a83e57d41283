from densevec.training.callbacks import Callback as Callback
from densevec.training.callbacks import EarlyStopping as EarlyStopping
from densevec.training.checkpoint import Checkpoint as Checkpoint
from densevec.training.engine import Engine as Engine
from densevec.training.engine import TorchEngine as TorchEngine
from densevec.training.resume import SavedTraining as SavedTraining
from densevec.training.resume import restore_checkpoint as restore_checkpoint
from densevec.training.state import EpochReport as EpochReport
from densevec.training.state import TrainingState as TrainingState
from densevec.training.trainer import Trainer as Trainer

__all__: list[str]
