"""``python -m gadless``: the same as ``gadless``."""

import sys

from gadless.cli import main

if __name__ == "__main__":
    sys.exit(main())
