"""The laboratory: every experiment runs, repeats itself and is drawn; a broken claim is found; the command and its page."""

import io
import json
import math
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import alife.lab as alife_lab
from alife.core import config as configs
from alife.core import rng
from alife.core.errors import ConfigError
from alife.insight.ablate import turned
from alife.lab import (
    collisions,
    column_lookup,
    condensed,
    conditional,
    finding,
    geometry,
    hierarchy,
    lsh_gates,
    many_solutions,
    neuron_dot,
    registry,
    relu_switch,
    report,
    sparsity,
    threshold_gate,
    two_slope,
)  # fmt: skip
from alife.lab._evolved import at_least_so_often
from alife.lab.finding import Check, Finding
from alife.lab.page import page
from alife.sim.agent import Agent

TINY = 0.02
NAMES = registry.names()
LABS = [pytest.param(name, marks=pytest.mark.slow) if registry.load(name).slow else name for name in NAMES]
FOUND = {}


def found(name, again=False):
    """The outcome at a small scale; kept, unless it is to be done again."""
    if again or name not in FOUND:
        outcome = report.run(registry.load(name), TINY)
        if again:
            return outcome
        FOUND[name] = outcome
    return FOUND[name]


# ---- every experiment ----


def test_experiments_are_found_by_their_files():
    numbers = [registry.load(name).number for name in NAMES]
    assert numbers == sorted(set(numbers)), "each number once, and in order"
    assert {"relu-switch", "lsh-gates", "geometry"} <= set(NAMES) and not {"finding", "registry", "report", "page"} & set(NAMES)
    assert registry.load("lsh-gates").number == 5 and registry.load("lsh-gates").seeds == (505,)


@pytest.mark.parametrize("name", LABS)
def test_numbers_and_words(name):
    outcome = found(name)
    result = outcome.finding
    assert result.checks and all(math.isfinite(check.measured) and check.low <= check.high for check in result.checks)
    assert len({check.what for check in result.checks}) == len(result.checks)
    assert result.verdict in ("holds", "holds in part", "does not hold")
    assert outcome.lab.title and result.claim.endswith((".", ")"))
    assert len(re.findall(r"[.!?](?= [A-Z(]| int\(\)|$)", result.prose)) == 3, f"three sentences: {result.prose}"


@pytest.mark.parametrize("name", LABS)
def test_the_same_again(name):
    first, second = found(name), found(name, again=True)
    assert first.finding[:3] == second.finding[:3] and first.figure == second.figure


@pytest.mark.parametrize("name", LABS)
def test_figures_are_drawn(name):
    pixels = np.asarray(Image.open(io.BytesIO(found(name).figure)).convert("RGB"))
    assert pixels.shape[0] > 300 and pixels.shape[1] > 800 and pixels.std() > 5
    figure = Figure()
    found(name).finding.draw(figure)
    plots = [axes for axes in figure.axes if axes.get_title(loc="left") or axes.get_title()]
    assert plots and all(axes.get_xlabel() and axes.get_ylabel() for axes in plots)


@pytest.mark.parametrize("name", LABS)
def test_what_is_saved_is_read_again(name, tmp_path):
    picture, numbers = report.save(found(name), tmp_path / "a" / "b")
    saved = json.loads(numbers.read_text(encoding="utf-8"))
    assert saved == report.document(found(name)) and picture.read_bytes() == found(name).figure
    assert set(saved) == {
        "name", "number", "title", "claim", "verdict", "prose", "checks", "scale", "seeds", "seconds", "versions",
    }  # fmt: skip
    assert all(set(check) == {"what", "measured", "low", "high", "expected", "holds"} for check in saved["checks"])
    assert saved["scale"] == TINY and {"alife", "python", "numpy"} <= set(saved["versions"])


# ---- claims that are broken, and found so ----


def broken_rows(*args):
    """A map that is a hundredth off."""
    from alife.insight import switches

    right = switches.condensed(*args)
    return right._replace(map=right.map * 1.01)


