"""Parameters declared once: what comes of a declaration."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest
from sklearn.base import clone

import densevec
from densevec._parameters import Parameters, frozen, param, state
from densevec._validation import AnyOf, Choice, Flag, Function, Interval, Pair
from densevec.errors import ParameterError, ParameterTypeError


def _even(values: Reads) -> None:
    if values.window % 2:
        raise ParameterError(f"window must be even, got {values.window}")


class Reads(Parameters):
    """Reads text."""

    constraints = (_even,)

    corpus: object = param(default=None, kw_only=False, text="what to read")
    window: int = param(default=4, low=1, high=10, text="words on either side")
    lowercase: bool = param(default=False, text="lower it")


class Learns(Parameters):
    """Learns."""

    kind: Literal["mean", "sum"] | None = param(default="mean", text="how vectors are put together")
    steps: int = param(default=3, low=1, engine="torch", text="how many")
    call: Callable[[int], int] | None = param(default=None, rule=Function("a function"), text="called")


class Model(Learns, Reads):
    """A model.

    Examples
    --------
    >>> 1 + 1
    2
    """

    dim: int = param(default=10, kw_only=False, low=1, text="size of a vector")
    window: int = param(default=6)
    kept: int = state(0)


def test_the_signature_has_places_then_own_then_inherited() -> None:
    parameters = inspect.signature(Model).parameters
    assert list(parameters) == ["corpus", "dim", "window", "kind", "steps", "call", "lowercase"]
    assert [name for name, each in parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD] == ["corpus", "dim"]
    assert {name: each.default for name, each in parameters.items()} == Model().get_params()
    assert Model().get_params()["window"] == 6
    assert Reads().window == 4


def test_what_is_declared_again_keeps_rule_text_and_engine() -> None:
    window = Model.declared()["window"]
    assert (window.default, window.rule, window.text) == (6, Interval(int, 1, 10), "words on either side")
    assert Model.declared()["steps"].engine == "torch"


def test_rules_come_from_types() -> None:
    declared = Model.declared()
    assert declared["lowercase"].rule == Flag()
    assert declared["kind"].rule == Choice(("mean", "sum"), optional=True)
    assert declared["kind"].hint == Literal["mean", "sum"] | None
    assert declared["call"].rule == Function("a function", optional=True)


def test_numbers_are_of_their_type_between_their_bounds() -> None:
    class Numbers(Parameters):
        """Of every type."""

        whole: int = param(default=1)
        share: float = param(default=0.5, low=0, high=1)
        rate: float | None = param(default=None, above=0)
        lengths: tuple[int, int] | None = param(default=None, low=1, high=9)

    class Heir(Numbers):
        """With another default."""

        rate: float = param(default=0.1)

    assert {name: each.rule for name, each in Numbers.declared().items()} == {
        "whole": Interval(int),
        "share": Interval(float, 0, 1),
        "rate": Interval(float, 0, open_low=True, optional=True),
        "lengths": Pair(1, 9, optional=True),
    }
    assert Heir.declared()["rate"].rule == Interval(float, 0, open_low=True)
    for wrong in ({"whole": 1.5}, {"whole": None}, {"share": -0.1}, {"rate": 0}, {"lengths": (0, 3)}, {"lengths": 3}):
        with pytest.raises((ParameterError, ParameterTypeError), match=f"^{next(iter(wrong))} must be "):
            Numbers(**wrong).check_params()
    Numbers(rate=1e-9, lengths=(1, 9)).check_params()


def test_help_says_with_what_a_parameter_is_used() -> None:
    class Heir(Model):
        """One with kernels."""

        fused_takes: ClassVar[Mapping[str, tuple[object, ...]]] = {"kind": ("sum", None)}
        steps: int = param(default=5, belongs_to=("kind", "mean", "sum"))
        dim: int = param(default=10, belongs_to=("call",))
        bare: int = param(default=1, engine="fused")

    meaning = {name: each.meaning for name, each in Heir.declared().items()}
    assert meaning["steps"] == 'how many; only with the torch engine and kind "mean" or "sum"'
    assert meaning["dim"] == "size of a vector; only with call"
    assert meaning["bare"] == "only with the fused engine"
    assert meaning["kind"] == 'how vectors are put together: "mean" or "sum"; the fused engine takes "sum" or None only'
    assert meaning["lowercase"] == "lower it"
    text = " ".join((Heir.__doc__ or "").split())
    assert all(f"{name} : {each}" in text for name, each in meaning.items())


def test_the_constructor_stores_and_does_nothing_else() -> None:
    model = Model("text", 3, window=99)
    assert (model.corpus, model.dim, model.window, model.kept) == ("text", 3, 99, 0)
    assert vars(model).keys() == Model.declared().keys()
    with pytest.raises(ParameterTypeError, match="takes corpus and dim by place"):
        Model("text", 3, 4)  # type: ignore[misc]
    with pytest.raises(ParameterTypeError, match="given dim twice"):
        Model("text", 3, dim=4)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "meant"), [("vector_size", "dim"), ("sentences", "corpus"), ("windov", "window"), ("xyzzy", None)]
)
def test_a_name_that_is_none_says_which_was_meant(name: str, meant: str | None) -> None:
    hint = f"did you mean {meant}" if meant else "get_params"
    with pytest.raises(ParameterTypeError, match=rf"'{name}' is not a parameter of Model; {hint}"):
        Model(**{name: 1})
    with pytest.raises(ParameterError, match=hint):
        Model().set_params(**{name: 1})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lowercase": "no"}, "lowercase must be True or False, got 'no'"),
        ({"lowercase": 1}, "lowercase must be True or False, got 1"),
        ({"kind": "max"}, "kind must be one of 'mean', 'sum' or None, got 'max'"),
        ({"window": 0}, "window must be an integer at least 1 and at most 10, got 0"),
        ({"window": True}, "window must be an integer"),
        ({"call": 5}, "call must be a function or None, got 5"),
        ({"window": 5}, "window must be even, got 5"),
    ],
)
def test_values_are_checked_when_asked(values: dict[str, object], message: str) -> None:
    model = Model(**values)  # type: ignore[arg-type]
    with pytest.raises((ParameterError, ParameterTypeError), match=message):
        model.check_params()
    Model(lowercase=np.bool_(True)).check_params()  # type: ignore[arg-type]


def test_what_the_values_of_others_leave_no_use_must_be_left() -> None:
    class Heir(Model):
        """One that says what its parameters belong to."""

        steps: int = param(default=5, belongs_to=("kind", "mean"))
        dim: int = param(default=10, belongs_to=("call",))

    class Last(Heir):
        """One that keeps it."""

        steps: int = param(default=7)
        size: int = param(default=1, belongs_to=("steps", 7))

    assert Last.declared()["steps"].belongs_to == ("kind", "mean")
    Last(kind="sum").check_uses()
    Last(steps=2).check_uses()
    message = "^steps must be left at 7 with kind='sum', which does not use it, got 2; try kind='mean'$"
    with pytest.raises(ParameterError, match=message):
        Last(kind="sum", steps=2).check_uses()
    with pytest.raises(ParameterError, match=r"^size must be left at 1 with steps=9, .*; try steps=7$"):
        Last(steps=9, size=2).check_uses()
    with pytest.raises(ParameterError, match=r"^steps must be left at 7 with kind='sum', .*; try kind='mean'$"):
        Last(kind="sum", steps=9, size=2).check_uses()
    with pytest.raises(ParameterError, match=r"^dim must be left at 10 with call=None, .* got 3; give call= too$"):
        Last(dim=3).check_uses()
    Last(dim=3, call=abs).set_params(kind="sum").set_params(steps=7).check_uses()


def test_the_docstring_lists_them_before_the_examples() -> None:
    lines = (Model.__doc__ or "").splitlines()
    assert lines[0] == "A model."
    start = lines.index("Parameters")
    assert lines[start + 2 : start + 4] == ["corpus : what to read", "dim : size of a vector"]
    assert lines.index("Examples") > start
    assert Model.__doc__ == inspect.getdoc(Model)


def test_a_representation_is_one_short_line_without_the_corpus_s_words() -> None:
    secret = [["my", "secret"]] * 20_000
    assert repr(Model(secret, window=8)) == "Model(corpus=<list of 20000 list>, window=8)"
    assert repr(Model(dim=np.int64(8), window=np.int64(6), lowercase=np.bool_(False))) == "Model(corpus=None, dim=8)"  # type: ignore[arg-type]
    assert repr(Model(kind=(np.int64(3), 6))) == "Model(corpus=None, kind=(3, 6))"  # type: ignore[arg-type]
    assert repr(Model(["a.txt", "b.txt"])) == "Model(corpus=['a.txt', 'b.txt'])"
    assert len(repr(Model([f"{n}.txt" for n in range(1000)]))) < 60


def test_copies_pickles_and_clones() -> None:
    model = Model("text", 3, window=8)
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clone(model)):
        assert other.get_params() == model.get_params()
        other.set_params(window=2)
        assert model.window == 8


def test_frozen_settings_do_not_change() -> None:
    settings = frozen(Model, Model(dim=3).get_params())
    assert (settings.dim, settings.window) == (3, 6)
    assert isinstance(settings, Model)
    for change in (lambda: setattr(settings, "dim", 4), lambda: settings.set_params(dim=4)):
        with pytest.raises(AttributeError, match="settings of a training are fixed, so dim cannot be set"):
            change()


def test_frozen_settings_are_copied_and_pickled() -> None:
    settings = frozen(Model, Model(dim=3).get_params())
    for again in (copy.deepcopy(settings), pickle.loads(pickle.dumps(settings))):
        assert again.get_params() == settings.get_params()
        with pytest.raises(AttributeError, match="settings of a training are fixed"):
            again.dim = 4


@pytest.mark.slow
def test_type_checkers_see_the_constructor(tmp_path: Path) -> None:
    """The types, an unknown name, a literal that is none, a value too many by place; lists where numbers are asked."""
    program = """
