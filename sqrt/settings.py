"""Every knob once: name, bounds, default and help text; read from the environment and from ``.env``."""

import logging
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from sqrt.environment import variables
from sqrt.errors import SettingsError

_log = logging.getLogger(__name__)

# Of the Gradio app that this one follows.
_FORMER_NAMES = {
    "GRADIO_SERVER_NAME": "STREAMLIT_SERVER_ADDRESS takes its place",
    "GRADIO_SERVER_PORT": "STREAMLIT_SERVER_PORT takes its place",
    "GRADIO_SHARE": "publish the page yourself and set PUBLIC_URL to its address",
}
PurposeKey = Literal["profile", "work", "social", "id"]
_ICE_URL = r"\s*(stun|stuns|turn|turns):[^\s,]+\s*"
# What a content security policy can name, and nothing that could end its rule and begin another.
_FRAME = r"(self|https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?)"


def _number(default: float, low: float, high: float, description: str) -> Any:
    """Declare a number, with the least and the most that it may be."""
    return Field(default=default, ge=low, le=high, description=description)


class Settings(BaseModel):
    """Frozen and hashable, so that it can key a cache; what is not given is read from its upper-case name.

    Constructing it directly raises pydantic's ``ValidationError``; `load_settings` says it in a sentence instead.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="forbid")

    def __init__(self, **values: Any) -> None:
        """Take what is given, then what the environment says, then ``.env``."""
        told = {name: value for name, value in variables().items() if name in type(self).model_fields}
        super().__init__(**{**told, **values})

    app_env: Literal["production", "development"] = Field(
        default="production",
        description="Development shows the details of unexpected errors on the page, logs from DEBUG up and keeps no "
        "engine or rating for the next run of the page; production does the opposite.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        description="Least serious message that is written to the log; DEBUG unless set where APP_ENV is development.",
    )
    log_file: Path | None = Field(
        default=None, description="File that gets a copy of the log, ten files of 10 MB at most; empty means none."
    )
    streamlit_server_address: str = Field(
        default="127.0.0.1",
        title="a host name or an IP address",
        description="Where `python -m sqrt serve` listens; 0.0.0.0 lets other machines in.",
    )
    streamlit_server_port: int = _number(8501, 0, 65535, "Port of `python -m sqrt serve`; 0 takes a free one.")
    public_url: HttpUrl | None = Field(
        default=None,
        title="an http or https address",
        description="Where others find this page: when set, the page offers it as a link and a QR code.",
    )
    frame_ancestors: str = Field(
        default="self",
        title="none, or self and addresses such as https://host or https://*.host, separated by spaces",
        pattern=rf"^(none|{_FRAME}( {_FRAME})*)$",
        description="Sites that may show the page in a frame; other sites than its own must be on HTTPS, as it must.",
    )
    purpose: PurposeKey = Field(
        default="profile",
        description="What photos are for: a profile picture, work, dating or social pages, or an ID document, whose "
        "rules are then checked. A visitor may choose another.",
    )
    archive_path: str | None = Field(
        default=None,
        title="a folder, or an address such as s3://bucket/prefix",
        description="Results of `python -m sqrt archive`. When set, a page shows them to every visitor, with the best "
        "and the worst photos, which are read from where they lie: set it only where visitors may see these photos.",
    )
    max_image_size: int = _number(
        4096,
        256,
        16384,
        "Longest side in pixels; larger photos are reduced, keeping their shape. A visitor may choose less, not more.",
    )
    max_file_mb: int = _number(32, 1, 200, "Largest photo accepted, in MB (1,048,576 bytes).")
    max_megapixels: int = _number(100, 1, 500, "Largest photo accepted, in millions of pixels before it is reduced.")
    max_whole_megapixels: int = _number(
        51,
        1,
        500,
        "Largest photo accepted of a kind that has to be decoded whole, in millions of pixels: of any but an ordinary "
        "JPEG; half of it for WebP. No more than that of them is decoded at a time.",
    )
    max_photos: int = _number(50, 2, 500, "Photos that a visitor can compare, or a client of the API rank, at a time.")
    max_originals_mb: int = _number(
        128,
        0,
        2000,
        "Files of compared photos that are held to be downloaded, in MB for each visitor, the best rated first; never "
        "more than half of MAX_VISITOR_MB.",
    )
    clip_rate: float = _number(2.0, 0.5, 10, "Frames that are rated for each second of a clip.")
    max_clip_s: int = _number(60, 1, 600, "Longest clip accepted, in seconds.")
    max_clip_mb: int = _number(100, 1, 200, "Largest clip accepted, in MB (1,048,576 bytes).")
    face_engine: Literal["auto", "landmarks", "cascade"] = Field(
        default="auto",
        description="How faces are found: by the landmark model, by cascades, or (auto) by the model once it is there.",
    )
    face_model_path: Path | None = Field(
        default=None,
        description="Where the landmark model file lies, the outline's beside it; empty means the user's cache folder.",
    )
    face_model_download: bool = Field(
        default=True,
        description="Fetch these two models at the first start if they are not there yet.",
    )
    face_device: Literal["cpu", "opencl", "cuda"] = Field(
        default="cpu",
        description="What these two models run on, where OpenCV and the machine offer it; otherwise the CPU.",
    )
    cascade_scale_factor: float = _number(
        1.1,
        1.01,
        2,
        "Step between the face sizes the cascades try; smaller is more thorough and slower. A visitor may choose more.",
    )
    cascade_min_neighbors: int = _number(
        5, 1, 20, "Overlapping hits that the cascades need for a face; more means fewer false faces."
    )
    min_face_size: float = _number(
        0.05,
        0.01,
        0.5,
        "Smallest face that the cascades look for, as a share of the photo's shorter side. A visitor may choose more.",
    )
    engine_pool_size: int = _number(
        2, 1, 32, "Photos rated at the same time; each takes its own copy of the face engine."
    )
    api_rate_limit: int = _number(60, 1, 100_000, "Photos that one client may send to the API in a minute.")
    api_max_pending: int = _number(
        16,
        1,
        1000,
        "Photos that the API rates or lets wait at once, half of them of one client; others come back later.",
    )
    max_sessions: int = _number(
        100, 1, 10_000, "Pages open at once, half of them of one client; others are turned away."
    )
    max_visitor_mb: int = _number(
        256, 1, 2000, "Memory for what one visitor has sent, in MB: uploads that wait, and photos that a page holds."
    )
    max_held_mb: int = _number(
        512, 1, 100_000, "The same for all visitors and clients together, in MB; what comes then is refused."
    )

    realtime_interval: float = _number(
        2.0, 0.2, 60, "Seconds between two ratings of a live camera; changes while it plays."
    )
    live_transport: Literal["auto", "webrtc", "snapshots"] = Field(
        default="auto",
        description="How a live camera's pictures reach the server: by WebRTC, as snapshots over the page's own "
        "connection, which works on every network, or (auto) as snapshots until WebRTC has come up.",
    )
    live_frame_size: Literal["320x240", "640x480", "1280x720", "1920x1080"] = Field(
        default="640x480",
        description="Pixels of what a live camera sends to be rated; shots have all of the camera's. A visitor may "
        "choose less.",
    )
    live_frame_rate: int = _number(
        15,
        1,
        30,
        "Frames per second that a live camera sends by WebRTC. A visitor may choose less.",
    )
    live_pool_size: int = _number(2, 1, 32, "Live frames rated at the same time, for all streams together.")
    max_live_streams: int = _number(10, 1, 1000, "Live cameras at once, each some 20 MB; one more is told to wait.")
    ice_servers: str = Field(
        default="stun:stun.l.google.com:19302",
        title="none, or addresses such as stun:host:port or turn:host:port, separated by commas",
        pattern=rf"^(none|{_ICE_URL}(,{_ICE_URL})*)$",
        description="STUN and TURN servers of the live camera, separated by commas; none where all are on one network.",
    )
    turn_username: str | None = Field(default=None, description="User name for the TURN servers in ICE_SERVERS.")
    turn_password: SecretStr | None = Field(default=None, description="Password for the TURN servers in ICE_SERVERS.")
    twilio_account_sid: str | None = Field(
        default=None, description="Account whose STUN and TURN servers are used too; needs the package twilio."
    )
    twilio_auth_token: SecretStr | None = Field(default=None, description="Token of the Twilio account.")
    cloudflare_turn_key_id: str | None = Field(
        default=None, description="Cloudflare Realtime TURN key whose servers are used too."
    )
    cloudflare_turn_key_api_token: SecretStr | None = Field(
        default=None, description="API token of the Cloudflare TURN key."
    )
    hf_token: SecretStr | None = Field(
        default=None, description="Hugging Face token, with which that community's TURN server is used too."
    )

    @model_validator(mode="before")
    @classmethod
    def _development_logs_all(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {"log_level": "DEBUG", **values} if values.get("app_env") == "development" else values

    @property
    def live_frame_wh(self) -> tuple[int, int]:
        """Width and height in pixels asked of a live camera."""
        width, height = self.live_frame_size.split("x")
        return int(width), int(height)


_KINDS: dict[object, str] = {Path | None: "a file path", str | None: "a text", SecretStr | None: "a text"}


class SettingRow(NamedTuple):
    """One setting as a person reads it: how to set it, what it is otherwise, what it may be, what it does."""

    variable: str
    default: str
    allowed: str
    description: str


def load_settings() -> Settings:
    """Read the settings; the environment wins over ``.env`` in the working directory.

    Raises SettingsError, a sentence for each wrong value, or for a ``SQRT_`` name that no setting has.
    """
    try:
        _refuse_unknown_names()
        return Settings()
    except ValidationError as error:
        message = " ".join(_sentence(str(wrong["loc"][0]), wrong["input"]) for wrong in error.errors())
        raise SettingsError(message, message) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {error}.", "The file .env cannot be read.") from error


def settings_table() -> list[SettingRow]:
    """Describe every setting, in order; ``.env.example`` and the table in the README are made from this."""
    return [
        SettingRow(name.upper(), _text(field.default), _allowed(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


@cache
def answer_former_names() -> None:
    """Log, once, the new name of each setting of the former Gradio app that is set."""
    for name in sorted(variables()):
        if answer := _FORMER_NAMES.get(name.upper()):
            _log.warning("%s is not read any more: %s", name.upper(), answer)


def _refuse_unknown_names() -> None:
    # No setting starts with SQRT_, but it is what people try first; ignoring it would look like a broken setting.
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(variables()):
        if name.startswith("sqrt_"):
            nearest = get_close_matches(name.removeprefix("sqrt_").upper(), known, n=1, cutoff=0)[0]
            message = f"{name.upper()} is not a setting; did you mean {nearest}?"
            raise SettingsError(message, message)


def _sentence(name: str, value: object) -> str:
    return f"{name.upper()} is {value!r}; it must be {_allowed(Settings.model_fields[name])}."


def _text(default: object) -> str:
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        *others, last = get_args(field.annotation)
        return f"{', '.join(others)} or {last}"
    if field.annotation is bool:
        return "true or false"
    if field.annotation in (int, float):
        low = next(bound.ge for bound in field.metadata if isinstance(bound, Ge))
        high = next(bound.le for bound in field.metadata if isinstance(bound, Le))
        return f"a {'whole ' if field.annotation is int else ''}number from {low} to {high}"
    return field.title or _KINDS[field.annotation]
