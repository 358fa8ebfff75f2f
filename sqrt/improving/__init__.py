"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.edits import Repair
from sqrt.improving.fix import Step, suggest_fix
from sqrt.improving.framing import Crop, cut, suggest_crop
from sqrt.improving.whole import Fixed, fix

__all__ = ["Crop", "Fixed", "Repair", "Step", "cut", "fix", "suggest_crop", "suggest_fix"]
