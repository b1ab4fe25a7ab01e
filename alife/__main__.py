"""`python -m alife` is `alife`."""

import sys

from alife.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
