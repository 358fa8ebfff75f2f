"""Data flows one way, and only the page and the live stream know that Streamlit and WebRTC exist."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Left to right: a module imports from its own layer and from those before it.
LAYERS = [
    {"errors", "settings", "logs", "headers", "memory", "rate_limit"},
    {"photo", "frame"},
    {"film"},
    {"faces"},
    {"analysis"},
    {"metrics"},
    {"rating", "advice"},
    {"overlay", "compare", "clip", "reports", "monitoring", "explain", "framing", "batch", "schema"},
    {"sqrt"},  # the package itself: the public names
    {"openapi"},
    {"api", "live"},
    {"ui"},
    {"server"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

KNOW_THE_PAGE = {"ui", "live", "server"}
OF_THE_PAGE = {"streamlit", "streamlit_webrtc", "aiortc"}
SLOW_TO_LOAD = OF_THE_PAGE | {"av"}

FILES = sorted((ROOT / "sqrt").rglob("*.py"))


def part(module: str) -> str:
    """Name the part of the library that a module belongs to: ``sqrt.faces.cascade`` is of ``faces``."""
    below = module.removeprefix("sqrt").lstrip(".").split(".")[0]
    return below if below in RANK else "sqrt"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, tree: ast.AST) -> Iterator[str]:
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            # `from sqrt import photo` names a module, `from sqrt.photo import Photo` a thing in one; both are told.
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_come_from_the_left(path):
    name = module_of(path)
    if name != "sqrt":
        assert name.split(".")[1] in RANK, f"{name} has no place in LAYERS"
    # The package gathers the public names: it may import any layer before its own, which the rank says already.
    found = [used for used in imports(path, ast.parse(path.read_bytes())) if used.split(".")[0] == "sqrt"]
    assert [used for used in found if RANK[part(used)] > RANK[part(name)]] == []


@pytest.mark.parametrize("path", [path for path in FILES if part(module_of(path)) not in KNOW_THE_PAGE], ids=module_of)
def test_the_library_knows_no_page(path):
    tree = ast.parse(path.read_bytes())
    if path.name == "__main__.py":
        # `python -m sqrt serve` starts the page, from within a function: rating in a terminal must not wait for it.
        tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    assert [used for used in imports(path, tree) if used.split(".")[0] in OF_THE_PAGE] == []


def test_importing_the_library_loads_no_page_and_no_film():
    code = f"import sys, sqrt; sys.exit(', '.join({SLOW_TO_LOAD!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.strip() == ""


def test_a_wrong_import_would_be_seen():
    path = ROOT / "sqrt" / "faces" / "__init__.py"
    tree = ast.parse("from .. import rating\nfrom ..ui.widgets import x\nfrom . import cascade\nimport sqrt.live")
    assert [part(name) for name in imports(path, tree)] == ["rating", "ui", "faces", "live"]
