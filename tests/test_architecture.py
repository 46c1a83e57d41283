"""The architecture, read from the source: imports point one way, torch stays lazy, nothing executes on load."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from inspect import isclass, isfunction
from pathlib import Path

import numpy as np
import pytest

from densevec import DensityVectors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "densevec"
SOURCES = sorted(PACKAGE.rglob("*.py"))
KERNELS = sorted((PACKAGE / "_cy").glob("*.pyx"))

# part -> the parts it may import from, besides itself
BASE = {
    "errors",
    "_validation",
    "_random",
    "_streams",
    "_text_rules",
    "_unicode",
    "_cy",
    "_lazy",
    "_memory",
    "_roles",
    "_containers",
    "_calls",
    "_packages",
    "_processes",
    "_html",
    "_amounts",
    "_plain",
}
DATA = BASE | {"corpus", "densities", "formats"}
MAY_IMPORT = {
    "errors": set(),
    "_cy": set(),
    "_validation": {"errors"},
    "_random": {"errors"},
    "_unpacking": set(),
    "_streams": {"_unpacking"},
    "_memory": {"errors"},
    "_lazy": {"_packages"},
    "_packages": {"errors"},
    "_html": set(),
    "_amounts": set(),
    "_plain": set(),
    "_containers": set(),
    "_processes": set(),
    "_calls": {"errors"},
    "_roles": {"errors", "_containers"},
    "_parameters": {"errors", "_validation", "_html", "_calls", "_plain"},
    "_text_rules": set(),
    "_unicode": set(),
    "corpus": BASE | {"formats"},
    "densities": BASE,
    "formats": BASE,
    "evaluation": DATA,
    "evidence": BASE | {"corpus"},
    "vectors": DATA | {"evidence"},
    "layers": DATA,
    "objectives": DATA | {"layers"},
    "training": DATA | {"layers", "objectives"},
    "models": DATA | {"_parameters", "evidence", "vectors", "layers", "objectives", "training", "version"},
    "documents": DATA | {"vectors", "models"},
    "plotting": DATA | {"evaluation", "vectors", "models"},
    "serving": DATA | {"vectors"},
    "cli": DATA | {"_parameters", "evaluation", "vectors", "models", "documents", "plotting", "serving", "version"},
    "__main__": {"cli"},
}
WITH_TORCH = {"layers", "objectives", "training", "models"}  # which may import it as they are imported
BANNED_NAMES = {"sigma", "mu", "kl"}  # variance or deviation? which direction?
EXECUTING_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.fixture(scope="module", autouse=True)
def sources_are_let_go() -> Iterator[None]:
    """Trees of all sources are parsed once, and no burden to the tests of other modules."""
    yield
    parse.cache_clear()


def imported_names(node: ast.AST, path: Path) -> Iterator[str]:
    """Dotted names that an import statement names; relative ones made absolute."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = list(path.relative_to(ROOT).with_suffix("").parts)[: -node.level] if node.level else []
        module = ".".join([*package, *([node.module] if node.module else [])])
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def nodes_run_on_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node that importing the module runs: not the bodies of functions, nor what only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_type_checking(node):
            continue
        yield node
        yield from nodes_run_on_import(node)


def test_every_part_has_its_rule() -> None:
    parts = {part_of(path) for path in SOURCES} - {"__init__"}
    assert parts <= set(MAY_IMPORT), "a new part of the package needs its line in MAY_IMPORT"


def test_the_architecture_is_described_with_all_packages() -> None:
    described = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    diagram = described.partition("## Architecture")[2].partition("Some ideas")[0]
    packages = {part_of(path) for path in SOURCES if path.parent != PACKAGE}
    assert packages <= set(re.findall(r"\w+", diagram))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    found = {
        name.split(".")[1]
        for node in ast.walk(parse(path))
        for name in imported_names(node, path)
        if name.startswith("densevec.")
    }
    known = {name for name in found if name in MAY_IMPORT}
    assert known - {part} <= MAY_IMPORT[part], f"{part} must not import {sorted(known - {part} - MAY_IMPORT[part])}"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


