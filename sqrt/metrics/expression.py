"""Pleasant expression."""

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.base import Curve, Metric


def smile(analysis: Analysis) -> float:
    """Strength of the smile, percent: mean of MediaPipe's two ``mouthSmile`` blendshapes.

    PhotoFeeler's ratings find the largest gain in likeability in a smile that shows teeth; a neutral face costs
    little, and no expression is scored as bad.
    """
    blendshapes = analysis.blendshapes
    return 50 * (blendshapes["mouthSmileLeft"] + blendshapes["mouthSmileRight"])


EXPRESSION = Metric(
    "expression",
    "Expression",
    ("warmer smile", "less of a smile"),
    "face",
    place=70,
    measure=smile,
    quality=Curve(((0, 60), (30, 75), (70, 95), (100, 100))),
    weight=0.8,
    unit="% smile",
    help="How much the mouth smiles, in percent of the strongest smile that the face model knows. A calm face is "
    "fine; a real smile is what most viewers like best.",
    advice="Try a smile: think of someone you like just before you press the shutter.",
    tip="Try a smile",
)
