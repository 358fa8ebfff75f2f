"""Settings, and the files that must agree with them.

``python -m tests.test_settings`` writes .env.example and the README's table anew.
"""

import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as deadline
from hypothesis import strategies as st

from sqrt.errors import SettingsError
from sqrt.settings import Settings, answer_former_names, load_settings, settings_table

ROOT = Path(__file__).parents[1]
ENV_EXAMPLE = ROOT / ".env.example"
README = ROOT / "README.md"
README_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def env_example() -> str:
    text = "# Copy to .env and take the # off what you change. The environment wins over this file.\n"
    for row in settings_table():
        text += f"\n# {row.description}\n# Allowed: {row.allowed}.\n# {row.variable}={row.default}\n"
    return text


def readme_table() -> str:
    text = "| variable | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
    for row in settings_table():
        text += f"| `{row.variable}` | {row.default} | {row.allowed} | {row.description} |\n"
    return text


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # a folder with no .env
    for name in list(os.environ):
        if name.lower() in Settings.model_fields or name.lower().startswith("sqrt_"):
            monkeypatch.delenv(name)


def test_nothing_set_gives_the_defaults(settings):
    assert load_settings() == settings


def test_environment_wins_over_the_env_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("MAX_FILE_MB=16\nFACE_ENGINE=cascade\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    monkeypatch.setenv("MAX_FILE_MB", "8")
    settings = load_settings()
    assert settings.max_file_mb == 8
    assert settings.face_engine == "cascade"


def test_byte_order_mark_hides_no_name(tmp_path):
    (tmp_path / ".env").write_text("MAX_FILE_MB=16\n", encoding="utf-8-sig")
    assert load_settings().max_file_mb == 16


def test_empty_value_means_the_default(monkeypatch, settings):
    monkeypatch.setenv("FACE_MODEL_PATH", "")
    monkeypatch.setenv("LOG_LEVEL", "")
    assert load_settings() == settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MAX_IMAGE_SIZE", "abc", "MAX_IMAGE_SIZE is 'abc'; it must be a whole number from 256 to 16384."),
        ("MAX_IMAGE_SIZE", "255", "MAX_IMAGE_SIZE is '255'; it must be a whole number from 256 to 16384."),
        ("ENGINE_POOL_SIZE", "1.5", "ENGINE_POOL_SIZE is '1.5'; it must be a whole number from 1 to 32."),
        ("MIN_FACE_SIZE", "nan", "MIN_FACE_SIZE is 'nan'; it must be a number from 0.01 to 0.5."),
        ("CASCADE_SCALE_FACTOR", "1", "CASCADE_SCALE_FACTOR is '1'; it must be a number from 1.01 to 2."),
        ("FACE_ENGINE", "best", "FACE_ENGINE is 'best'; it must be auto, landmarks or cascade."),
        ("APP_ENV", "test", "APP_ENV is 'test'; it must be production or development."),
        ("FACE_DEVICE", "gpu", "FACE_DEVICE is 'gpu'; it must be cpu, opencl or cuda."),
        ("STREAMLIT_SERVER_PORT", "no", "STREAMLIT_SERVER_PORT is 'no'; it must be a whole number from 0 to 65535."),
        ("PUBLIC_URL", "selfies.example", "PUBLIC_URL is 'selfies.example'; it must be an http or https address."),
        ("PUBLIC_URL", "ftp://a.example", "PUBLIC_URL is 'ftp://a.example'; it must be an http or https address."),
        *(
            (
                "FRAME_ANCESTORS",
                value,
                f"FRAME_ANCESTORS is {value!r}; it must be none, or self and addresses such as https://host or "
                "https://*.host, separated by spaces.",
            )
            for value in ("*", "none self", "huggingface.co", "https://a.example; script-src *", "self\nX-Header: 1")
        ),
        ("FACE_MODEL_DOWNLOAD", "perhaps", "FACE_MODEL_DOWNLOAD is 'perhaps'; it must be true or false."),
    ],
)
def test_wrong_value_is_told_in_a_sentence(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert str(error.value) == error.value.user_message == sentence


def test_every_wrong_value_is_told_at_once(monkeypatch):
    monkeypatch.setenv("MAX_FILE_MB", "0")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"^LOG_LEVEL is 'loud'.*\. MAX_FILE_MB is '0'.*\.$"):
        load_settings()


def test_development_logs_from_debug_up_unless_told_otherwise(monkeypatch):
    assert load_settings().log_level == "INFO"
    monkeypatch.setenv("APP_ENV", "development")
    assert load_settings().log_level == "DEBUG"
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    assert load_settings().log_level == "WARNING"


