"""Files that R wrote (written_by_r.R), kept as text: name -> gzip as base64.

python -m tests.cohorts.readers.written_by_r FOLDER      packs the files of a folder
"""

from __future__ import annotations

import base64
import gzip
import json
import sys
from pathlib import Path

KEPT = Path(__file__).with_suffix(".json")


def unpacked(folder: Path, name: str) -> Path:
    """One of the files, in a folder of the test."""
    path = folder / name
    path.write_bytes(content(name))
    return path


def content(name: str) -> bytes:
    return gzip.decompress(base64.b64decode(json.loads(KEPT.read_text(encoding="utf-8"))[name]))


def pack(folder: Path) -> None:
    files = {
        path.name: base64.b64encode(gzip.compress(path.read_bytes(), mtime=0)).decode()
        for path in sorted(folder.iterdir())
    }
    KEPT.write_text(json.dumps(files, indent=0) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
