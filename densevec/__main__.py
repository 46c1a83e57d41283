"""``python -m densevec`` is ``densevec``."""

import sys

from densevec.cli import main

if __name__ == "__main__":
    sys.exit(main())
