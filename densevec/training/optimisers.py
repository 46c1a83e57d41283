"""One optimiser for a whole module: Adagrad or plain descent on the rows a step touched, Adam on everything dense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from densevec.layers.table import RowTable
from densevec.training.adam import Adam, Moments


class TableRate(NamedTuple):
    """Learning rate of a table, and the sum of squared gradients its rows start from.

    Adagrad's first step has the size of the learning rate whatever the gradient, so that rare words
    would be mostly noise; a starting sum of the size of a usual squared gradient makes first steps small.
    None stands for plain gradient descent, which keeps no sums: a step is the rate times the gradient.
    With ``row_wise`` a row has one sum, of its gradient's squared norm.
    """

    rate: float
    initial_square: float | None
    row_wise: bool = False


class Optimiser:
    """Row-sparse Adagrad (Duchi, Hazan & Singer 2011) or descent for tables, Adam (Kingma & Ba 2015) for the rest.

    Adagrad's state has the table's shape, or one number a row; a step reads and writes the rows that were
    looked up and no others, so its cost does not depend on the vocabulary.

    Parameters
    ----------
    module : the tables (``RowTable``) and dense parameters to train
    rates : ``TableRate`` of each table, by the name it has in the module
    dense_rate : learning rate of the dense parameters
    """

    def __init__(self, module: torch.nn.Module, rates: Mapping[str, TableRate], dense_rate: float) -> None:
        self.module = module
        self.tables = self.tables_of(module)
        if self.tables.keys() != rates.keys():
            raise ValueError(f"tables {sorted(self.tables)} and learning rates {sorted(rates)} differ")
        self.rates = dict(rates)
        self.squares = {
            name: torch.full_like(
                table.weight[:, :1] if self.rates[name].row_wise else table.weight, square
            ).contiguous()
            for name, table in self.tables.items()
            if (square := self.rates[name].initial_square) is not None
        }
        self.dense = dict(module.named_parameters())
        self.adam = Adam(self.dense.values(), dense_rate)

    @staticmethod
    def tables_of(module: torch.nn.Module) -> dict[str, RowTable]:
        """The tables of a module by name."""
        return {name: child for name, child in module.named_modules() if isinstance(child, RowTable)}

    @torch.no_grad()
    def step(self, scale: float, num_tokens: int) -> None:
        """Apply and forget the gradients of one batch.

        scale : factor on every learning rate (the schedule's value)
        num_tokens : the dense gradients are divided by it; those of tables are sums, to which Adagrad's steps
            are indifferent and plain descent's proportional
        """
        for name, table in self.tables.items():
            for rows, looked_up in table.pending:
                gradient = looked_up.grad
                if gradient is not None:
                    if name in self.squares:
                        squares = self.squares[name].index_select(0, rows)
                        if self.rates[name].row_wise:
                            squares += (gradient * gradient).sum(1, keepdim=True)
                        else:
                            squares.addcmul_(gradient, gradient)
                        self.squares[name].index_copy_(0, rows, squares)
                        gradient.div_(squares.sqrt_())
                        if table.gain is not None:
                            gradient.mul_(table.gain(rows, self.squares[name]))
                    table.weight.index_add_(0, rows, gradient, alpha=-self.rates[name].rate * scale)
                    table.constrain(rows)
            table.pending.clear()
        for parameter in self.dense.values():
            if parameter.grad is not None:
                parameter.grad /= num_tokens
        self.adam.step(scale)

    def forget(self) -> None:
        """Drop gradients that were computed but not applied."""
        for table in self.tables.values():
            table.pending.clear()
        self.adam.forget()

    def state(self) -> dict[str, torch.Tensor]:
        """Everything ``load_state`` needs to go on as if nothing had happened, by name; weights included."""
        tensors = {f"weights.{name}": value for name, value in self.module.state_dict().items()}
        tensors |= {f"squares.{name}": value for name, value in self.squares.items()}
        for name, parameter in self.dense.items():
            if parameter in self.adam.moments:
                moments = self.adam.moments[parameter]
                tensors[f"adam.step.{name}"] = torch.tensor(float(moments.step))
                tensors[f"adam.exp_avg.{name}"], tensors[f"adam.exp_avg_sq.{name}"] = moments.mean, moments.square
        return tensors

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        """Put back what ``state`` gave, or arrays of it; KeyError, RuntimeError, ValueError for another module's."""
        weights = {n.removeprefix("weights."): torch.as_tensor(tensors[n]) for n in tensors if n.startswith("weights.")}
        self.module.load_state_dict(weights)
        for name, squares in self.squares.items():
            squares.copy_(torch.as_tensor(tensors[f"squares.{name}"]))
        for name, parameter in self.dense.items():
            keys = ("step", "exp_avg", "exp_avg_sq")
            values = {key: torch.as_tensor(tensors[at]) for key in keys if (at := f"adam.{key}.{name}") in tensors}
            if not values:  # before the first step there are none
                continue
            shapes = {"step": (), "exp_avg": parameter.shape, "exp_avg_sq": parameter.shape}
            if {key: tuple(value.shape) for key, value in values.items()} != {k: tuple(s) for k, s in shapes.items()}:
                raise ValueError(f"Adam's averages of {name!r} are not whole, or of another shape")
            mean, square = (values[key].clone().to(parameter.device) for key in ("exp_avg", "exp_avg_sq"))
            self.adam.moments[parameter] = Moments(int(values["step"]), mean, square)
