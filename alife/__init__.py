"""Artificial life with small Neural Turing Machines; `alife --help` lists what it does."""

__version__ = "0.1.0"