def test_names_of_the_former_app_are_answered_once(monkeypatch, tmp_path, caplog):
    (tmp_path / ".env").write_text("GRADIO_SERVER_PORT=7860\n", encoding="utf-8")
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SHARE", "true")
    answer_former_names.cache_clear()
    for _ in range(2):
        answer_former_names()
    said = [record.message for record in caplog.records]
    assert [message.split()[0] for message in said] == ["GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_SHARE"]
    assert [re.search(r"STREAMLIT_\w+|PUBLIC_URL", message)[0].lower() in Settings.model_fields for message in said]
    assert {record.levelname for record in caplog.records} == {"WARNING"}


@deadline(deadline=None)  # the first address loads a parser
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_value_is_taken_or_told(value):
    for name in Settings.model_fields:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(name.upper(), value)
            told = ""
            try:
                load_settings()
            except SettingsError as error:
                told = str(error)
            assert not told or told.startswith(f"{name.upper()} is {value!r}; it must be ")


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [("SQRT_MAX_MEGAPIXEL", "MAX_MEGAPIXELS"), ("SQRT_LOG_LEVEL", "LOG_LEVEL"), ("SQRT_ENGINE", "FACE_ENGINE")],
)
def test_unknown_name_is_refused_with_the_nearest_known(monkeypatch, unknown, nearest):
    monkeypatch.setenv(unknown, "1")
    with pytest.raises(SettingsError, match=rf"^{unknown} is not a setting; did you mean {nearest}\?$"):
        load_settings()


def test_unknown_name_in_the_env_file_is_refused(tmp_path):
    (tmp_path / ".env").write_text("SQRT_FOO=1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^SQRT_FOO is not a setting"):
        load_settings()


def test_unreadable_env_file_is_told(tmp_path):
    (tmp_path / ".env").write_bytes(b"MAX_FILE_MB=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env cannot be read: "):
        load_settings()


def test_mistyped_keyword_is_refused():
    with pytest.raises(ValueError, match="max_file_mib"):
        Settings(max_file_mib=1)


def test_settings_are_frozen_and_key_a_cache():
    one, same, other = Settings(), Settings(), Settings(max_file_mb=1)
    assert {one: "one", other: "other"}[same] == "one"
    with pytest.raises(ValueError, match="frozen"):
        one.max_file_mb = 2


@pytest.mark.parametrize("row", settings_table(), ids=lambda row: row.variable)
def test_every_setting_is_read_somewhere(row):
    code = [*ROOT.glob("streamlit_app.py"), *(ROOT / "sqrt").rglob("*.py")]
    use = re.compile(rf"\.{row.variable.lower()}\b")
    assert any(use.search(path.read_text(encoding="utf-8")) for path in code if path.name != "settings.py")


def test_env_example_says_the_same():
    assert ENV_EXAMPLE.read_text(encoding="utf-8") == env_example(), "python -m tests.test_settings writes it anew"


def test_env_example_with_every_line_in_force_is_the_defaults(settings, tmp_path):
    active = re.sub(r"^# (?=[A-Z_]+=)", "", env_example(), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(active, encoding="utf-8")
    assert load_settings() == settings


def test_readme_says_the_same():
    tables = README_TABLE.findall(README.read_text(encoding="utf-8"))
    assert tables == [readme_table()], "python -m tests.test_settings writes it anew"


class TestStreamlitConfig:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    def test_upload_limit_is_that_of_the_larger_kind_of_file(self, settings):
        assert self.config["server"]["maxUploadSize"] == max(settings.max_file_mb, settings.max_clip_mb)

    def test_nothing_is_reported_home(self):
        assert self.config["browser"]["gatherUsageStats"] is False

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_colours_reach_wcag_aa(self, mode):
        theme = self.config["theme"][mode]
        primary, ground, raised, text = (
            theme[name] for name in ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor")
        )
        pairs = [
            (primary, ground),  # a chosen tab
            (primary, mixed(primary, ground, 0.1)),  # a chosen pill
            (primary, raised),  # a slider's value, in the sidebar
            (text, ground),
            (text, raised),
            (mixed(text, ground, 0.6), ground),  # a caption
            (mixed(text, raised, 0.6), raised),
        ]
        assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio, 1 to 21, of two colours given as #rrggbb."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Lay a colour over another, as opaque as `share`."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(share * over + (1 - share) * under) for over, under in pairs).hex()


def relative_luminance(colour: str) -> float:
    encoded = [byte / 255 for byte in bytes.fromhex(colour[1:])]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in encoded)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


if __name__ == "__main__":
    ENV_EXAMPLE.write_text(env_example(), encoding="utf-8")
    if README.exists():
        text = README.read_text(encoding="utf-8")
        README.write_text(README_TABLE.sub(lambda _: readme_table(), text), encoding="utf-8")
