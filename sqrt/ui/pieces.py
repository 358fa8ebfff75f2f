"""What components with a camera are made of, which are files beside this one; and what may be in a camera's way."""

from pathlib import Path

from sqrt.words import N_

PROBLEMS = {
    "insecure": N_("Browsers give the camera only to pages on HTTPS: open this page with https://."),
    "refused": N_("The camera was refused: allow it beside your browser's address bar, then start it again."),
    "absent": N_("No camera was found: connect one, then start it."),
    "busy": N_("The camera gives no picture: close whatever else uses it, then start it again."),
}
"""What to do where it cannot be opened, by the names that film.js gives."""


def joined(*names: str) -> str:
    """Return files of this folder as one text: a component has one script."""
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
