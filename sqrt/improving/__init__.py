"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.edits import Edits, Step
from sqrt.improving.fix import Fix, suggest_fix
from sqrt.improving.framing import Crop, cut, suggest_crop

__all__ = ["Crop", "Edits", "Fix", "Step", "cut", "suggest_crop", "suggest_fix"]
