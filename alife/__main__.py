"""`python -m alife` is `alife`."""

from alife.cli.main import main

if __name__ == "__main__":
    main()
