"""Files that were broken on purpose: is each read right, or refused with a reason, and never with a traceback?

    python -m benchmarks.corrupted_files --size ci|full [--seed 11]

A clean table is written in every format that can be written here, then spoilt: cells replaced by what hospitals write,
rows and columns doubled or dropped, bytes flipped, left out, put in, the end cut off. Of each file is asked: one clear
sentence or a cohort; rows in = patients + refused rows; and where only cells of a text file were replaced, every other cell is as in
the clean table, and a replaced one is as it was written, empty with a count, or changed with an entry of the trail. Size ci spoils 300
files, size full 10,000; it writes benchmarks/results/corrupted_files.csv and ends with code 1 where one file fails.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.kept import RESULTS, commit
from spinesurv.cohorts import Imported, ReadOptions, import_table
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.read_table import read_table
from spinesurv.core.tables import write_table
from spinesurv.errors import InputError

FILES = {"ci": 300, "full": 10_000}
CLEAN = {
    "patient_id": ["001", "002", "003", "004", "005", "006"],
    "site": ["north", "north", "north", "south", "south", "south"],
    "time_days": ["10", "200", "0", "400", "33.5", "77"],
    "event": ["1", "0", "1", "0", "1", "0"],
    "age": ["61", "70.5", "55", "48", "81", "66"],
    "sex": ["female", "male", "male", "female", "female", "male"],
    "ecog": ["2", "0", "3", "1", "", "4"],
    "albumin": ["3.1", "4", "2.8", "", "3.3", "3.9"],
    "bone_mets": ["yes", "no", "", "yes", "no", "yes"],
    "index_date": ["2019-03-04", "2020-01-01", "", "2018-12-31", "2016-02-29", "2021-06-15"],
    "note": ["a", "", "b, c", "d", "", "e"],
}  # fmt: skip
CELLS = (
    "", " ", "NA", "N/A", ".", "-", "?", "unknown", "-99", "999", "1e999", "nan", "inf", "-1", "<5", ">100", "12.1*", "3.2H",
    "3,8", "8.200", "38 g/L", "5 stone", "2019-02-30", "9999-12-31", "03/04/2019", "43528", "ja", "１２", "٣", "female ", "FEMALE", "0",
    "1", "2", "5", "true", '"', "''", "=1+1", "#N/A", "Quetzalcoatl", "a\nb", "\u200b", "x" * 500, "100000000000000000000",
)  # fmt: skip
#: rules of the trail that say that a cell was changed on purpose
_SAYS = ("unit in the cell", "limit of the method", "mark behind", "declared missing", "code ", "rule ")


def main() -> int:
    """Spoil files, write what came of them, tell what failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(FILES), default="ci")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES[options.size]):
            kind, way, result, why = spoilt(Path(folder), options.seed * 1_000_003 + number)
            counts[kind, way, result] += 1
            if result == "failed":
                failed.append(f"file {number}, {kind}, {way}: {why}")
    rows = [(*key, n) for key, n in sorted(counts.items())]
    table = pd.DataFrame(rows, columns=["format", "spoilt", "result", "files"])
    table["seed"], table["size"], table["commit"] = options.seed, options.size, commit()
    print(table.to_string(index=False))
    print("\n".join(failed[:20]))
    if options.size == "full":
        write_table(table, RESULTS / "corrupted_files.csv")
    return 1 if failed else 0


def spoilt(folder: Path, seed: int) -> tuple[str, str, str, str]:
    """Format, way, result (read, refused or failed) and why, of one file that is spoilt by this seed."""
    chance = random.Random(seed)
    kind = chance.choice(list(WRITERS))
    path = folder / f"t.{kind}"
    way = chance.choice(("cells", "rows", "bytes"))
    table = pd.DataFrame(CLEAN, dtype=object)
    touched: set[tuple[int, str]] = set()
    if way == "cells":
        for _ in range(chance.randint(1, 4)):
            row, column = chance.randrange(len(table)), chance.choice(list(table.columns))
            table.loc[row, column] = chance.choice(CELLS)
            touched.add((row, column))
    elif way == "rows":
        table = _other_rows(table, chance)
    WRITERS[kind](table, path)
    if way == "bytes":
        path.write_bytes(_other_bytes(path.read_bytes(), chance))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module=r"(openpyxl|pyreadstat|pyarrow|zipfile).*")
        try:
            imported = import_table(path, mapping=rules_of(path))
        except InputError as error:
            message = str(error)
            clear = message.endswith(".") and "\n" not in message and "Quetzalcoatl" not in message
            return kind, way, "refused" if clear else "failed", message
        except Exception:  # what this check is for: anything else that comes out is a fault of ours
            return kind, way, "failed", traceback.format_exc(limit=-3)
    why = wrong(imported, table, touched if way == "cells" and kind in ("csv", "tsv") else None)
    return kind, way, "failed" if why else "read", why


