#!/bin/sh
# Cython 3.1 (3.1.8, the last of that series): where several modules share one for memoryviews
# (cythonize(..., shared_utility_qualified_name=)), the Extension that setup.py gives for the shared module comes back
# without its compiler and linker options and macros, so that it is compiled by others than all the rest; nothing is
# said.  3.2.0 keeps them.  A project that needs its options for that module has to ask for Cython 3.2.
#
# Seen: 3.1.8: the shared module has [] [] [], the other one ['-O3', '-g0'] ['-s'] [('MARK', '1')]
#       3.2.0: the shared module has ['-O3', '-g0'] ['-s'] [('MARK', '1')], the other one ['-O3', '-g0'] ['-s'] [('MARK', '1')]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cd "$folder"
mkdir package
touch package/__init__.py
printf 'def total(double[:] values):\n    return values[0]\n' > package/sums.pyx
cat > look.py <<'PYTHON'
import sys

import Cython
from Cython.Build import cythonize
from setuptools import Extension

options = {"extra_compile_args": ["-O3", "-g0"], "extra_link_args": ["-s"], "define_macros": [("MARK", "1")]}
extensions = [
    Extension("package.sums", ["package/sums.pyx"], **options),
    Extension("package.shared", ["package/shared.c"], **options),
]
made = cythonize(extensions, shared_utility_qualified_name="package.shared", language_level=3, quiet=True, force=True)
found = {each.name: (each.extra_compile_args, each.extra_link_args, each.define_macros) for each in made}
shared, other = (" ".join(map(str, found[name])) for name in ("package.shared", "package.sums"))
print(f"{Cython.__version__}: the shared module has {shared}, the other one {other}")
assert (shared == other) == (sys.argv[1] == "kept"), "the behaviour has changed"
PYTHON
for version in 3.1.8:lost 3.2.0:kept; do
    "$folder/venv/bin/pip" install -q "cython==${version%:*}" setuptools==77.0.1
    "$folder/venv/bin/python" look.py "${version#*:}"
done