BROKEN = [
    (relu_switch, "differing", lambda a, b: int(np.isfinite(a).sum()), "float64: numbers with other bits, D chooses"),
    (neuron_dot, "condensed", broken_rows, r"ReLU with bias: largest \|output"),
    (condensed, "condensed", broken_rows, r"dense ReLU: largest \|Cx"),
    (column_lookup, "_told", lambda known, x: 1.01 * (known.map @ x + known.offset), "new inputs whose key is in the table: largest"),
    (lsh_gates, "full_hash", lambda x: x[..., :1] + np.zeros(64) > 0, "full hash: worst angle"),
    (collisions, "demo", lambda seed, demo=collisions.demo: demo(43), "the same, mended"),
    (sparsity, "_RATE", 0.0, "held at 2%"),
    (conditional, "features", lambda x, seed, net: np.maximum(x @ np.ones((16, 128)), 0), "rank of the gated"),
    (hierarchy, "stacked", lambda learnt, data, *rest: 0 * data.y + 9, "factors, 384"),
    (two_slope, "gradient", lambda net, x, passed, error: net, "gradient by slopes against"),
    (many_solutions, "relu_net", lambda sizes, seed, time, real=many_solutions.relu_net: real(sizes, seed), "mean cosine of parameters"),
    (threshold_gate, "threshold", lambda w, t: condensed.threshold(w, t + 0.1), "open gates against"),
    (geometry, "fit", lambda net, *rest: net, "ring: neighbours kept, learnt - untrained"),
]


@pytest.mark.parametrize(("lab", "name", "broken", "words"), BROKEN, ids=[row[0].__name__.rpartition(".")[2] for row in BROKEN])
def test_a_broken_claim_is_found(monkeypatch, lab, name, broken, words):
    right = {check.what: check.holds for check in found(lab.__name__.rpartition(".")[2].replace("_", "-")).finding.checks}
    monkeypatch.setattr(lab, name, broken)
    (check,) = [check for check in lab.run(TINY).checks if re.match(words, check.what)]
    assert not check.holds
    if lab not in (hierarchy, sparsity, geometry):  # these need more than a tiny scale to hold
        assert right[check.what]


def test_bits_tell_zeros_apart():
    a = np.array([0.0, 1.0, -0.0])
    assert relu_switch.differing(a, np.array([0.0, 1.0, 0.0])) == 1 and relu_switch.differing(a, a) == 0


def test_the_demo_of_the_text_as_plain_python():
    w, b, _, _, x = collisions.demo(42)
    z = [[sum(a * c for a, c in zip(row, v, strict=True)) + d for row, d in zip(w, b, strict=True)] for v in x]
    assert len({tuple(int(max(a, 0)) for a in v) for v in z}) == 1
    assert len({tuple(a > 0 for a in v) for v in z}) == 925


def test_stacked_and_single_have_equally_many_learnt_numbers():
    for learnt in hierarchy._LEARNT:
        n = learnt // (hierarchy._MIDDLE + hierarchy._K)
        assert learnt // hierarchy._K * hierarchy._K == learnt == n * (hierarchy._MIDDLE + hierarchy._K)


def test_two_lazy_steps_on_a_ring():
    chances = geometry.steps_of(geometry.ring(8))
    assert chances[0].tolist() == [0.375, 0.25, 0.0625, 0, 0, 0, 0.0625, 0.25]
    assert geometry.grid(3).sum(axis=1).tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]


def test_matching_finds_exchanged_units():
    net = many_solutions.relu_net((3, 8, 2), 1)
    mixed = many_solutions.exchanged(net, np.array([3, 1, 7, 0, 2, 6, 5, 4]))
    assert (mixed.layers[0].weights != net.layers[0].weights).any()
    assert all((a == b).all() for a, b in zip(many_solutions.matched(net, mixed).layers[0], net.layers[0], strict=True))


# ---- verdicts ----


def of(*measured, control=None):
    checks = [Check(f"number {i}", value, 0, 1) for i, value in enumerate(measured)]
    return Finding("c", checks + ([] if control is None else [Check("control: x", control, 0, 1)]), "p", lambda figure: None)


def test_verdicts():
    assert of(0.5, 1).verdict == "holds" and of(0.5, 2).verdict == "holds in part" and of(2, math.nan).verdict == "does not hold"
    assert of(0.5, control=0.5).verdict == "holds" and of(0.5, control=2).verdict == "holds in part"
    assert of(2, control=0.5).verdict == "does not hold", "a control alone makes no claim hold"


def test_wrong_expectations_do_not_hold():
    samples = np.array([0.9, 1.0, 1.1, 1.0, 0.95, 1.05])
    assert finding.near("m", samples, 1.0).holds and not finding.near("m", samples, 1.2).holds
    assert finding.exact("e", 1e-12, 1e-10).holds and not finding.exact("e", 1e-9, 1e-10).holds and not finding.at_least("a", 1, 2).holds


