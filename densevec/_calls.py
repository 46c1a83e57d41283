"""What a call says to its caller: of arguments that a method does not take, and warnings at the caller's line."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from densevec.errors import ParameterTypeError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_ALIKE = 0.75  # of the letters of two names, what both have in order


def warn(message: str, category: type[Warning]) -> None:
    """A warning at the line that called densevec."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("densevec."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known name that is spelled most like what was given, of those that are alike or differ by one whole word.

    >>> nearest("neighbours", ["neighbors", "text"]), nearest("window_size", ["dim", "window"])
    ('neighbors', 'window')
    >>> nearest("batch", ["batch-size", "patience"]), nearest("evidence", ["device"])
    ('batch-size', None)
    """
    from difflib import SequenceMatcher, get_close_matches

    given = given.lower()
    words = set(re.split("[-_]", given))
    alike = [
        name
        for name in known
        if len(words ^ set(re.split("[-_]", name))) <= 1 or SequenceMatcher(None, name, given).ratio() >= _ALIKE
    ]
    return next(iter(get_close_matches(given, alike, 1, 0)), None)


def check_names(names: Iterable[str], known: Collection[str], owner: str) -> None:
    """ParameterTypeError for a name that is none of the ``known`` parameters of ``owner``.

    >>> check_names(["limits"], ("limit", "errors"), "Rules")
    Traceback (most recent call last):
    densevec.errors.ParameterTypeError: 'limits' is not a parameter of Rules; did you mean limit?
    """
    for name in names:
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean {meant}?" if meant else f"it takes {', '.join(known) or 'none'}"
            raise ParameterTypeError(f"{name!r:.80} is not a parameter of {owner}; {hint}")


def in_a_sentence(advice: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Make ParameterTypeError, which ends with ``advice``, of arguments that a method does not take or lacks.

    In the advice ``{kind}`` stands for the object's class.

    >>> class Model:
    ...     @in_a_sentence("give the corpus to {kind}()")
    ...     def train(self, *, progress=None): ...
    >>> Model().train(epochs=3)
    Traceback (most recent call last):
    densevec.errors.ParameterTypeError: Model.train() takes progress=, got an unexpected keyword argument 'epochs'; give
    the corpus to Model()
    """

    def decorate(method: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        signature = inspect.signature(method)
        names = [
            f"{name}=" if parameter.kind is parameter.KEYWORD_ONLY else name
            for name, parameter in list(signature.parameters.items())[1:]
        ]

        @wraps(method)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                kind = type(args[0]).__name__ if args else "an object"
                raise ParameterTypeError(
                    f"{kind}.{method.__name__}() takes {', '.join(names)}, {_found(error)}; {advice.format(kind=kind)}"
                ) from None
            return method(*args, **kwargs)

        return call

    return decorate


def _found(error: Any) -> str:
    text = str(error)
    return text if text.startswith("missing") else f"got {text.removeprefix('got ')}"
