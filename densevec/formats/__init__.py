"""Reading and writing files: the native container, and the formats of other tools (no torch, no pickle).

Names are imported when they are first used; where each lives is in the stub beside this file.
"""

from densevec._lazy import lazily

__all__, __getattr__, __dir__ = lazily(__name__, __file__)
