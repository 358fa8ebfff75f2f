"""Data flows one way, and only the page and the live stream know that Streamlit and WebRTC exist."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import rooms

ROOT = Path(__file__).parents[1]

# Left to right: a room, or a module of the library's root, imports from its own layer and from those before it.
LAYERS = [
    {"words", "environment"},
    {"errors", "settings", "logs"},
    {"reading"},
    {"faces"},
    {"metrics"},
    {"rating"},
    {"monitoring"},
    {"choosing", "improving"},
    {"showing"},
    {"archiving"},
    {"sqrt"},  # the package itself: the public names
    {"live"},
    {"ui"},
    {"serving"},
    {"terminal"},
    {"archive_command", "rank_command", "fix_command", "report_command"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# Of the rooms whose modules serve each other in a chain, the order too.
WITHIN = {
    "reading": [
        "pixels",
        "metadata",
        "jpeg",
        "libtiff",
        "room",
        "photo",
        "frame",
        "film",
        "gps",
        "png",
        "boxes",
        "location",
        "keeping",
    ],
    "rating": ["overall", "advice", "id_measures", "id_limits", "id_rules", "purposes", "rating", "engines", "rater"],
    "serving": [
        *(
            "headers",
            "memory",
            "rate_limit",
            "problems",
            "answers",
            "describing",
            "bodies",
            "forms",
            "clients",
            "exposed",
        ),
        *("connections", "probes", "api", "lines", "visitors", "downloads", "peers", "live", "server"),
    ],
}

# Who may know the page: two rooms, and of serving only what puts page and API together.
KNOW_THE_PAGE = (
    *("sqrt.ui", "sqrt.live", "sqrt.serving.server", "sqrt.serving.visitors", "sqrt.serving.lines"),
    *("sqrt.serving.live", "sqrt.serving.peers"),
)
OF_THE_PAGE = {"streamlit", "streamlit_webrtc", "aiortc"}
SLOW_TO_LOAD = OF_THE_PAGE | {"av"}


def part(module: str) -> str:
    """Name the room or root module that a module belongs to: ``sqrt.faces.cascade`` is of ``faces``."""
    below = module.removeprefix("sqrt").lstrip(".").split(".")[0]
    return below if below in RANK else "sqrt"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = sorted((ROOT / "sqrt").rglob("*.py"))
ROOMS = [path for path in FILES if path.name == "__init__.py" and path.parent.name != "sqrt"]
NO_PAGE = [path for path in FILES if not module_of(path).startswith(KNOW_THE_PAGE)]


def imports(path: Path, tree: ast.AST) -> Iterator[str]:
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            # `from sqrt import reading` names a module, `from sqrt.reading import Photo` a thing in one; both are told.
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_come_from_the_left(path):
    name = module_of(path)
    if name != "sqrt":
        assert name.split(".")[1] in RANK, f"{name} has no place in LAYERS"
    # The package gathers the public names: it may import any layer before its own, which the rank says already.
    found = [used for used in imports(path, ast.parse(path.read_bytes())) if used.split(".")[0] == "sqrt"]
    assert [used for used in found if RANK[part(used)] > RANK[part(name)]] == []


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_rooms_side_by_side_do_not_know_each_other(path):
    name = module_of(path)
    found = [part(used) for used in imports(path, ast.parse(path.read_bytes())) if used.startswith("sqrt.")]
    beside = next(layer for layer in LAYERS if part(name) in layer) - {part(name), "errors", "settings", "logs"}
    assert beside & set(found) == set()


@pytest.mark.parametrize(("room", "order"), WITHIN.items())
def test_modules_of_a_room_import_from_the_left(room, order):
    folder = ROOT / "sqrt" / room
    assert sorted(order) == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    for place, stem in enumerate(order):
        path = folder / f"{stem}.py"
        used = {one.split(".")[2] for one in imports(path, ast.parse(path.read_bytes())) if f"{room}." in one}
        assert used & set(order[place:]) == set()


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.parent.name)
def test_a_room_says_what_it_is_for_and_offers_only_what_others_use(path):
    room = module_of(path)
    tree = ast.parse(path.read_bytes())
    assert "May import" in ast.get_docstring(tree), "what is this room for, and what may it import?"
    outside = [other for other in [*FILES, ROOT / "streamlit_app.py"] if path.parent not in other.parents]
    used = {one for other in outside for one in imports(other, ast.parse(other.read_bytes()))}
    offered = ast.literal_eval(next((n.value for n in tree.body if is_all(n)), ast.parse("[]", mode="eval").body))
    assert [name for name in offered if f"{room}.{name}" not in used] == []


def is_all(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_is_short_enough_to_be_read(path):
    assert len(path.read_bytes().splitlines()) < 300


@pytest.mark.parametrize("path", NO_PAGE, ids=module_of)
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


def test_the_picture_of_the_rooms_is_current():
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.drawing(), "run python docs/rooms.py"
