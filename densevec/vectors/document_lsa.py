"""A door to ``document_lsa`` for imports and pickles of before; ``densevec.documents`` is where it lives."""

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("densevec.documents.lsa"), name)
