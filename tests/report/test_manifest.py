from __future__ import annotations

import getpass
import hashlib
import json
import platform
from pathlib import Path

import pytest

from spinesurv import __version__
from spinesurv.errors import InputError
from spinesurv.report import build_manifest, manifest_json


def made(folder, **changes):
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "private").mkdir(exist_ok=True)
    (folder / "tables" / "a.csv").write_bytes(b"x\n1\n")
    (folder / "private" / "predictions.csv.gz").write_bytes(b"secret")
    options = {
        "command": [
            "spinesurv",
            "run",
            "/home/somebody/studies/study.toml",
            "--out=/srv/data/out",
            "--jobs",
            "2",
        ],
        "study": {"study": {"name": "s", "seed": 1}},
        "data_hash": "tables:abc",
        "seeds": {"study": 1},
        "folder": folder,
        "files": [Path("tables/a.csv"), folder / "private" / "predictions.csv.gz"],
        "minutes": 1.2345,
    }
    return build_manifest(**{**options, **changes})


def test_what_a_repetition_needs(tmp_path):
    manifest = made(tmp_path)
    assert manifest["spinesurv"] == __version__
    assert manifest["python"] == platform.python_version()
    assert {"numpy", "pandas", "scipy", "scikit-learn"} <= set(manifest["packages"])
    assert manifest["seeds"] == {"study": 1} and manifest["data_hash"] == "tables:abc"
    assert manifest["files"] == {"tables/a.csv": hashlib.sha256(b"x\n1\n").hexdigest()}
    assert manifest["minutes"] == 1.23


def test_no_path_of_the_machine_and_no_name_of_a_user(tmp_path):
    manifest = made(tmp_path)
    assert manifest["command"] == "spinesurv run study.toml --out=out --jobs 2"
    text = manifest_json(manifest)
    for word in (str(tmp_path), str(Path.home()), "somebody", "/srv", platform.node()):
        assert word not in text
    if getpass.getuser() not in (
        "root",
        "runner",
    ):  # words that stand in versions and names of packages by chance
        assert getpass.getuser() not in text


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        (r"C:\Users\someone\study.toml", "study.toml"),
        (r"\\server\share\study.toml", "study.toml"),
        ("~/study.toml", "study.toml"),
        ("studies/study.toml", "studies/study.toml"),
        ("--size", "--size"),
    ],
)
def test_paths_of_other_systems(tmp_path, word, kept):
    assert made(tmp_path, command=[word])["command"] == kept


def test_the_hash_of_the_study_does_not_depend_on_the_order_of_its_keys(tmp_path):
    one = made(tmp_path, study={"a": 1, "b": [1, 2]})["study_sha256"]
    assert one == made(tmp_path, study={"b": [1, 2], "a": 1})["study_sha256"]
    assert one != made(tmp_path, study={"a": 1, "b": [2, 1]})["study_sha256"]


def test_two_equal_runs_differ_in_their_minutes_only(tmp_path):
    first, second = made(tmp_path, minutes=1), made(tmp_path, minutes=2)
    assert {k for k in first if first[k] != second[k]} == {"minutes"}
    assert json.loads(manifest_json(first)) == first


def test_a_file_that_is_not_there_or_elsewhere_is_refused(tmp_path):
    with pytest.raises(InputError, match="not there"):
        made(tmp_path, files=[Path("tables/b.csv")])
    with pytest.raises(InputError, match="outside the folder"):
        made(tmp_path, files=[Path("../x.csv")])
