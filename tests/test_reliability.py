"""docs/reliability.md names tests that exist, slow ones as slow, and every promise but that of the cluster."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(slow )?`(test_\w+\.py)::(\w+)`", PAGE)))


def decorated(file, name):
    """The decorators of a test, as text; None where there is no such test."""
    for node in ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return " ".join(map(ast.unparse, node.decorator_list))
    return None


@pytest.mark.parametrize(("slow", "file", "name"), NAMED)
def test_every_test_that_is_named_exists(slow, file, name):
    assert (ROOT / "tests" / file).is_file()
    marks = decorated(file, name)
    assert marks is not None
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    whole = re.search(r"^pytestmark = .*mark\.slow", text, re.M)
    assert bool(slow) == ("mark.slow" in marks or whole is not None)


def test_every_promise_has_tests():
    rows = dict(re.findall(r"^\| (\d+) \| (.*)", PAGE, re.M))
    assert sorted(map(int, rows)) == [*range(1, 22), 23]
    assert all("`test_" in row for row in rows.values())
