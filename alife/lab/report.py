"""An experiment run, and what is kept of it: NAME.png, NAME.json, and what stands in both."""

from __future__ import annotations

import io
import json
import math
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from alife import __version__
from alife.core.errors import ConfigError, DiskError
from alife.lab import _paint
from alife.lab.finding import Check, Finding
from alife.lab.registry import Lab
from alife.store import atomic

_WIDTH, _HEIGHT, _DPI = 9.0, 3.8, 130
"""Of a figure, in inches; dots an inch. An experiment may change the size when it draws."""


class Outcome(NamedTuple):
    """One experiment as it came out."""

    lab: Lab
    finding: Finding
    scale: float
    seconds: float
    """of the experiment and its figure"""
    figure: bytes
    """PNG"""


def run(lab: Lab, scale: float = 1.0) -> Outcome:
    """Run an experiment at a scale, 0 < scale <= 1, and draw its figure."""
    begun = time.perf_counter()
    finding = lab.run(scale)
    figure = drawn(finding)
    return Outcome(lab, finding, scale, time.perf_counter() - begun, figure)


def check(scale: float) -> None:
    """ConfigError unless 0 < scale <= 1."""
    if not 0 < scale <= 1:
        raise ConfigError(f"--scale: expected a number above 0 and at most 1, got {scale:g}")


def drawn(finding: Finding) -> bytes:
    """The figure as PNG; the same finding gives the same bytes."""
    import matplotlib
    from cycler import cycler
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        style: Any = {**_paint.STYLE, "axes.prop_cycle": cycler(color=_paint.CYCLE)}
        matplotlib.rcParams.update(style)
        figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, layout="constrained")
        finding.draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def document(outcome: Outcome) -> dict[str, Any]:
    """All numbers and words, as JSON knows them: inf (an open side) and NaN are null."""
    lab, finding = outcome.lab, outcome.finding
    checks = [{**{key: _finite(value) for key, value in check._asdict().items()}, "holds": check.holds} for check in finding.checks]
    return {
        "name": lab.name,
        "number": lab.number,
        "title": lab.title,
        "claim": finding.claim,
        "verdict": finding.verdict,
        "prose": finding.prose,
        "checks": checks,
        "scale": outcome.scale,
        "seeds": list(lab.seeds),
        "seconds": round(outcome.seconds, 3),
        "versions": {"alife": __version__, "python": platform.python_version()}
        | {package: version(package) for package in ("numpy", "numba", "matplotlib")},
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def save(outcome: Outcome, folder: Path) -> list[Path]:
    """Write NAME.png and NAME.json into the folder, made if need be; returns both. DiskError where that fails."""
    prepare(folder)
    picture, numbers = (folder / f"{outcome.lab.name}.{kind}" for kind in ("png", "json"))
    atomic.write_bytes(picture, [outcome.figure])
    atomic.write_text(numbers, json.dumps(document(outcome), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return [picture, numbers]


def saved(lab: Lab, folder: Path) -> Outcome | None:
    """What `save` has left of an experiment, without the drawing; None where that is not there or not whole."""
    try:
        told = json.loads((folder / f"{lab.name}.json").read_text(encoding="utf-8"))
        open_sides = {"measured": math.nan, "low": -math.inf, "high": math.inf}
        checks = []
        for check in told["checks"]:
            measured, low, high = (float(none if check[key] is None else check[key]) for key, none in open_sides.items())
            checks.append(Check(str(check["what"]), measured, low, high, check["expected"]))
        finding = Finding(str(told["claim"]), checks, str(told["prose"]), lambda figure: None)
        return Outcome(lab, finding, float(told["scale"]), float(told["seconds"]), (folder / f"{lab.name}.png").read_bytes())
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def prepare(folder: Path) -> None:
    """Make the folder. DiskError where that fails, before anything has run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"cannot write {folder}: {atomic.reason(error)}") from error


def number(value: float | None) -> str:
    """As a person reads it: four digits that count; nothing for an open side."""
    if value is None or math.isinf(value):
        return ""
    return "0" if value == 0 else f"{value:,.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.4g}"


def bounds(low: float, high: float) -> str:
    """Where a number must lie, in words."""
    if low == high:
        return number(low)
    if math.isinf(low) or math.isinf(high):
        return f"<= {number(high)}" if math.isinf(low) else f">= {number(low)}"
    return f"{number(low)} to {number(high)}"
