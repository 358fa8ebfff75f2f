"""What a JSON report holds, as JSON Schema (2020-12)."""

from typing import Any

from sqrt.metrics import METRICS
from sqrt.rating import VERSION


def report_schema() -> dict[str, Any]:
    """Return the schema of a report: a list of ratings, each with the name of its file."""
    rating = rating_schema()
    properties = {"file": {"type": "string", "description": "What the photo is called"}, **rating["properties"]}
    one = closed_object(properties)
    one["properties"]["decision"] = {"enum": ["keep", "undecided", "reject"], "description": "Where it was asked for"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SQRT report",
        "type": "array",
        "items": one,
    }


def rating_schema() -> dict[str, Any]:
    """Return the schema of one rating, as the API answers it."""
    properties = {
        "version": {"const": VERSION},
        "overall": {"type": "number", "minimum": 0, "maximum": 100},
        "band": {"type": "string", "enum": ["Excellent", "Good", "Fair", "Weak", "Poor"]},
        "scores": _by_metric({"type": "number", "minimum": 0, "maximum": 100}),
        "natives": _by_metric({"type": "number"}),
        "units": _by_metric({"type": "string"}),
        "absent": _by_metric({"type": "string", "description": "Why it could not be assessed"}),
        "advice": {
            "type": "array",
            "description": "What to change, the largest gain first; face is the index of whom it concerns",
            "items": closed_object(
                {
                    "metric": _metric(),
                    "gain": {"type": "number"},
                    "text": {"type": "string"},
                    "face": {"type": "integer", "minimum": 0},
                }
            ),
        },
        "faces": {
            "type": "array",
            "description": "In pixels of the upright photo, the main face first",
            "items": closed_object({"box_xywh": _numbers(4)}),
        },
        "size_wh": _numbers(2),
        "engine": {"type": "string", "enum": ["landmarks", "cascade"]},
        "has_gps": {"type": "boolean", "description": "Whether the file says where it was taken"},
    }
    return closed_object(properties)


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has just these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _by_metric(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _metric(), "additionalProperties": value}


def _metric() -> dict[str, Any]:
    return {"type": "string", "enum": list(METRICS)}


def _numbers(count: int) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count}
