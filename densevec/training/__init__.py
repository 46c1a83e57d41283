"""The one training loop and its parts; where they live is in the stub beside this file."""

from densevec._lazy import lazily

__all__, __getattr__, __dir__ = lazily(__name__, __file__)
