"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.edits import Repair
from sqrt.improving.fix import Fix, Step, suggest_fix
from sqrt.improving.whole import Fixed, edited, fix

__all__ = ["Fix", "Fixed", "Repair", "Step", "edited", "fix", "suggest_fix"]
