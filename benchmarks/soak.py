"""Evolve under trouble: python benchmarks/soak.py --minutes 101 --seed 1 --out DIR; later: --summary DIR [--into docs/reliability.md]

Each round evolves one config twice: undisturbed, and under SIGKILL, SIGINT, SIGTERM, SIGSTOP, a full disk, a limit of the file
size and damaged checkpoints at random moments, resumed after each. Both must end with the same bytes: checkpoint, champion, rows of
metrics, births and events. The undisturbed one is measured: memory, descriptors, disk. DIR gets soak.json (rewritten after every
round) and what the last processes said. One thread, niced; a tmpfs of its own for the full disk where it may be mounted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from _trouble import TROUBLE, Hung, Running, newest, newest_sound

CHECKPOINT_SECONDS = 1.2
ROUND_SECONDS = 60.0  # of the undisturbed run; the next one of the same world gets more or fewer generations
FIRST, MOST = 3000, 40_000  # generations
DISK = "48m"
WORLDS = {
    "copy": ["--set=world.length=2", "--set=world.bits=4"],
    "shelves": ["--set=world.shelves=4", "--set=memory.bits=256"],
    "corridor": ["--set=memory.bits=256"],
}
COMMON = [
    "--set=evolve.population=32", "--set=evolve.lives=4", "--set=evolve.validation=16", "--set=evolve.report=32",
    "--set=evolve.patience=100", f"--set=run.checkpoint_minutes={CHECKPOINT_SECONDS / 60}", "--threads=1", "--no-report", "--json",
]  # fmt: skip
MARKS = "<!-- soak -->", "<!-- /soak -->"


def main() -> int:
    """0: all rounds ended as the undisturbed ones."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=101, help="no new round after these")
    options.add_argument("--seed", type=int, default=1, help="of the troubles and of the evolutions")
    options.add_argument("--out", type=Path, default=Path("runs/soak"), help="a folder that is new or empty")
    options.add_argument("--summary", type=Path, metavar="DIR", help="print what a soak gave, as Markdown")
    options.add_argument("--into", type=Path, metavar="DOCUMENT", help="with --summary: put it between the marks of this document")
    given = options.parse_args()
    if given.summary:
        text = summary(json.loads((given.summary / "soak.json").read_text(encoding="utf-8")))
        put(given.into, text) if given.into else print(text)
        return 0
    given.out.mkdir(parents=True, exist_ok=True)
    if any(given.out.iterdir()):
        raise SystemExit(f"{given.out} is not empty")
    os.nice(max(0, 15 - os.nice(0)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unmount, kill what runs
    return soak(given.out.resolve(), given.minutes, given.seed)


def soak(out: Path, minutes: float, seed: int) -> int:
    """Round after round until the minutes are over."""
    log: dict[str, Any] = {"minutes_wished": minutes, "seed": seed, "command": " ".join(sys.argv), "rounds": [], "problems": []}
    rng, begun, generations = random.Random(seed), time.monotonic(), dict.fromkeys(WORLDS, FIRST)
    with _disk(out / "disk") as log["disk"]:
        while not log["rounds"] or time.monotonic() - begun < minutes * 60:
            number = len(log["rounds"])
            world = list(WORLDS)[number % len(WORLDS)]
            arguments = ["evolve", world, *WORLDS[world], *COMMON, f"--seed={seed + number}", f"--generations={generations[world]}"]
            found = one_round(out, arguments, rng, log)
            log["rounds"].append({"world": world, "generations": generations[world], **found})
            log["minutes"] = (time.monotonic() - begun) / 60
            _save(out / "soak.json", log)
            wished = generations[world] * ROUND_SECONDS / found["undisturbed_seconds"]
            generations[world] = int(min(max(wished, FIRST), 3 * generations[world], MOST))
    print(f"\n{summary(log)}", flush=True)
    return 1 if log["problems"] else 0


def one_round(out: Path, arguments: list[str], rng: random.Random, log: dict[str, Any]) -> dict[str, Any]:
    """The undisturbed run, the disturbed one, and whether they are equal."""
    for name in ("whole", "disk/run"):
        shutil.rmtree(out / name, ignore_errors=True)
    started = time.monotonic()
    whole = Running([*arguments, "--out", str(out), "--name", "whole"], out / "whole", out / "cache")
    samples = []
    try:
        while whole.wait(0.5) is None:
            samples.append(whole.sample(out / "whole"))
    finally:
        whole.signal(signal.SIGKILL)
    if whole.end() != 0:
        raise SystemExit(f"the undisturbed run failed: {whole.told()}")
    seconds, trouble = time.monotonic() - started, disturbed(out, arguments, rng, log)
    same = bool(trouble.pop("finished")) and _end(out / "whole") == _end(out / "disk" / "run")
    if not same:
        _problem(log, f"round {len(log['rounds'])}: other bytes than the undisturbed run")
        with contextlib.suppress(OSError):
            shutil.copytree(out / "disk" / "run", out / f"differs-{len(log['rounds'])}" / "disturbed")
            shutil.copytree(out / "whole", out / f"differs-{len(log['rounds'])}" / "whole")
    growth = _growth([s for s in samples if s and s.generation >= 0])
    return {"equal": same, "digest": _digest(out / "whole"), "undisturbed_seconds": seconds, **growth, **trouble}


def disturbed(out: Path, arguments: list[str], rng: random.Random, log: dict[str, Any]) -> dict[str, Any]:
    """Evolve to the end, through one trouble after the other."""
    run, counts, lost, starts, best = out / "disk" / "run", Counter[str](), [], 0, -1
    kinds = [kind for kind in TROUBLE if kind != "fill" or log["disk"]]
    after = ""
    while True:
        begun = (run / "config.yaml").is_file()
        if not begun:
            shutil.rmtree(run, ignore_errors=True)
        resumed = ["evolve", "--resume", str(run), "--threads=1", "--no-report", "--json"]
        running = Running(resumed if begun else [*arguments, "--out", str(run.parent), "--name", "run"], out / "disturbed", out / "cache")
        starts, before, kind = starts + 1, newest(run), ""
        try:
            while kind in ("", "pause") and running.process.poll() is None:
                kind = rng.choice(kinds)
                if rng.random() < 0.2:
                    running.wait(rng.uniform(0, 2))  # while it starts
                else:
                    running.wait(120, lambda run=run, before=before: newest(run) > before)  # type: ignore[misc]
                    running.wait(rng.uniform(0, 5))
                _progress(log, counts, newest(run))
                if running.process.poll() is not None:
                    break
                age = _age(run)
                counts[kind] += 1
                if wrong := TROUBLE[kind](running, run, rng):
                    _problem(log, f"{kind}: {wrong}: {running.told()[-500:]}")
                if kind in ("kill", "damage") and age is not None:
                    lost.append(age)
            code = running.end()
        except Hung as hung:
            _problem(log, f"{kind}: {hung}")
            code = -9
        finally:
            running.signal(signal.SIGCONT)
            running.signal(signal.SIGKILL)
        told = running.told()
        if "Traceback" in told:
            _problem(log, f"{kind}: a traceback: {told[-800:]}")
        if after == "damage" and "going on" in told and "skipped" not in told:
            _problem(log, f"a damaged checkpoint was not named: {told[-300:]}")
        good = newest_sound(run)
        if kind != "damage" and good < best:
            _problem(log, f"{kind}: generation {best} was saved, now it is {good}")
        best = good
        if code == 0 or (code > 0 and kind in ("", "pause")) or starts > 500:
            if code != 0:
                _problem(log, f"exit {code} without a cause: {told[-500:]}")
            return {"finished": code == 0, "troubles": dict(counts), "starts": starts, "lost_seconds": lost}
        after = kind if kind == "damage" and newest(run) != good else ""


def summary(log: dict[str, Any]) -> str:
    """Markdown: what was done to the runs, and how they ended."""
    rounds = log["rounds"]
    counts = sum((Counter(r["troubles"]) for r in rounds), Counter[str]())
    lost = [s for r in rounds for s in r["lost_seconds"]] or [float("nan")]
    long = [r for r in rounds if r["samples"] >= 20] or rounds
    slopes = [r["memory_slope"] for r in long]
    words = {
        "kill": "SIGKILL of the group", "interrupt": "SIGINT, SIGTERM", "pause": "SIGSTOP, SIGCONT", "limit": "RLIMIT_FSIZE",
        "fill": "disk full to the last byte", "damage": "SIGKILL, newest checkpoint cut or a bit flipped",
    }  # fmt: skip
    rows = [
        ("minutes", f"{log['minutes']:.0f}"),
        ("rounds; ended with the bytes of the undisturbed run", f"{len(rounds)}; {sum(r['equal'] for r in rounds)}"),
        ("generations in these runs", f"{sum(r['generations'] for r in rounds):,}"),
        *((words[kind], f"{counts[kind]:,}") for kind in TROUBLE),
        ("starts", f"{sum(r['starts'] for r in rounds):,}"),
        ("lost by a kill, seconds (median; most)", f"{np.median(lost):.1f}; {max(lost):.1f} (checkpoints every {CHECKPOINT_SECONDS:g})"),
        ("memory, undisturbed, MB per 1,000 generations (median; most)", f"{np.median(slopes):.3f}; {max(slopes):.3f}"),
        ("descriptors, most", str(max(r["descriptors"] for r in long))),
        ("disk, kB per 1,000 generations (32 births each)", f"{np.median([r['disk_slope'] for r in long]):.0f}"),
        ("problems", str(len(log["problems"]))),
    ]
    return "\n".join([f"`{log['command']}`", "", "| soak | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows), *log["problems"]])


def put(document: Path, text: str) -> None:
    """Replace what stands between the marks."""
    before, _, rest = document.read_text(encoding="utf-8").partition(MARKS[0])
    _, found, after = rest.partition(MARKS[1])
    if not found:
        raise SystemExit(f"{document} has no place for it: {' '.join(MARKS)}")
    document.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def _end(run: Path) -> tuple[Any, ...]:
    """All that must be equal."""
    with contextlib.closing(sqlite3.connect(run / "run.sqlite")) as connection:
        rows = [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in ("metrics", "births", "events")]
    last = newest(run)
    return last, (run / "checkpoints" / f"gen-{last:06d}.npz").read_bytes(), (run / "champion.npz").read_bytes(), rows, _digest(run)


def _digest(run: Path) -> str:
    with contextlib.closing(sqlite3.connect(run / "run.sqlite")) as connection:
        return json.loads(connection.execute("SELECT value FROM run WHERE key = 'summary'").fetchone()[0])["digest"]


def _growth(samples: list[Any]) -> dict[str, float]:
    """Least squares over all but the first quarter, in which caches fill; per 1,000 generations."""
    rest = np.array(samples[len(samples) // 4 :], float).reshape(-1, 4)
    slope = np.polyfit(rest[:, 0], rest[:, [1, 3]], 1)[0] * 1000 if len(np.unique(rest[:, 0])) > 2 else np.zeros(2)
    descriptors = int(rest[:, 2].max()) if len(rest) else 0
    return {"samples": len(rest), "memory_slope": slope[0] / 1e6, "disk_slope": slope[1] / 1e3, "descriptors": descriptors}


def _age(run: Path) -> float | None:
    """Seconds since the newest checkpoint; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        return time.time() - max(file.stat().st_mtime for file in (run / "checkpoints").glob("gen-*.npz"))
    return None


@contextlib.contextmanager
def _disk(folder: Path) -> Any:
    """A small disk of its own; False, and a plain folder, where nobody may mount one."""
    folder.mkdir()
    done = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    mounted = bool(done) and done.returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


def _save(file: Path, log: dict[str, Any]) -> None:
    file.with_suffix(".tmp").write_text(json.dumps(log, indent=1), encoding="utf-8")
    os.replace(file.with_suffix(".tmp"), file)


def _problem(log: dict[str, Any], text: str) -> None:
    log["problems"].append(text)
    print(f"\nPROBLEM {text}", flush=True)


def _progress(log: dict[str, Any], counts: Counter[str], generation: int) -> None:
    done = " ".join(f"{kind} {n}" for kind, n in sorted(counts.items()))
    print(f"\rround {len(log['rounds']) + 1}, generation {generation}: {done}; {len(log['problems'])} problems ", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
