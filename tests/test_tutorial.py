"""docs/tutorial.md: its code runs, and prints what stands there."""

import sys
from pathlib import Path

import pytest
from conftest import evolves

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture
def script(monkeypatch):
    """benchmarks/tutorial.py"""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import tutorial

    yield tutorial
    sys.modules.pop("tutorial")


@evolves
def test_every_block_prints_what_stands_below_it(script, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    blocks = script.done(TEXT, tmp_path)
    assert len(blocks) == TEXT.count("```python") >= 15
    for block in blocks:
        assert block.printed == block.told, f"python benchmarks/tutorial.py writes it anew\n{block.code}"
        assert "False" not in block.printed
    pictures = {path.name for path in tmp_path.glob("*.png")}
    assert pictures == {path.name for path in (ROOT / "docs" / "media").glob("tutorial-*.png")} and len(pictures) == 4
    assert all(f"](media/{name})" in TEXT for name in pictures)


def test_outputs_are_put_where_they_belong(script, tmp_path):
    text = (
        "a\n\n```python\nx = 2\n```\n\n```python\nprint(x)\n```\n\n```text\n1\n```\n\nb\n\n```python\nprint(2 * x)\n```\n\n```sh\nls\n```\n"
    )
    blocks = script.done(text, tmp_path)
    assert [(block.told, block.printed) for block in blocks] == [("", ""), ("1\n", "2\n"), ("", "4\n")]
    fresh = script.written(text, blocks)
    assert fresh == text.replace("text\n1", "text\n2").replace("(2 * x)\n```\n", "(2 * x)\n```\n\n```text\n4\n```\n")
    assert script.written(fresh, script.done(fresh, tmp_path)) == fresh
