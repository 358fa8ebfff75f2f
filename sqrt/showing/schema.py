"""What SQRT's JSON holds, as pydantic models: reports are described, and the API's answers made, by them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sqrt import improving
from sqrt.metrics import METRICS
from sqrt.rating import PURPOSES, VERSION

if TYPE_CHECKING:
    Metric: TypeAlias = str
    Version: TypeAlias = int
    Purpose: TypeAlias = str
    Repair: TypeAlias = str
else:  # known only once the metrics are
    Metric = Literal[tuple(METRICS)]
    Version = Literal[VERSION]
    Purpose = Literal[tuple(PURPOSES)]
    Repair = Literal[tuple(map(str, improving.Repair))]

Score = Annotated[float, Field(ge=0, le=100)]
Index = Annotated[int, Field(ge=0)]


class Closed(BaseModel):
    """An object that has just these properties."""

    model_config = ConfigDict(extra="forbid")


class Advice(Closed):
    """What to change, what it would bring, and the index of whose face it concerns."""

    metric: Metric
    gain: float
    text: str
    face: Index


class Rule(Closed):
    """One rule for photos in ID documents, and whether it is kept; null where that could not be measured."""

    rule: str
    metric: Metric = Field(description="That it is about")
    asks: str = Field(description="What to do")
    measured: str = Field(description="What was found, and the limit; or why nothing could be")
    value: float | None = Field(description="What was found, as a number")
    passed: bool | None


class Face(Closed):
    """A face, in pixels of the upright photo."""

    box_xywh: Annotated[list[float], Len(4, 4)]


class Rating(Closed):
    """One photo's rating, as `sqrt.Rating.to_dict` says it."""

    version: Version
    purpose: Purpose = Field(description="What the photo is for: scores, overall and advice are for that")
    overall: Score
    band: Literal["Excellent", "Good", "Fair", "Weak", "Poor"]
    scores: dict[Metric, Score]
    natives: dict[Metric, float] = Field(description="What was measured, in the unit of the same name")
    units: dict[Metric, str]
    absent: dict[Metric, str] = Field(description="What could not be assessed, and why")
    advice: list[Advice] = Field(description="The largest gain first")
    rules: list[Rule] = Field(description="Of a photo for an ID document; empty for any other purpose")
    faces: list[Face] = Field(description="The main face first")
    size_wh: Annotated[list[int], Len(2, 2)]
    engine: Literal["landmarks", "cascade"]
    has_gps: bool = Field(description="Whether the file says where it was taken")


def _without_default(schema: dict[str, Any]) -> None:
    """What is absent says nothing."""
    del schema["default"]


class Step(Closed):
    """Something that makes a photo better, and what it brings."""

    name: Repair
    gain: float = Field(description="Points of the overall score")


class Report(Rating):
    """A rating with the name of its file."""

    file: str = Field(description="What the photo is called")
    decision: Literal["keep", "undecided", "reject"] = Field(
        default="undecided",
        description="Where it was asked for",
        json_schema_extra=_without_default,
    )
    offered: list[Step] = Field(
        default=[], description="What would make it better, where that was found", json_schema_extra=_without_default
    )


def report_schema() -> dict[str, Any]:
    """Return the schema of a JSON report, a list of ratings with their files' names, as JSON Schema (2020-12)."""
    schema = TypeAdapter(list[Report]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "SQRT report", **schema}
