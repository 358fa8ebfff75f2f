"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.edits import Edits, Repair
from sqrt.improving.fix import Fix, Step, suggest_fix
from sqrt.improving.framing import Crop, cut, suggest_crop
from sqrt.improving.whole import Fixed, edited, fix

__all__ = ["Crop", "Edits", "Fix", "Fixed", "Repair", "Step", "cut", "edited", "fix", "suggest_crop", "suggest_fix"]
