"""The rules that no other test sees: who may import whom, what a kernel may contain, how long a file may be."""

import ast
import functools
from pathlib import Path

import pytest

from alife.sim import fuse

ROOT = Path(__file__).parents[1]
PACKAGES = ("alife", "controllers", "memory", "worlds")
PLUGINS = ("controllers", "memory", "worlds")
FILES = sorted(p.relative_to(ROOT).as_posix() for name in PACKAGES for p in (ROOT / name).rglob("*.py"))
TESTS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").rglob("*.py"))

TOOLS = ("alife.core", "alife.sim", "alife.evolve", "alife.store")
MAY_IMPORT = {
    "alife.core": (),
    "controllers": ("alife.core",),
    "memory": ("alife.core",),
    "worlds": ("alife.core",),
    "alife.sim": ("alife.core",),
    "alife.evolve": ("alife.core", "alife.sim", "alife.store"),  # the run writes its folder: docs/design.md
    "alife.store": ("alife.core",),
    "alife.insight": TOOLS,
    "alife.lab": (*TOOLS, "alife.insight"),
    "alife.bench": (*TOOLS, "alife.insight"),
    "alife.viewer": ("alife.core", "alife.sim", "alife.insight", "alife.store"),
    "alife.cli": ("alife.",),
    "alife.__main__": ("alife.cli",),
}
"""Layer -> prefixes of ours that it may import beside itself and the bare package `alife`, which holds the version."""

ONLY_IN = {
    "numba": ("alife/core/jit.py", "alife/core/lanes.py"),
    "llvmlite": ("alife/core/jit.py", "alife/core/lanes.py"),
    "yaml": ("alife/core/config.py",),
    "pygame": ("alife/viewer/",),
    "pickle": (),
    "cPickle": (),
    "cloudpickle": (),
    "dill": (),
    "joblib": (),
    "marshal": (),
    "shelve": (),
    "random": (),
    "socket": (),
    "ssl": (),
    "urllib": (),
    "http": (),
    "ftplib": (),
    "smtplib": (),
    "xmlrpc": (),
    "socketserver": (),
    "asyncio": (),
    "requests": (),
    "httpx": (),
    "webbrowser": (),
    "multiprocessing": (),
    "pty": (),
    "subprocess": ("alife/bench/",),
    "numpy.random": ("alife/lab/collisions.py",),  # a popular text's demo is run again with the very numbers that it draws: seed 42
}
"""Module -> the only files (or folders) that may import it."""

RUNS_TEXT = {"exec": ("alife/core/written.py",), "compile": ("alife/core/written.py",), "eval": (), "__import__": ()}
"""Built-in function -> the only files that may call it."""

SHELLS = ("os.system", "os.popen", "os.spawn", "os.posix_spawn", "os.exec", "os.startfile", "subprocess.getoutput", "subprocess.getstatus")
"""Beginnings of functions that start a program through a shell, or in place of this one."""

NOT_IN_KERNELS = {
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "pow",
    "power",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "asin",
    "acos",
    "atan",
    "atan2",
    "hypot",
    "cbrt",
    "erf",
    "dot",
    "matmul",
    "einsum",
    "vdot",
    "tensordot",
    "fma",
    "zeros",
    "zeros_like",
    "empty",
    "empty_like",
    "ones",
    "ones_like",
    "full",
    "full_like",
    "array",
    "asarray",
    "copy",
    "append",
    "concatenate",
    "aligned",
    "print",
    "open",
    "input",
    "perf_counter",
}
"""libm differs between machines, BLAS between libraries; nothing is allocated, printed or timed in a tick."""