def test_numbers_as_they_are_read():
    assert [report.number(v) for v in (None, math.inf, 0, 925, 1e-13, 0.4897123)] == ["", "", "0", "925", "1e-13", "0.4897"]
    assert [report.bounds(*b) for b in ((0, 0), (2, math.inf), (-math.inf, 3), (0, 1e-10))] == ["0", ">= 2", "<= 3", "0 to 1e-10"]


# ---- the command ----


def test_one_by_name(alife, tmp_path):
    said = alife("lab", "neuron-dot", "--out", tmp_path / "o", "--scale", TINY)
    assert said.code == 0 and sorted(p.name for p in (tmp_path / "o").iterdir()) == ["neuron-dot.json", "neuron-dot.png"]
    assert "Verdict: holds." in said.out and "must be" in said.out and str(tmp_path) in said.out.replace("\n", "")
    assert said.err == f"alife: lab 1 of 1  2. neuron-dot: holds ({re.search(r'[0-9.]+ s', said.err)[0]})\n"
    told = alife("lab", "neuron_dot", "--out", tmp_path, "--scale", TINY)
    assert told.code == 2, "the name of the experiment, not of its file"


def test_json(alife, tmp_path):
    said = alife("lab", "column-lookup", "--out", tmp_path, "--scale", TINY, "--json")
    saved = json.loads((tmp_path / "column-lookup.json").read_text(encoding="utf-8"))
    assert said.code == 0 and said.json == saved and saved["checks"][0]["high"] == 1e-10 and saved["checks"][1]["high"] is None


