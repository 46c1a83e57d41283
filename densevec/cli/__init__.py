"""The command line; no logic of its own.  One small file per command, each with ``add_arguments`` and ``run``."""

from densevec.cli.main import main

__all__ = ["main"]
