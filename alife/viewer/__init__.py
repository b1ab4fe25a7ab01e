"""The window and its films: the only importer of pygame. Looking changes nothing."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # stdout belongs to results
