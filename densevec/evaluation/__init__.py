"""Evaluation, one task per file: anything that answers like vectors in, a small result object out.

Each result has ``as_dict()``, the JSON of ``densevec evaluate``.

Names are imported when they are first used; where each lives is in the stub beside this file.
"""

from densevec._lazy import lazily

__all__, __getattr__, __dir__ = lazily(__name__, __file__)
