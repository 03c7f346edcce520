"""The manifest: with what, from what, and how long, so that a run can be repeated and compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from spinesurv import __version__
from spinesurv.errors import InputError

PACKAGES = (
    "numpy", "scipy", "pandas", "scikit-learn", "xgboost-cpu", "xgboost", "matplotlib", "joblib",
    "threadpoolctl", "jinja2",
)  # fmt: skip

PRIVATE = "private"


def build_manifest(
    *,
    command: Sequence[str],
    study: Mapping[str, Any],
    data_hash: str,
    seeds: Mapping[str, int],
    folder: Path,
    files: Iterable[Path],
    minutes: float,
) -> dict[str, Any]:
    """What is needed to run a study again and to compare the results.

    Parameters
    ----------
    command : the words of the command line; of a path outside the working folder only the name is kept
    study : the resolved study, all defaults filled in
    data_hash : of the tables that were read
    seeds : what for -> seed
    folder : folder of the results
    files : files in it, absolute or relative to it; those under `private/` are left out
    minutes : how long the run took; the only entry that differs between two equal runs

    Returns
    -------
    dict
        Ready for JSON. Holds no absolute path, no name of a user or machine.

    Raises
    ------
    InputError
        A file lies outside the folder or is not there.
    """
    return {
        "spinesurv": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": package_versions(),
        "command": " ".join(_without_folder(word) for word in command),
        "seeds": {str(k): int(v) for k, v in sorted(seeds.items())},
        "study_sha256": hashlib.sha256(_canonical(study)).hexdigest(),
        "data_hash": data_hash,
        "files": _hashes(folder, files),
        "minutes": round(float(minutes), 2),
    }


def manifest_json(manifest: Mapping[str, Any]) -> str:
    """The manifest as text: sorted keys, always the same for the same content."""
    return json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def package_versions() -> dict[str, str]:
    """Versions of the packages that numbers and pages depend on, as far as installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def file_sha256(path: Path) -> str:
    """Hash of the bytes of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _canonical(study: Mapping[str, Any]) -> bytes:
    return json.dumps(study, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8")


def _hashes(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    found = {}
    for file in files:
        path = file if file.is_absolute() else folder / file
        try:
            name = path.resolve().relative_to(folder.resolve()).as_posix()
        except ValueError:
            raise InputError(f"manifest: {path.name} lies outside the folder of the results.") from None
        if name.split("/")[0] == PRIVATE:
            continue
        if not path.is_file():
            raise InputError(f"manifest: {name} was listed as written, but it is not there.")
        found[name] = file_sha256(path)
    return dict(sorted(found.items()))


def _without_folder(word: str) -> str:
    option, equals, value = word.partition("=")
    if equals and option.startswith("-"):
        return option + equals + _without_folder(value)
    if PurePosixPath(word).is_absolute() or word.startswith("~"):
        return PurePosixPath(word).name
    if PureWindowsPath(word).drive or word.startswith("\\"):
        return PureWindowsPath(word).name
    return word
