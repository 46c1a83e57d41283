"""The extension modules; everything else about the package is in pyproject.toml."""

import os
from glob import glob

from Cython.Build import cythonize
from setuptools import Extension, setup

# DENSEVEC_DEBUG=1 builds with bounds checks, for the tests of the kernels themselves.
debug = os.environ.get("DENSEVEC_DEBUG") == "1"

headers = glob("densevec/_cy/*.h")

extensions = [
    Extension(
        source.removesuffix(".pyx").replace("/", "."),
        [source],
        depends=headers,
        define_macros=[("DV_DEBUG", None)] if debug else [],
        extra_compile_args=["-O3", "-fno-math-errno"],
    )
    for source in sorted(glob("densevec/_cy/*.pyx"))
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
    )
)
