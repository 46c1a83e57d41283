"""What training minimises: one objective per file; the list of them is in the stub beside this file."""

from densevec._lazy import lazily

__all__, __getattr__, __dir__ = lazily(__name__, __file__)
