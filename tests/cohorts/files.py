"""Small tables and mapping files, written by the test that needs them."""

from __future__ import annotations

from pathlib import Path

#: values planted into tables; none of them may appear in a message or in a file that is shared
CANARIES = ("987654", "Quetzalcoatl", "1913-02-27", "55.4321")

CANONICAL = """patient_id,site,time_days,event,age,sex,albumin,ecog
1,north,10,1,61,female,3.1,2
2,north,200,0,70,male,4.0,0
1,south,0,1,55,male,2.8,3
2,south,400,0,48,female,,1
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def mapped(folder: Path, table: str, mapping: str) -> Path:
    """A table and the mapping file that names it; the path of the mapping file."""
    write(folder, "raw.csv", table)
    return write(folder, "raw.toml", '[table]\nfile = "raw.csv"\n' + mapping)


def one_clear_sentence(message: str) -> None:
    """A message for people: no traceback, one paragraph, no canary."""
    assert "Traceback" not in message
    assert 'File "' not in message
    assert "\n" not in message
    assert message.endswith((".", "?"))
    assert not [value for value in CANARIES if value in message]
