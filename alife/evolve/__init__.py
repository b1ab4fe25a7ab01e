"""Variation, selection, strategies and the loop that evolves a run."""
