"""densevec: words as probability densities, learned from text as it streams from disk.

Where each public name lives is in the stub beside this file.  Names are imported when they are first used, so that
querying saved vectors never loads torch.
"""

from densevec._lazy import lazily

__version__ = "0.1.0"

__all__, __getattr__, __dir__ = lazily(__name__, __file__)