@functools.cache
def tree_of(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


def module_of(file):
    parts = list(Path(file).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module):
    """alife.core.jit -> alife.core; worlds.copy -> worlds; alife -> alife."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "alife" else parts[0]


def absolute(file, node):
    """The module that a `from .. import` names."""
    if not node.level:
        return node.module
    package = module_of(file).split(".")
    keep = len(package) - node.level + Path(file).name.count("__init__.py")
    return ".".join([*package[:keep], *([node.module] if node.module else [])])


def imports_of(file):
    """Dotted names that a file imports, wherever it does; `from a import b` counts as a and a.b."""
    names = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = absolute(file, node)
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def is_below(name, prefix):
    return name == prefix or name.startswith(prefix if prefix.endswith(".") else prefix + ".")


def dotted(node):
    """np.random.rand -> 'np.random.rand'; '' for anything but names and attributes."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def calls(tree):
    return [(node, dotted(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def test_the_files_are_found():
    assert {"alife/core/jit.py", "controllers/wht.py", "memory/lsh.py", "worlds/copy.py"} <= set(FILES)
    assert "tests/test_architecture.py" in TESTS
    assert {layer_of(module_of(file)) for file in FILES} <= {*MAY_IMPORT, "alife"}


# ---- imports ----


@pytest.mark.parametrize("file", FILES)
def test_layers(file):
    layer = layer_of(module_of(file))
    allowed = [*MAY_IMPORT.get(layer, ()), layer]
    ours = {name for name in imports_of(file) if name.split(".")[0] in PACKAGES and name != "alife"}
    version = {"alife.__version__"}
    assert {name for name in ours - version if not any(is_below(name, prefix) for prefix in allowed)} == set()


@pytest.mark.parametrize("file", [file for file in FILES if file.split("/")[0] in PLUGINS])
def test_plugins_do_not_know_each_other(file):
    """Of their own package they import `_helpers` alone."""
    package = file.split("/")[0]
    own = [name.split(".")[1] for name in imports_of(file) if is_below(name, package) and "." in name]
    assert [name for name in own if not name.startswith("_")] == []


@pytest.mark.parametrize("file", FILES)
def test_some_modules_have_one_importer(file):
    for name in imports_of(file):
        for module, allowed in ONLY_IN.items():
            assert not is_below(name, module) or file.startswith(allowed), f"{file} imports {name}"


@pytest.mark.parametrize("file", FILES)
def test_nothing_runs_text_or_draws_from_a_state(file):
    tree = tree_of(file)
    for node, name in calls(tree):
        assert file in RUNS_TEXT.get(name, (file,)), f"line {node.lineno}: {name}()"
        assert name not in ("yaml.load", "yaml.unsafe_load", "yaml.full_load"), f"line {node.lineno}: {name}()"
        assert not name.startswith(SHELLS), f"line {node.lineno}: {name}()"
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else "?"
            if keyword.arg in ("parallel", "fastmath", "allow_pickle", "shell"):
                assert value is False, f"line {node.lineno}: {keyword.arg}={value}"
    for node in ast.walk(tree):
        name = dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        assert not name.startswith(("np.random", "numpy.random", "numba.prange")), f"line {node.lineno}: {name}"
        assert name != "prange", f"line {node.lineno}: {name}"


# ---- kernels ----


def kernels_of(tree):
    marks = {"kernel", "inlined", "jit.kernel", "jit.inlined"}
    return [f for f in functions(tree) if marks & {dotted(decorator) for decorator in f.decorator_list}]


def faults_of(kernel):
    """What a kernel contains and may not."""
    found = []
    for node in ast.walk(kernel):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.MatMult, ast.Pow)):
            found.append(f"line {node.lineno}: {type(node.op).__name__}")
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.MatMult, ast.Pow)):
            found.append(f"line {node.lineno}: {type(node.op).__name__}")
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in NOT_IN_KERNELS:
            found.append(f"line {node.lineno}: {dotted(node.func)}()")
        if isinstance(node, (ast.ListComp, ast.DictComp, ast.SetComp, ast.List, ast.Dict, ast.JoinedStr)):
            found.append(f"line {node.lineno}: {type(node).__name__}")
    return found


FUSED = ast.parse(
    fuse.TEMPLATE.format(world="w", controller="c", memory="m", world_module="w", controller_module="c", memory_module="m", digest="")
)


@pytest.mark.parametrize("file", [*FILES, "fused"])
def test_kernels_are_plain_arithmetic(file):
    tree = FUSED if file == "fused" else tree_of(file)
    for kernel in kernels_of(tree):
        assert faults_of(kernel) == [], kernel.name


def test_kernels_are_found():
    assert len(kernels_of(FUSED)) >= 6
    found = {kernel.name for file in FILES for kernel in kernels_of(tree_of(file))}
    assert {"fwht", "draw", "move", "recall", "breed", "begin", "observe"} <= found


@pytest.mark.parametrize(
    "body",
    ["x @ y", "x ** 2", "x **= 2", "np.exp(x)", "math.tanh(x)", "pow(x, 2)", "print(x)", "np.zeros(3)", "np.dot(x, y)"],
)
def test_faults_in_kernels_are_seen(body):
    [kernel] = kernels_of(ast.parse(f"@kernel\ndef f(x, y):\n    {body}"))
    assert len(faults_of(kernel)) == 1


# ---- sizes ----


@pytest.mark.parametrize("file", [*FILES, *TESTS])
def test_files_have_at_most_400_lines(file):
    assert len((ROOT / file).read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("file", [*FILES, *TESTS])
def test_functions_have_at_most_60_lines(file):
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(tree_of(file)) if f.end_lineno - f.lineno >= 60}
    assert long == {}


def test_the_fused_loop_is_short():
    assert fuse.TEMPLATE.count("\n") <= 400
    assert all(f.end_lineno - f.lineno < 60 for f in functions(FUSED))