def test_a_misspelt_name(alife, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = alife("lab", "lsh-gate")
    assert said.code == 2 and said.error.startswith("no experiment named 'lsh-gate'. Did you mean 'lsh-gates'? Known: relu-switch, ")
    assert said.out == "" and list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match=r"no experiment named 'xyz'\. Known"):
        registry.load("xyz")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--scale", "0"], 2, "--scale: expected a number above 0 and at most 1, got 0"),
        (["condensed", "--scale", "nan"], 2, "--scale: expected a number above 0 and at most 1, got nan"),
        (["condensed", "--all"], 2, "expected a name or --all, not both"),
        (["condensed", "--list"], 2, "expected a name or --list, not both"),
        (["condensed", "--out", "file"], 74, "cannot write file: "),
    ],
)
def test_mistakes(alife, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    said = alife("lab", *arguments)
    assert said.code == code and said.error.startswith(words) and [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_list(alife):
    lines = alife("lab", "--list").out.splitlines()
    assert [line.split()[1] for line in lines] == NAMES and lines[0].split()[:2] == ["1", "relu-switch"]
    assert [each["name"] for each in alife("lab", "--list", "--json").json["labs"]] == NAMES


@pytest.fixture
def few(monkeypatch):
    """Three experiments, the last of them slow, that are not run again."""
    chosen, load = ["neuron-dot", "hierarchy", "geometry"], registry.load
    for name in chosen:
        found(name)
    monkeypatch.setattr(registry, "names", lambda: chosen)
    monkeypatch.setattr(registry, "load", lambda name: load(name)._replace(slow=name == "geometry"))
    monkeypatch.setattr(report, "run", lambda lab, scale: found(lab.name)._replace(lab=lab))


def test_all_of_them_and_their_page(alife, tmp_path, few):
    said = alife("lab", "--out", tmp_path, "--scale", TINY)
    assert said.code == 0 and not (tmp_path / "geometry.json").exists() and f"Page: {tmp_path / 'index.html'}" in said.out
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert html.count("data:image/png;base64,") == html.count("<section") == 2 and "2. " in html and "Interrupted" not in html
    assert "prefers-color-scheme: dark" in html and not re.search(r"https?:|<script|<link|url\(", html), "no network, no script"
    for name in ("neuron-dot", "hierarchy"):
        assert f'id="{name}"' in html and found(name).finding.verdict in html
    assert "&lt;=" in html or "&gt;=" in html
    every = alife("lab", "--all", "--out", tmp_path, "--scale", TINY, "--json")
    assert [each["name"] for each in every.json["labs"]] == ["neuron-dot", "hierarchy", "geometry"]


def test_what_stands_in_a_claim_is_no_markup():
    outcome = found("neuron-dot")
    evil = outcome._replace(finding=outcome.finding._replace(claim="<b>1 & 2</b>", prose="<i>"))
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in page([evil]) and "<i>" not in page([evil])


def test_an_interruption_keeps_what_is_done(alife, tmp_path, monkeypatch, few):
    def run(lab, scale):
        if lab.name == "hierarchy":
            os.kill(os.getpid(), signal.SIGINT)
        return found(lab.name)._replace(lab=lab)

    monkeypatch.setattr(report, "run", run)
    said = alife("lab", "--out", tmp_path, "--scale", TINY)
    assert said.code == 130 and said.error == f"stopped after 1 of 2 experiments; what was done is in {tmp_path}"
    assert (tmp_path / "neuron-dot.png").exists() and not (tmp_path / "hierarchy.png").exists()
    assert "Interrupted: 1 have not run." in (tmp_path / "index.html").read_text(encoding="utf-8")


# ---- the docs ----


def test_the_table_of_claims_and_the_example(tmp_path, monkeypatch, alife):
    text = (Path(registry.__file__).parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `alife lab ([\w-]+)` \|", text, re.M)
    assert {"lsh-gates", "geometry"} <= {name for _, name in rows} <= set(NAMES)
    assert all(registry.load(name).number == int(number) for number, name in rows)
    example = re.search(r"```python\n(.*?)```", text, re.S)[1]
    assert registry._NUMBER.search(example)[1] == "99", "it would be found"
    (tmp_path / "signs_sum.py").write_text(example, encoding="utf-8")
    monkeypatch.setattr(alife_lab, "__path__", [*alife_lab.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "names", lambda: ["signs-sum"])
    said = alife("lab", "signs-sum", "--out", tmp_path, "--scale", 0.1, "--json")
    assert said.code == 0 and said.json["number"] == 99 and said.json["seeds"] == [9999]


def test_slow_ones_stand_on_the_page(alife, tmp_path, few):
    """With the command that runs them, or as they came out last; what is left of that may be damaged."""
    page_of, arguments = tmp_path / "index.html", ("--out", tmp_path, "--scale", TINY)
    assert alife("lab", *arguments).code == 0
    assert "slow: <code>alife lab geometry</code>" in page_of.read_text(encoding="utf-8")
    assert alife("lab", "geometry", *arguments).code == 0
    kept, fresh = report.saved(registry.load("geometry"), tmp_path), found("geometry")
    assert kept.finding[:3] == fresh.finding[:3] and kept.figure == fresh.figure and kept.finding.verdict == fresh.finding.verdict
    assert alife("lab", *arguments).code == 0
    assert 'id="geometry"' in page_of.read_text(encoding="utf-8") and "slow: <code>" not in page_of.read_text(encoding="utf-8")
    for text in ("", "[]", "{}", '{"checks": [{}]}', "[" * 100_000):
        (tmp_path / "geometry.json").write_text(text, encoding="utf-8")
        assert report.saved(registry.load("geometry"), tmp_path) is None


# ---- agents evolved for an experiment ----


def test_so_many_heads_are_no_chance():
    for n in (2, 4, 5, 10, 20):
        heads = at_least_so_often(n)
        tail = sum(math.comb(n, k) for k in range(heads, n + 1)) / 2**n
        more = sum(math.comb(n, k) for k in range(heads - 1, n + 1)) / 2**n
        assert (tail <= 0.05 < more) if n > 4 else heads == n
    assert at_least_so_often(10) == 9


def test_recalls_that_are_turned_round():
    """Who does not listen answers the same; who does, otherwise; and only where something is recalled."""
    config = configs.load("copy", ["world.bits=4", "memory.bits=64", "controller.width=32", "controller.layers_out=1"])
    agent, seeds = Agent(config), np.arange(1, 33, dtype=np.uint64)
    near_identity = [np.float32(1) + np.float32(0.3) * (rng.uniforms(agent.shape, seed) - np.float32(0.5)) for seed in range(6)]
    shares = [turned(agent, genome.ravel(), seeds) for genome in near_identity]
    assert max(strongest for strongest, _ in shares) > 0.1 and max(signs for _, signs in shares) > 0.2
    assert all(0 <= share <= 1 for pair in shares for share in pair)
    for genome in near_identity:
        genome[-1] = 0  # nothing comes out
        assert turned(agent, genome.ravel(), seeds) == (0.0, 0.0)
    with pytest.raises(ConfigError, match="forced recalls need a world that says when it asks, and a memory that says what it holds"):
        turned(Agent(configs.load("copy", ["memory.kind=none"])), near_identity[0].ravel(), seeds)
