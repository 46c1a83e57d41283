"""The extension modules; everything else about the package is in pyproject.toml."""

import multiprocessing
import os
import sys
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup

# DENSEVEC_DEBUG=1 builds with bounds checks, for the tests of the kernels themselves.
debug = os.environ.get("DENSEVEC_DEBUG") == "1"
# Symbols for debuggers are five sixths of the files: they are there for whoever asks by CFLAGS=-g.
wants_symbols = "-g" in os.environ.get("CFLAGS", "").split()

headers = glob("densevec/_cy/*.h")
compile_args = ["-O3", "-fno-math-errno", *([] if wants_symbols else ["-g0"])]
link_args = ["-Wl,-s"] if sys.platform.startswith("linux") and not wants_symbols else []

# What each module needs for memoryviews, two thirds of its C, is written by Cython and compiled once for all of them.
shared = "densevec/_cy/memoryviews.c"


def module(source: str) -> str:
    return os.path.splitext(source)[0].replace("/", ".")


extensions = [
    Extension(
        module(source),
        [source],
        depends=headers,
        define_macros=[("DV_DEBUG", None)] if debug else [],
        extra_compile_args=compile_args,
        extra_link_args=link_args,
    )
    for source in [*sorted(glob("densevec/_cy/*.pyx")), shared]
]

setup(
    ext_modules=cythonize(
        extensions,
        compiler_directives={
            "language_level": 3,
            "boundscheck": debug,
            "wraparound": False,
            "initializedcheck": debug,
            "cdivision": True,
        },
        force=debug,
        nthreads=(os.cpu_count() or 1) if multiprocessing.get_context().get_start_method() == "fork" else 0,
        shared_utility_qualified_name=module(shared),
    ),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
