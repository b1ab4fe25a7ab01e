"""The laboratory: every claim of the sources, one file each, rerun by `alife lab NAME` (docs/lab.md)."""
