"""What is installed for what: the library and its commands load no more than they say that they need."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from PIL import Image

from tests.programs import ROOT

LIBRARY = ROOT / "requirements-library.txt"
# Prints the packages of which something is loaded after a photo was rated.
LOADED = """
import sys
before = {*sys.modules}
from sqrt.__main__ import main
status = main(["rate", sys.argv[1]])
print("loaded:", *{name.partition(".")[0] for name in {*sys.modules} - before}, file=sys.stderr)
sys.exit(status)
"""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def listed(file: str) -> set[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {normal(line) for line in lines if line and not line.startswith(("#", "-"))}


def with_what_they_need(names: set[str]) -> set[str]:
    found, new = set(), names
    while new:
        found |= new
        needed = {normal(one) for name in new for one in requires(name) or [] if "extra ==" not in one}
        new = (needed & {normal(name) for names in packages_distributions().values() for name in names}) - found
    return found


def test_rating_a_file_loads_what_the_library_lists_and_no_more(astronaut, tmp_path, model_path, bare_settings):
    Image.fromarray(astronaut).save("selfie.jpg")
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "selfie.jpg"],
        env={"PYTHONPATH": str(ROOT), "FACE_MODEL_PATH": str(model_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.startswith("selfie.jpg")
    loaded = done.stderr.removeprefix("loaded:").split()
    owners = packages_distributions()
    packages = {normal(name) for module in loaded for name in owners.get(module, ())}
    assert {"numpy", "pillow", "opencv-python-headless", "pydantic"} <= packages
    assert packages - with_what_they_need(listed(LIBRARY.name)) == set()


@pytest.mark.parametrize("extra", ["archive", "turn", "test"])
def test_an_extra_lists_packages_that_there_are_and_nothing_of_the_rest(extra):
    dynamic = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["dynamic"]
    assert dynamic["dependencies"]["file"] == [LIBRARY.name]
    (file,) = dynamic["optional-dependencies"][extra]["file"]
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    # What pip reads of a file, and what setuptools does: no line refers to another file.
    wanted = [Requirement(line) for line in lines if not line.startswith("#")]
    assert wanted
    assert all(one.specifier for one in wanted)
    assert {normal(one.name) for one in wanted} & (listed(LIBRARY.name) | listed("requirements.txt")) == set()


def test_where_the_library_alone_is_there_to_serve_is_a_sentence(bare_settings):
    code = "import sys; sys.modules['streamlit'] = None; from sqrt.__main__ import main; sys.exit(main(['serve']))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr == "streamlit is not installed: the page and the API need what requirements.txt lists.\n"
