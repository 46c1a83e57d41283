"""Headers that several modules include leave no function unused to warn of; `make check-warnings` does the rest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import densevec

FOLDER = Path(densevec.__file__).parent / "_cy"


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("header", ["hashes.h", "tokens.h", "word_table.h"])
def test_a_shared_header_warns_of_nothing(compiler, header, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = tmp_path / "unit.c"
    source.write_text(f'#include <stdlib.h>\n#include "{header}"\nint main(void) {{ return 0; }}\n')
    command = [compiler, "-O0", "-Wall", "-Wextra", "-Werror", f"-I{FOLDER}", "-c", source, "-o", tmp_path / "unit.o"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
