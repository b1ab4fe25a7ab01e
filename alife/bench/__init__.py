"""Benchmarks: each value is a ratio measured in one run."""
