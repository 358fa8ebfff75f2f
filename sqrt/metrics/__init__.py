"""Metrics: one file for each property of a photo that is measured. May import reading and faces.

A metric is whatever `Metric` a module of this room defines: a new file is all that a new metric takes.
"""

from importlib import import_module
from pkgutil import iter_modules

from sqrt.metrics.base import Measured, Metric

__all__ = ["GROUPS", "METRICS", "Measured", "Metric"]

GROUPS = {"technical": "Picture quality", "face": "Face and framing", "style": "Colour and style"}


def _found() -> dict[str, Metric]:
    """Return every metric by its key, in the order of the groups and of the places in them."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    metrics = {value for module in modules for value in vars(module).values() if isinstance(value, Metric)}
    order = list(GROUPS)
    return {one.key: one for one in sorted(metrics, key=lambda one: (order.index(one.group), one.place, one.key))}


METRICS: dict[str, Metric] = _found()
