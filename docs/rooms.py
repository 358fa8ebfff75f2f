"""Draw the rooms of the library and what each imports: ``python docs/rooms.py`` writes docs/rooms.svg anew.

The picture is made of the imports alone, so it cannot say what the code does not; a test asks that it is current.
"""

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "rooms.svg"

_WIDTH, _HEIGHT, _STEP, _LEFT, _TOP = 400, 40, 58, 210, 16


def imported(path: Path) -> Iterator[str]:
    """Yield the room, or root module, of each import of the library in a file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sqrt":
            below = node.module.split(".")[1:]
            yield from below[:1] or (alias.name for alias in node.names)


def rooms() -> dict[str, tuple[str, set[str]]]:
    """Return each room's purpose and the rooms it imports from, those first that import least."""
    folders = [path for path in (ROOT / "sqrt").iterdir() if (path / "__init__.py").exists()]
    found = {}
    for folder in folders:
        purpose = ast.get_docstring(ast.parse((folder / "__init__.py").read_bytes())) or ""
        names = {name for file in folder.glob("*.py") for name in imported(file)}
        used = names & {other.name for other in folders} - {folder.name}
        found[folder.name] = purpose.split(". ")[0].partition(": ")[2], used

    def known_to(name: str) -> int:
        return sum(name in used for _, used in found.values())

    order: list[str] = []
    while len(order) < len(found):
        ready = sorted(name for name in found if name not in order and found[name][1] <= set(order))
        if not ready:
            raise ValueError(f"rooms import each other in a circle: {sorted(found.keys() - set(order))}")
        order.append(min(ready, key=lambda name: (len(found[name][1]), -known_to(name), name)))
    return {name: found[name] for name in order}


def drawing() -> str:
    """Return the picture: a room a row, and an arc from each room down to every room that imports from it."""
    shown = rooms()
    place = {name: row for row, name in enumerate(shown)}
    height = 2 * _TOP + _STEP * (len(shown) - 1) + _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 16} {height}" role="img" '
        'font-family="sans-serif" font-size="13">',
        "<title>The rooms of the library: each imports only from rooms above it</title>",
        '<rect width="100%" height="100%" fill="#fbfcfe"/>',
    ]
    for name, (_, used) in shown.items():
        for other in sorted(used, key=place.__getitem__):
            start, end = (_TOP + _STEP * place[one] + _HEIGHT / 2 for one in (other, name))
            reach = _LEFT - 16 - 17 * (place[name] - place[other])
            parts.append(
                f'<path d="M{_LEFT} {start + 6:g} C{reach} {start + 6:g} {reach} {end - 6:g} {_LEFT - 4} {end - 6:g}" '
                'fill="none" stroke="#3875d4" stroke-opacity="0.55"/>'
            )
    for name, (purpose, _) in shown.items():
        top = _TOP + _STEP * place[name]
        parts.append(
            f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#e6edf8" stroke="#3875d4"/>'
            f'<text x="{_LEFT + 12}" y="{top + 17}" font-weight="bold" fill="#111823">{name}/</text>'
            f'<text x="{_LEFT + 12}" y="{top + 33}" font-size="12" fill="#333c48">{escape(purpose)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