from densevec import CBOW, SkipGram
SkipGram("text", 50, window=3)
SkipGram("text", window="3")
SkipGram("text", vector_size=3)
CBOW("text", combine="max")
SkipGram("text", 50, 3)
reveal_type(CBOW("text").combine)
from densevec import DensityVectors, Gaussian, KeyedVectors, MixtureVectors
from densevec.layers.output import HierarchicalSoftmax, NoiseContrastiveEstimation
vectors = DensityVectors(["owl", "emu"], [[0.0, 0.1], [0.2, 0.3]], [1.0, 2.0], [3, 4])
Gaussian(vectors["owl"], 0.2)
Gaussian([1.0, 2.0], [0.1, 0.2])
Gaussian(vectors.mean("owl"), vectors.variance("owl"))
vectors["kea"] = Gaussian([0.1, 0.1], 0.2)
KeyedVectors(["kiwi"], [[1.0, 0.5]], [3])
MixtureVectors(["kiwi"], [[[1.0], [2.0]]], [[1.0, 2.0]], [[0.5, 0.5]])
NoiseContrastiveEstimation([5, 3], dim=3, negative=5, size=20)
HierarchicalSoftmax([5, 3], dim=3)
"""
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--no-error-summary"]  # with the cache that `make lint` keeps
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [*command, str(tmp_path / "program.py")], check=False, cwd=root, capture_output=True, text=True, timeout=280
    )
    found = [line.partition("program.py:")[2].replace("SkipGram", "M") for line in done.stdout.splitlines()]
    numbers = [int(line.split(":")[0]) for line in found if line]
    assert list(dict.fromkeys(numbers)) == [4, 5, 6, 7, 8], done.stdout + done.stderr
    assert "Literal" in found[-1]


@pytest.mark.parametrize("name", [name for name in densevec.__all__ if hasattr(getattr(densevec, name), "command")])
def test_help_names_every_choice_and_quotes_no_type(name: str) -> None:
    kind = getattr(densevec, name)
    for each in kind.declared().values():
        rules = each.rule.rules if isinstance(each.rule, AnyOf) else (each.rule,)
        values = [value for rule in rules if isinstance(rule, Choice) for value in rule.values]
        assert [value for value in values if isinstance(value, str) and f'"{value}"' not in each.meaning] == [], (
            each.name
        )
    signature = str(inspect.signature(kind))
    assert "lowercase: bool = False" in signature and "corpus: Any = None" in signature
    assert max(map(len, kind.__doc__.partition("Parameters\n")[2].partition("Examples\n")[0].splitlines())) <= 100