def wrong(imported: Imported, table: pd.DataFrame, touched: set[tuple[int, str]] | None) -> str:
    """What is wrong with an import, "" where nothing is."""
    if imported.rows_in != len(imported.canonical) + len(imported.refused):
        return (
            f"{imported.rows_in} rows in, {len(imported.canonical)} patients, {len(imported.refused)} refused"
        )
    if touched is None or len(imported.table.cells) != len(table):
        return ""
    kept = ~imported.table.lines.isin(imported.refused["line"])
    rows = [row for row, stays in enumerate(kept) if stays]
    explained = imported.trail[imported.trail["rule"].str.startswith(_SAYS) & (imported.trail["count"] > 0)]
    emptied = imported.problems.groupby("column")["count"].sum()
    for at, row in enumerate(rows):
        for column in table.columns:
            if column not in imported.canonical:
                continue
            written, value = str(table.loc[row, column]).strip(), imported.canonical[column].iloc[at]
            text = "" if pd.isna(value) else str(value)
            if _same(written, text):
                continue
            # an outcome column can be emptied by its neighbour; everything else needs its own entry
            told = column in set(explained["column"]) or (text == "" and emptied.get(column, 0) > 0)
            if (row, column) not in touched or not told:
                return f"row {row}, column {column}: a value is changed without an entry in the trail"
    return ""


def _same(written: str, text: str) -> bool:
    try:
        return written == text or float(written) == float(text)
    except ValueError:
        words = {"true": "yes", "false": "no", "1": "yes", "0": "no", "1.0": "yes", "0.0": "no"}
        return text in (written, words.get(written.lower(), written), written.lower())


def _other_rows(table: pd.DataFrame, chance: random.Random) -> pd.DataFrame:
    """Rows or a column doubled, dropped, or in another order."""
    what = chance.choice(("double", "drop", "shuffle", "no column", "no rows"))
    if what == "double":
        return pd.concat([table, table.sample(1, random_state=chance.randrange(99))], ignore_index=True)
    if what == "drop":
        return table.drop(index=chance.randrange(len(table))).reset_index(drop=True)
    if what == "shuffle":
        return table.sample(frac=1, random_state=chance.randrange(99)).reset_index(drop=True)
    return table.drop(columns=chance.choice(list(table.columns))) if what == "no column" else table.head(0)


def _other_bytes(content: bytes, chance: random.Random) -> bytes:
    """Some bytes flipped, left out, put in, doubled, or the end cut off."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(content) + 1)
        what = chance.choice(("flip", "drop", "insert", "cut", "double"))
        piece = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        length = chance.randint(1, 40)
        content = {
            "flip": content[:at] + piece + content[at + len(piece) :],
            "drop": content[:at] + content[at + length :],
            "insert": content[:at] + piece + content[at:],
            "cut": content[:at],
            "double": content[: at + length] + content[at:],
        }[what]
    return content


def _text(delimiter: str) -> Callable[[pd.DataFrame, Path], None]:
    def write(table: pd.DataFrame, path: Path) -> None:
        table.to_csv(path, sep=delimiter, index=False, lineterminator="\n", encoding="utf-8")

    return write


def _workbook(table: pd.DataFrame, path: Path) -> None:
    table.map(lambda v: "".join(c for c in v if c.isprintable())).to_excel(path, index=False)


def _spss(table: pd.DataFrame, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_sav(table, str(path))


def _stata(table: pd.DataFrame, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_dta(table, str(path))


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _mcode(table: pd.DataFrame, path: Path) -> None:
    entries: list[dict[str, object]] = []
    for row in table.to_dict("records"):
        person = str(row.get("patient_id"))
        entries.append({"resourceType": "Patient", "id": person, "gender": row.get("sex")})
        about = {"subject": {"reference": f"Patient/{person}"}}
        code = {"code": {"coding": [{"code": "42"}]}}
        entries.append(
            {"resourceType": "Procedure", **about, **code, "performedDateTime": row.get("index_date")}
        )
        loinc = {"code": {"coding": [{"code": "1751-7"}]}, "valueQuantity": {"value": row.get("albumin")}}
        entries.append(
            {"resourceType": "Observation", **about, **loinc, "effectiveDateTime": row.get("index_date")}
        )
    path.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _text(","), "tsv": _text("\t"), "xlsx": _workbook, "sav": _spss, "dta": _stata, "parquet": _parquet, "ndjson": _mcode,
}  # fmt: skip


def rules_of(path: Path) -> Mapping | None:
    """Rules for a format that needs some; canonical columns need none."""
    if path.suffix != ".ndjson":
        return None
    zero = {"resource": "Procedure", "codes": ["42"]}
    options = ReadOptions("mcode", rules={"time_zero": zero})
    read_table(path, options)  # a file that cannot be read is refused here as it is in the import
    return Mapping(None, None, options)


if __name__ == "__main__":
    sys.exit(main())
