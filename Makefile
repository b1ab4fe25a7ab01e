# `make help` lists what there is. Everything works in .venv.
PY := .venv/bin/python

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready: pyproject.toml
	python3 -m venv .venv && .venv/bin/pip install -q -e '.[test,dev]' && touch $@

check: .venv/ready  ## ruff, mypy, fast tests
	.venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/pytest

check-slow: .venv/ready  ## the slow tests, then the kernels' tests with checked indices and as plain Python
	.venv/bin/pytest -m slow
	NUMBA_BOUNDSCHECK=1 .venv/bin/pytest
	NUMBA_DISABLE_JIT=1 .venv/bin/pytest tests/test_lanes.py tests/test_wht.py tests/test_rng.py tests/test_tick.py tests/test_plugins.py

bench: .venv/ready  ## speed, as ratios
	.venv/bin/alife bench

results: .venv/ready  ## docs/results.md, from its commands
	$(PY) benchmarks/results.py

film: .venv/ready  ## docs/media: the films, and the mind explained
	$(PY) benchmarks/film.py && $(PY) benchmarks/portrait.py

clean:  ## everything that was made
	rm -rf .venv runs .pytest_cache .ruff_cache .mypy_cache .hypothesis

.PHONY: help check check-slow bench results film clean
