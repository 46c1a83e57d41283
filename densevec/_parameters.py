"""Parameters declared once: one line with type, default, bounds, text and use, from which everything else comes.

A class that derives from ``Parameters`` declares what it takes as annotated attributes,

    window: int = param(default=5, low=1, high=1000, text="most context words on either side")

and has from them its constructor, its signature, ``get_params`` and ``set_params``, the checks of values, the section
"Parameters" of its docstring, and its options on the command line.  Groups of parameters are classes that others
inherit; one that is declared again keeps of rule, text and use what is not given anew.  What the type says (whether a
number is whole, whether None is allowed, which strings there are) no rule says again, and what the use says no text.
Type checkers see the constructor too (PEP 681).
"""

from __future__ import annotations

import inspect
import math
import os
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, ClassVar, Literal, Self, Union, dataclass_transform, get_args, get_origin, get_type_hints

from densevec._calls import nearest
from densevec._html import block, folded, table
from densevec._plain import with_plain_numbers
from densevec._validation import Choice, Flag, Interval, Pair, Rule, check_parameter
from densevec.errors import ParameterError, ParameterTypeError

_CHOICE = re.compile(r"""(?<=[\[ ])["'](\w+)["'](?=[],])""")  # in the text of a Literal
_LINE = 100  # of a docstring, which help() indents
# Names that other libraries give to what has another name here
OTHER_NAMES = {
    "vector_size": "dim",
    "size": "dim",
    "n_components": "dim",
    "num_topics": "dim",
    "sentences": "corpus",
    "corpus_file": "corpus",
    "alpha": "learning_rate",
    "lr": "learning_rate",
    "min_alpha": "min_learning_rate",
    "iter": "epochs",
    "n_iter": "epochs",
    "max_final_vocab": "max_vocab_size",
    "max_vocabulary": "max_vocab_size",
    "threads": "workers",
    "n_jobs": "workers",
    "random_state": "seed",
    "hs": "output_layer",
    "loss": "output_layer",
    "cbow_mean": "combine",
    "n": "order",
    "bucket": "buckets",
    "ngrams": "subwords",
}
# Names of other libraries for what is no parameter here
_ELSEWHERE = {
    "sg": "SkipGram and CBOW are classes of their own",
    "callbacks": "give them to train(callbacks=...)",
    "verbose": "train(progress=...) shows progress or does not",
    "compute_loss": "train() keeps the loss of every epoch in history",
    "sorted_vocab": "words are always sorted by their counts",
    "null_word": "no word stands for the ends of sentences",
    **dict.fromkeys(("min_n", "max_n", "minn", "maxn"), "SkipGram and CBOW take subwords=(shortest, longest n-gram)"),
    "word_ngrams": "a word's n-grams are those of its characters",
}


