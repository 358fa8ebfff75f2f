"""What the API promises, as an OpenAPI 3.1 document."""

from typing import Any

from sqrt import __version__
from sqrt.settings import Settings
from sqrt.showing.schema import closed_object, rating_schema

_PROBLEMS = {
    "400": "Not a photo that can be read, or not in full",
    "408": "The photo came too slowly",
    "413": "The photo is larger than MAX_FILE_MB",
    "415": "The body is of a type that holds no photo",
    "429": "More photos from this client within a minute than API_RATE_LIMIT, or at once than half of API_MAX_PENDING; "
    "Retry-After says when to come back",
    "503": "As many photos are pending as API_MAX_PENDING allows, or as many MB are held as MAX_HELD_MB, or the "
    "photo's turn did not come in time; Retry-After says when to come back",
}


def document(settings: Settings) -> dict[str, Any]:
    """Return the document, with the limits of these settings."""
    photo = {"type": "string", "format": "binary"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    rating = {"application/json": {"schema": {"$ref": "#/components/schemas/Rating"}}}
    form = {"type": "object", "properties": {"photo": photo}, "required": ["photo"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "SQRT, the Selfie Quality Rater", "version": __version__},
        "paths": {
            "/api/rate": {
                "post": {
                    "summary": "Rate one photo",
                    "operationId": "rate",
                    "requestBody": {
                        "required": True,
                        "description": f"JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP or TIFF of at most "
                        f"{settings.max_file_mb} MB and {settings.max_megapixels} megapixels; of "
                        f"{settings.max_whole_megapixels} where it is not an ordinary JPEG.",
                        "content": {
                            "multipart/form-data": {"schema": form},
                            "image/*": {"schema": photo},
                            "application/octet-stream": {"schema": photo},
                        },
                    },
                    "responses": {
                        "200": {"description": "The rating", "content": rating},
                        **{status: {"description": why, "content": problem} for status, why in _PROBLEMS.items()},
                    },
                }
            }
        },
        "components": {"schemas": {"Rating": rating_schema(), "Problem": _problem()}},
    }


def _problem() -> dict[str, Any]:
    words = {"type": "string"}
    return closed_object({"type": words, "title": words, "status": {"type": "integer"}, "detail": words})