def imports_of(path: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in it and whoever reads it; a package for what only it has."""
    found = set()
    for node in ast.walk(parse(path)):
        names = list(imported_names(node, path))
        is_from = isinstance(node, ast.ImportFrom)
        submodules = {name for name in names if name in MODULES and not (is_from and name == names[0])}
        found |= submodules | {names[0] for name in names[1:] if is_from and name not in MODULES}
    return (found & set(MODULES)) - {module_of(path)}


@pytest.mark.parametrize("part", sorted({part_of(path) for path in SOURCES}))
def test_no_circle_of_imports_inside_a_part(part: str) -> None:
    """Lazy imports, and those for type checkers only, count."""
    inside = {name for name, path in MODULES.items() if part_of(path) == part}
    graph = {name: imports_of(MODULES[name]) & inside for name in inside}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def our_classes() -> list[type]:
    modules = [importlib.import_module(name) for name in MODULES if not name.endswith("__main__")]
    found = {part for module in modules for part in vars(module).values() if isclass(part)}
    return sorted((kind for kind in found if is_ours(kind)), key=lambda kind: kind.__qualname__)


def is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "densevec"


def concrete_methods(kind: type) -> set[str]:
    """Methods and properties that we wrote for a class itself, not abstract; not what ``dataclass`` and others add."""
    found = set()
    for name, part in vars(kind).items():
        function = getattr(part, "__func__", part)
        is_ours_too = isfunction(function) and function.__code__.co_filename.startswith(str(PACKAGE))
        if (is_ours_too or isinstance(part, property | cached_property)) and not getattr(
            part, "__isabstractmethod__", 0
        ):
            found.add(name)
    return found


def depth(kind: type) -> int:
    """How many classes of ours the longest way up from one has, itself among them."""
    return 1 + max((depth(base) for base in kind.__bases__ if is_ours(base)), default=0)


def test_no_class_is_deeper_than_five() -> None:
    deepest = max(our_classes(), key=depth)
    assert depth(deepest) <= 5, deepest


def test_no_concrete_method_is_overridden() -> None:
    """A class is abstract or final; a constructor, which no object of its base's is asked for, is its own."""
    found = [
        f"{kind.__module__}.{kind.__name__}.{name} overrides {base.__name__}'s"
        for kind in our_classes()
        for base in kind.__mro__[1:]
        if is_ours(base)
        for name in sorted(concrete_methods(kind) & concrete_methods(base) - {"__init__"})
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.name)
def test_kernels_import_nothing_of_ours(path: Path) -> None:
    lines = re.findall(r"^\s*(?:from|import|cimport)\b.*", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert not [line for line in lines if "densevec" in line and "densevec._cy" not in line]


def test_torch_is_imported_only_where_it_is_used() -> None:
    eager = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if part_of(path) not in WITH_TORCH
        for node in nodes_run_on_import(parse(path))
        if any(name.split(".")[0] == "torch" for name in imported_names(node, path))
    ]
    assert not eager


def test_querying_saved_vectors_does_not_import_torch(tmp_path: Path) -> None:
    program = f"""
import sys
import numpy as np
import densevec, densevec.cli, densevec.corpus, densevec.evaluation
from densevec import DensityVectors
mean = np.eye(4, dtype=np.float32)
vectors = DensityVectors(["bird", "kiwi", "apple", "fruit"], mean, np.ones(4, np.float32), entailment_bound=0.0)
vectors.save({str(tmp_path / "small.safetensors")!r})
loaded = DensityVectors.load({str(tmp_path / "small.safetensors")!r})
loaded.most_similar("kiwi"), loaded.entailment("kiwi", "bird"), loaded.entails("kiwi", "bird"), loaded.entropy("kiwi")
sys.exit("torch was imported" if "torch" in sys.modules else 0)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


# what is used -> packages that it must not wait for
HEAVY = {"torch", "sklearn", "scipy", "tqdm", "matplotlib", "plotly", "pandas"}
USES = {
    "from densevec import CBOW, BayesianSkipGram, DensityWord2Vec, SkipGram, load_vectors": HEAVY,
    "from densevec.cli.main import main; main(['neighbors', FILE, 'kiwi'])": HEAVY,
    "from densevec.cli.main import main; main(['--version', '--json'])": HEAVY - {"torch"},
    "from densevec.cli.main import build_parser; build_parser(['train', 'bayesian-skipgram'])": HEAVY,
    "from densevec.cli.main import build_parser; build_parser([])[0].format_help()": HEAVY | {"numpy"},
}


@pytest.mark.parametrize("use", USES)
def test_what_is_used_often_waits_for_no_package_that_it_does_without(use: str, tmp_path: Path) -> None:
    DensityVectors(["kiwi", "apple"], np.eye(2, dtype=np.float32), np.ones(2, np.float32)).save(tmp_path / "small")
    program = f"""
import sys
FILE = {str(tmp_path / "small")!r}
{use}
found = sorted({USES[use]!r} & set(sys.modules))
sys.exit(f"imported: {{found}}" if found else 0)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def executing_calls(tree: ast.Module) -> Iterator[str]:
    """Calls that could run what a file holds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (n for n in imported_names(node, PACKAGE / "x.py") if n.split(".")[0] in EXECUTING_MODULES)
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name in {"eval", "exec", "__import__", "torch.load", "torch.hub.load"}:
            yield name
        if any(keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False" for keyword in node.keywords):
            yield f"{name}(allow_pickle=...)"


@pytest.mark.parametrize(
    "program",
    ["import pickle", "from joblib import load", "torch.load(p)", "eval(s)", "np.load(p, allow_pickle=True)"],
)
def test_the_search_for_executing_calls_finds_them(program: str) -> None:
    assert list(executing_calls(ast.parse(program)))


def test_nothing_executes_on_load() -> None:
    found = {str(path.relative_to(ROOT)): list(executing_calls(parse(path))) for path in SOURCES}
    assert not {path: calls for path, calls in found.items() if calls}


def test_no_ambiguous_names() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path in SOURCES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Name | ast.arg | ast.Attribute | ast.FunctionDef)
        for name in [getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "attr", None)]
        if name in BANNED_NAMES
    ]
    assert not found


def test_only_the_command_line_prints() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if part_of(path) not in {"cli", "__main__"}
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "sys.exit", "exit", "quit"}
    ]
    assert not found