Constraints = Sequence[Callable[[Any], None]]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a class.

    rule : what a value must follow; None while the class that declares it is not complete
    engine : the engine that uses it, None where all do
    belongs_to : another parameter, and the values of that with which this one is used; None where it is with all
    fused_takes : the values of which the fused engine is capable, None where it is of all
    choices : the strings that its type names
    hint : its type
    """

    name: str
    default: Any
    rule: Rule | None
    text: str | None
    engine: str | None
    belongs_to: tuple[Any, ...] | None
    fused_takes: tuple[Any, ...] | None
    choices: Sequence[str]
    is_positional: bool
    hint: Any = Any

    @property
    def meaning(self) -> str:
        """The text, the choices that it does not name, and with what the parameter is used."""
        parts = [self.text] if self.text is not None else []
        if not all(f'"{choice}"' in "".join(parts) for choice in self.choices):
            parts = [": ".join([*parts, _listed(self.choices)])]
        uses = [f"the {self.engine} engine"] if self.engine is not None else []
        if self.belongs_to is not None:
            owner, *values = self.belongs_to
            uses.append(f"{owner} {_listed(values)}" if values else owner)
        if uses:
            parts.append(f"only with {' and '.join(uses)}")
        if self.fused_takes is not None:
            parts.append(f"the fused engine takes {_listed(self.fused_takes)} only")
        return "; ".join(parts)

    def check(self, value: Any) -> None:
        """Raise ParameterError (or ParameterTypeError) unless ``value`` follows the rule."""
        if self.rule is not None:
            check_parameter(self.name, value, self.rule)

    def is_used(self, settings: Any) -> bool:
        """Whether it has a use with the value of the parameter that it belongs to."""
        if self.belongs_to is None:
            return True
        owner, *values = self.belongs_to
        value = getattr(settings, owner)
        return value in values if values else value is not None

    def check_unused(self, value: Any, where: str, advice: str) -> None:
        """Raise ParameterError unless ``value`` is the default, where nothing uses it."""
        if value != self.default:
            raise ParameterError(
                f"{self.name} must be left at {self.default!r} with {where}, which does not use it, got {value!r:.80}; "
                f"{advice}"
            )


@dataclass(frozen=True)
class _Declaration:
    default: Any
    rule: Rule | None
    text: str | None
    engine: str | None
    belongs_to: tuple[Any, ...] | None
    kw_only: bool


def param(
    *,
    default: Any,
    text: str | None = None,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    rule: Rule | None = None,
    engine: str | None = None,
    belongs_to: tuple[Any, ...] | None = None,
    kw_only: bool = True,
) -> Any:
    """Declare a parameter.

    text : what the docstring and the command line's help say of it, beside its use
    low, high, above : bounds of its numbers, which may be ``low`` and ``high`` themselves but not ``above``
    rule : what else its values follow, where the type and the bounds do not say it
    engine : "fused" or "torch" if only that engine uses it
    belongs_to : the name of another parameter, and after it those of its values with which this one is used; the name
        alone: with all but None
    kw_only : whether it is given by name only

    >>> class Groups(Parameters):
    ...     lowercase: bool = param(default=False, text="lower the text first")
    >>> Groups(lowercase=True)
    Groups(lowercase=True)
    """
    return _Declaration(default, rule or _bounds(low, high, above), text, engine, belongs_to, kw_only)


def _bounds(low: float | None, high: float | None, above: float | None) -> Interval | None:
    """The rule of numbers between them, of which the type says more; None where there are none."""
    if (low, high, above) == (None, None, None):
        return None
    lower = low if above is None else above
    is_open = above is not None
    return Interval(float, -math.inf if lower is None else lower, math.inf if high is None else high, is_open)


def state(default: Any, *, init: Literal[False] = False) -> Any:
    """Declare an attribute that is no parameter: what an object keeps of its work, beginning as ``default``."""
    return default


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(param, state))
class Parameters:
    """What is told to a constructor, which stores it and does nothing else."""

    _declared: ClassVar[Mapping[str, _Declaration]] = {}
    _comes_last: ClassVar[bool] = False
    # Functions of an object that raise ParameterError where parameters do not go together; each class has its own
    constraints: ClassVar[Constraints] = ()
    # Of a model with ``engine``: the values of parameters for which there are kernels, those that it does not name all
    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    _parameters: ClassVar[Mapping[str, Parameter]] = {}  # without the rules that come from types
    _complete: ClassVar[Mapping[str, Parameter] | None] = None
    _frozen: ClassVar[type[Parameters] | None] = None

    def __init_subclass__(cls, comes_last: bool = False, **options: Any) -> None:
        """``comes_last``: the class's own parameters follow those of all others."""
        super().__init_subclass__(**options)
        cls._comes_last = comes_last
        cls._declared = {name: value for name, value in vars(cls).items() if isinstance(value, _Declaration)}
        for name, declaration in cls._declared.items():
            setattr(cls, name, declaration.default)
        cls._complete = cls._frozen = None
        cls._parameters = parameters = _collected(cls)
        cls.__init__ = _constructor(cls, parameters)  # type: ignore[method-assign]
        if cls.__doc__ is not None:
            cls.__doc__ = _with_section(inspect.cleandoc(cls.__doc__), parameters)

    @classmethod
    def declared(cls) -> Mapping[str, Parameter]:
        """The parameters by name: those given by place first, then a class's own before those of its groups."""
        if cls._complete is None:
            cls._complete = _with_rules(cls)
        return cls._complete

    # In scikit-learn's manner

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters' values by name."""
        return {name: getattr(self, name) for name in self._parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters by name; ParameterError for a name that is none."""
        for name, value in parameters.items():
            if name not in self._parameters:
                raise ParameterError(_unknown(type(self), name))
            setattr(self, name, value)
        return self

    def check_params(self) -> None:
        """Raise ParameterError where a value breaks its parameter's rule, or values do not go together."""
        for name, parameter in self.declared().items():
            parameter.check(getattr(self, name))
        for owner in type(self).__mro__:
            for constraint in vars(owner).get("constraints", ()):
                constraint(self)

    def check_uses(self) -> None:
        """Raise ParameterError where a value was set that the values of other parameters leave no use."""
        declared = self.declared()
        for name, parameter in declared.items():
            above = parameter
            while not above.is_used(self):  # up to what has a use: advice about anything below it leads nowhere
                owner, *values = above.belongs_to or ()
                above = declared[owner]
            if above is not parameter:
                advice = f"try {owner}={' or '.join(map(repr, values))}" if values else f"give {owner}= too"
                parameter.check_unused(getattr(self, name), f"{owner}={getattr(self, owner)!r}", advice)

    def __repr__(self) -> str:
        shown = [f"{name}={_shown(value)}" for name, value in self.get_params().items() if name == "corpus"]
        for name, value in self.get_params().items():
            if name != "corpus" and not _is_default(value, self._parameters[name].default):
                shown.append(f"{name}={_shown(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        """For a notebook: the parameters, those that were set first; a corpus as what it is, not as what it holds."""
        values = self.get_params()
        is_set = {name: not _is_default(value, self._parameters[name].default) for name, value in values.items()}
        rows = [(name, _shown(value), self._parameters[name].meaning) for name, value in values.items()]
        heading = ["parameter", "value", "meaning"]
        chosen, others = ([row for row in rows if is_set[row[0]] is wanted] for wanted in (True, False))
        parts = [table(heading, chosen)] if chosen else []
        return block(
            type(self).__name__, "", *parts, folded(f"{len(others)} parameters by default", table(heading, others))
        )


def _listed(values: Sequence[Any]) -> str:
    *first, last = [f'"{value}"' if isinstance(value, str) else repr(value) for value in values]
    return f"{', '.join(first)} or {last}" if first else last


def _is_default(value: Any, default: Any) -> bool:
    value = with_plain_numbers(value)
    return value is default or (type(value) is type(default) and bool(value == default))


def _shown(value: Any) -> str:
    """A value in a line: a corpus or a table of vectors as what it is, not as all that it holds."""
    value = with_plain_numbers(value)
    if value is None or isinstance(value, bool | int | float | str | os.PathLike):
        return repr(value)
    if isinstance(value, list | tuple):
        if 0 < len(value) <= 3 and all(isinstance(item, str | os.PathLike | int) for item in value):
            return repr(value)
        kind = type(value).__name__
        return f"<{kind} of {len(value)} {type(value[0]).__name__}>" if value else f"<empty {kind}>"
    return getattr(value, "__qualname__", f"<{type(value).__name__}>")


def frozen(cls: type[Parameters], values: Mapping[str, Any]) -> Any:
    """An object of this class with these values that nobody changes.

    >>> class Groups(Parameters):
    ...     lowercase: bool = param(default=False, text="lower the text first")
    >>> settings = frozen(Groups, {"lowercase": True})
    >>> settings.lowercase
    True
    >>> settings.lowercase = False
    Traceback (most recent call last):
        ...
    AttributeError: Groups: settings of a training are fixed, so lowercase cannot be set
    """
    if cls._frozen is None:
        cls._frozen = _frozen_kind(cls)
    return cls._frozen(**values)


def _frozen_kind(cls: type[Parameters]) -> type[Parameters]:
    def refuse(self: Parameters, name: str, value: Any = None) -> None:
        raise AttributeError(f"{cls.__name__}: settings of a training are fixed, so {name} cannot be set")

    def store(self: Parameters, **values: Any) -> None:
        vars(self).update(values)

    def reduced(self: Parameters) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return frozen, (cls, vars(self))  # for pickles: this class has no name of its own

    kind = type(cls.__name__, (cls,), {"__setattr__": refuse, "__delattr__": refuse, "__reduce__": reduced})
    kind.__init__ = store  # type: ignore[misc]
    return kind


def _collected(cls: type[Parameters]) -> Mapping[str, Parameter]:
    """The parameters of a class and those it inherits, without the rules that come from types: no type is read yet."""
    given: dict[str, list[_Declaration]] = {}
    for owner in sorted(cls.__mro__, key=lambda owner: vars(owner).get("_comes_last", False)):
        for name, declaration in vars(owner).get("_declared", {}).items():
            given.setdefault(name, []).append(declaration)
    found = {name: _merged(cls, name, declarations) for name, declarations in given.items()}
    by_place = {name: each for name, each in found.items() if each.is_positional}
    first = sorted(by_place, key=lambda name: name != "corpus")  # whatever class declares the other one
    return {**{name: found[name] for name in first}, **found}


def _merged(cls: type[Parameters], name: str, declarations: Sequence[_Declaration]) -> Parameter:
    """What heirs declare, who come first, with what they did not give anew."""

    def first(part: str) -> Any:
        return next((value for each in declarations if (value := getattr(each, part)) is not None), None)

    return Parameter(
        name,
        declarations[0].default,
        first("rule"),
        first("text"),
        first("engine"),
        first("belongs_to"),
        cls.fused_takes.get(name),
        _CHOICE.findall(str(_written(cls, name))),
        is_positional=not all(each.kw_only for each in declarations),
    )


def _with_rules(cls: type[Parameters]) -> Mapping[str, Parameter]:
    complete = {}
    for name, each in cls._parameters.items():
        hint = _hint(cls, name)
        complete[name] = replace(each, hint=hint, rule=_completed(each.rule, hint))
    return complete


def _completed(rule: Rule | None, hint: Any) -> Rule | None:
    """A rule with what the type says: whether numbers are whole or come in pairs, which strings there are, and None."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    wanted = [kind for kind in kinds if kind is not type(None)]
    if rule is None:
        rule = _rule_of(wanted)
    elif isinstance(rule, Interval) and get_origin(wanted[0]) is tuple:
        rule = Pair(int(rule.low), int(rule.high))
    elif isinstance(rule, Interval) and wanted == [int]:
        rule = replace(rule, kind=int)
    return replace(rule, optional=True) if rule is not None and len(kinds) > len(wanted) else rule


def _rule_of(kinds: Sequence[Any]) -> Rule | None:
    """The rule that types state by themselves."""
    if kinds == [bool]:
        return Flag()
    if kinds in ([int], [float]):
        return Interval(kinds[0])
    if all(get_origin(kind) is Literal for kind in kinds):
        return Choice(tuple(value for kind in kinds for value in get_args(kind)))
    return None


def _constructor(cls: type[Parameters], parameters: Mapping[str, Parameter]) -> Callable[..., None]:
    """An ``__init__`` that stores what it is given, with the signature that the parameters state."""
    places = [name for name, each in parameters.items() if each.is_positional]

    def __init__(self: Parameters, *values: Any, **named: Any) -> None:
        if len(values) > len(places):
            raise ParameterTypeError(
                f"{cls.__name__} takes {' and '.join(places) or 'nothing'} by place and all else by name, got "
                f"{len(values)} values"
            )
        given = dict(zip(places, values, strict=False))
        for name in named:
            if name in given:
                raise ParameterTypeError(f"{cls.__name__} was given {name} twice, by place and by name")
            if name not in parameters:
                raise ParameterTypeError(_unknown(cls, name))
        given |= named
        for name, each in parameters.items():
            setattr(self, name, given.get(name, each.default))

    kind = inspect.Parameter
    listed = [kind("self", kind.POSITIONAL_OR_KEYWORD)]
    for each in sorted(parameters.values(), key=lambda each: not each.is_positional):
        how = kind.POSITIONAL_OR_KEYWORD if each.is_positional else kind.KEYWORD_ONLY
        listed.append(kind(each.name, how, default=each.default, annotation=_Written(_written(cls, each.name))))
    __init__.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    __init__.__doc__ = f"Keep the parameters, which help({cls.__name__}) explains; nothing is read or checked yet."
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    return __init__


class _Written(str):
    """An annotation that help() shows as it stands in the source, without quotes around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _owner(cls: type, name: str) -> type:
    return next(owner for owner in cls.__mro__ if name in vars(owner).get("_declared", {}))


def _written(cls: type, name: str) -> Any:
    """The annotation of a parameter as it stands in the source."""
    return vars(_owner(cls, name))["__annotations__"][name]


def _hint(cls: type, name: str) -> Any:
    """The type of a parameter, names in it being those of the module where it is written."""
    module = _owner(cls, name).__module__
    alone = type(name, (), {"__annotations__": {name: _written(cls, name)}, "__module__": module})
    return get_type_hints(alone)[name]


def _unknown(cls: type[Parameters], name: str) -> str:
    """What to say of a name that is no parameter."""
    if name in _ELSEWHERE:
        return f"{name!r:.80} is not a parameter of {cls.__name__}; {_ELSEWHERE[name]}"
    known = cls._parameters
    ours = OTHER_NAMES.get(name)
    if ours not in known:
        ours = nearest(name, known)
    hint = f"did you mean {ours}?" if ours else "get_params() lists them"
    return f"{name!r:.80} is not a parameter of {cls.__name__}; {hint}"


def _with_section(doc: str, parameters: Mapping[str, Parameter]) -> str:
    """A docstring with a section that lists the parameters, before the next section or the examples."""
    lines = doc.splitlines()
    if not parameters or "Parameters" in lines:
        return doc
    entries = [
        textwrap.fill(f"{name} : {each.meaning}", _LINE, subsequent_indent="    ")
        for name, each in parameters.items()
        if each.meaning
    ]
    section = ["Parameters", "----------", *entries]
    starts = [n for n in range(1, len(lines)) if lines[n] and set(lines[n]) == {"-"} and len(lines[n]) > 3]
    place = starts[0] - 1 if starts else len(lines)
    return "\n".join([*lines[:place], *([] if starts else [""]), *section, *([""] if starts else []), *lines[place:]])
