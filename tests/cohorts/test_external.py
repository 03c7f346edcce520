"""A table that stands elsewhere is found by its name, and a missing one says where it was looked for."""

from __future__ import annotations

import pytest

from spinesurv.cohorts import import_table
from spinesurv.errors import InputError
from tests.cohorts.files import CANONICAL, one_clear_sentence, write

MAPPING = '[table]\nfile = "trial/a.csv"\n[outcome]\ntime = "time_days"\nevent = "event"\n'


@pytest.fixture
def mapping(tmp_path, monkeypatch):
    """A mapping file in a folder of its own, run from a folder without tables, no variable set."""
    for name in ("study", "elsewhere/trial", "here/data/external/trial"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("SPINESURV_DATA", raising=False)
    return write(tmp_path / "study", "m.toml", MAPPING)


def test_the_environment_variable_goes_before_data_external(tmp_path, monkeypatch, mapping):
    write(tmp_path / "here/data/external/trial", "a.csv", CANONICAL)
    assert import_table(mapping).rows_in == 4
    write(tmp_path / "elsewhere/trial", "a.csv", CANONICAL + "9,north,3,1,50,male,,\n")
    monkeypatch.setenv("SPINESURV_DATA", str(tmp_path / "elsewhere"))
    assert import_table(mapping).rows_in == 5


def test_beside_the_mapping_file_goes_before_everything(tmp_path, mapping):
    write(tmp_path / "here/data/external/trial", "a.csv", CANONICAL)
    (tmp_path / "study/trial").mkdir()
    write(tmp_path / "study/trial", "a.csv", CANONICAL + "9,north,3,1,50,male,,\n")
    assert import_table(mapping).rows_in == 5


def test_an_absent_table_is_one_clear_line_and_a_named_one_needs_no_search(tmp_path, mapping):
    with pytest.raises(InputError, match=r"table trial/a\.csv: it is neither beside") as refusal:
        import_table(mapping)
    one_clear_sentence(str(refusal.value))
    assert import_table(write(tmp_path, "b.csv", CANONICAL), mapping=mapping).rows_in == 4
