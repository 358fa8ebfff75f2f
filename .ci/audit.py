"""Fail for packages with known vulnerabilities; where the advisories cannot be reached, say so and pass."""

import json
import subprocess
import sys

LIMIT_S = 120


def main() -> str | int:
    """Return what to exit with: a sentence for each vulnerability, or 0."""
    # As installed by this project: pip itself, which a new environment brings along, is none of it.
    installed = subprocess.run([sys.executable, "-m", "pip", "freeze"], stdout=subprocess.PIPE, check=True).stdout
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--requirement", "/dev/stdin"]
    command += ["--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, input=installed, capture_output=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return not_audited(f"no answer within {LIMIT_S} seconds")
    if not done.stdout.strip():
        return not_audited(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    packages = json.loads(done.stdout)["dependencies"]
    asked = [package for package in packages if "vulns" in package]
    if not asked:
        return not_audited(packages[0]["skip_reason"])
    print(f"{len(asked)} of {len(packages)} packages audited")
    known = [
        f"{package['name']} {package['version']}: {found['id']}, fixed in {found['fix_versions']}"
        for package in asked
        for found in package["vulns"]
    ]
    return "\n".join(known) or 0


def not_audited(reason: str) -> int:
    print(f"packages not audited: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
