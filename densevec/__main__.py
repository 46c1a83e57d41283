"""``python -m densevec`` and the command ``densevec``: one command in a process of its own."""

import gc
import sys


def run() -> int:
    """Run the command line of this process; its status."""
    gc.set_threshold(50_000, 20, 20)  # importing makes many objects and no garbage: to look for it takes its time
    from densevec.cli import main

    status = main()
    gc.freeze()  # all is about to go at once: nothing is gained by finding out what refers to what
    return status


if __name__ == "__main__":
    sys.exit(run())
