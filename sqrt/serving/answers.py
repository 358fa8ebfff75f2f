"""What the API answers beside a rating, as pydantic models."""

from typing import Annotated, Literal

from annotated_types import Len
from pydantic import Field

from sqrt.showing.schema import Closed, Index, Rating, Step, Version


class Problem(Closed):
    """Why there is no other answer (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str = Field(description="One sentence for people")


class Rated(Closed):
    """A photo that is in the order."""

    file: str = Field(description="What the form calls it")
    rating: Rating


class Refused(Closed):
    """A photo that is in no group."""

    file: str = Field(description="What the form calls it")
    problem: str = Field(description="Why it could not be rated, in one sentence")


class Ranking(Closed):
    """Which of several photos to keep; photos are named by their index in `photos`."""

    version: Version
    order: list[Index] = Field(description="The best first, group after group")
    groups: list[list[Index]] = Field(description="Shots of one scene, each group's best first")
    ties: list[Annotated[list[Index], Len(2, 2)]] = Field(description="Pairs of a group that cannot be told apart")
    reasons: dict[str, str] = Field(description="By index: why it stands where it does, in a few words")
    photos: list[Rated | Refused] = Field(description="In the order of the form")


class Moment(Closed):
    """A frame of a clip."""

    at_s: float = Field(ge=0, description="Seconds since the clip's first frame")
    rating: Rating
    jpeg: str = Field(
        default="",
        description="The frame at full size, where frames=true asks for it",
        json_schema_extra={"contentEncoding": "base64", "contentMediaType": "image/jpeg"},
    )


class Moments(Closed):
    """The best moments of a clip, which clearly differ."""

    version: Version
    moments: list[Moment] = Field(description="The best first")


class Fixed(Closed):
    """A photo made better."""

    version: Version
    steps: list[Step] = Field(description="In the order in which they were done; none where nothing helps")
    gain: float = Field(description="Points of the overall score, by rating the result")
    before: Rating
    after: Rating
    jpeg: str = Field(
        description="The result with all pixels; of the photo itself where nothing helps",
        json_schema_extra={"contentEncoding": "base64", "contentMediaType": "image/jpeg"},
    )
