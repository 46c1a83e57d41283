"""Stubs name what the compiled modules have: every public function, class and constant, with its parameters."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import densevec

FOLDER = Path(densevec.__file__).parent / "_cy"
MODULES = sorted(path.stem for path in FOLDER.glob("*.pyx"))
Parameters = list[tuple[str, str, bool]]  # name, kind, whether there is a default


def parameters_of(function: ast.FunctionDef) -> Parameters:
    """Those of a stub's or a source's function."""
    given = function.args
    found: Parameters = []
    positional = [*given.posonlyargs, *given.args]
    for place, arg in enumerate(positional):
        has_default = place >= len(positional) - len(given.defaults)
        found.append((arg.arg, "POSITIONAL_OR_KEYWORD", has_default))
    for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append((arg.arg, "KEYWORD_ONLY", default is not None))
    return found


def compiled_parameters(function: object) -> Parameters:
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    return [(p.name, p.kind.name, p.default is not p.empty) for p in parameters]


def constructor(module: str, name: str) -> Parameters:
    """Those of a class's constructor, of which the compiled class does not tell: its types are taken off the source."""
    source = (FOLDER / f"{module}.pyx").read_text(encoding="utf-8")
    body = source[source.index(f"cdef class {name}:") :].split("\ncdef class ", 1)[0]
    found = re.search(r"def __c?init__\((.*?)\):\n", body, re.DOTALL)
    if found is None:
        return [("self", "POSITIONAL_OR_KEYWORD", False)]
    plain = re.sub(r"\[[^\]]*\]|\bnot None\b", "", found[1])
    names = [re.sub(r"^.*\s(\w+\s*(=.*)?)$", r"\1", part.strip(), flags=re.DOTALL) for part in plain.split(",")]
    return parameters_of(ast.parse(f"def f({', '.join(filter(None, names))}): ...").body[0])  # type: ignore[arg-type]


def public(names: object) -> set[str]:
    return {name for name in names if not name.startswith("_")}  # type: ignore[attr-defined]


def names_of(nodes: list[ast.stmt]) -> dict[str, ast.stmt]:
    """What a stub, or a class of it, declares."""
    declared = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    constants = {node.target.id: node for node in nodes if isinstance(node, ast.AnnAssign)}  # type: ignore[union-attr]
    return {**declared, **constants}


def stub(module: str) -> dict[str, ast.stmt]:
    return names_of(ast.parse((FOLDER / f"{module}.pyi").read_text(encoding="utf-8")).body)


@pytest.mark.parametrize("module", MODULES)
def test_stubs_name_what_the_module_has(module: str) -> None:
    compiled, declared = importlib.import_module(f"densevec._cy.{module}"), stub(module)
    own = {
        name
        for name, value in vars(compiled).items()
        if not isinstance(value, ModuleType) and getattr(value, "__module__", compiled.__name__) == compiled.__name__
    }
    assert public(declared) == public(own)
    for name, node in declared.items():
        value = getattr(compiled, name)
        if isinstance(node, ast.FunctionDef):
            assert parameters_of(node) == compiled_parameters(value), name
        elif isinstance(node, ast.ClassDef):
            check_class(module, node, value)
        else:
            assert isinstance(value, int | tuple), f"{name} is declared as a constant"


def check_class(module: str, node: ast.ClassDef, compiled: type) -> None:
    members = names_of(node.body)
    assert public(members) == public(vars(compiled)), node.name
    assert parameters_of(members["__init__"]) == constructor(module, node.name), node.name  # type: ignore[arg-type]
    for name in public(members):
        member, value = members[name], vars(compiled)[name]
        assert isinstance(member, ast.FunctionDef), f"{node.name}.{name}: attributes are read-only, and so properties"
        is_property = any(ast.unparse(decorator) == "property" for decorator in member.decorator_list)
        assert is_property == inspect.isdatadescriptor(value), f"{node.name}.{name}"
        if not is_property:
            assert parameters_of(member) == compiled_parameters(value), f"{node.name}.{name}"


def test_every_stub_has_its_module() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.pyi")) == MODULES


def test_a_constructor_is_read_from_its_source() -> None:
    names = [
        "self",
        "input_table",
        "output_table",
        "layer",
        "dim",
        "combine",
        "history",
        "num_own",
        "lock",
        "word_rows",
    ]
    found = constructor("window", "WindowKernel")
    assert [name for name, _, _ in found] == names
    assert [has_default for _, _, has_default in found] == [False] * 4 + [True] * 6
    assert [kind for _, kind, _ in found] == ["POSITIONAL_OR_KEYWORD"] * 4 + ["KEYWORD_ONLY"] * 6
