"""Decision systems on every row of a table, written to a file (`spinesurv decide`)."""

from __future__ import annotations

import io
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.tables import write_text
from spinesurv.decisions import Integrated, integrate
from spinesurv.errors import InputError

ENDINGS = (".csv", ".xlsx", ".json")


def write_decisions(
    table: Path, out: Path, *, mapping: Path | None = None, cards: bool = False, **options: Any
) -> str:
    """Look every lesion of a table up in the decision systems and write one row per input row, in its order.

    Parameters
    ----------
    table, mapping : as `read_lesions` takes them
    out : csv (the statement of research use and the options stand in lines that begin with #), xlsx (on a second sheet) or
        json (everything, with reasons)
    cards : also a one-page card per patient in `private/cards/` beside `out`
    options : of `integrate`

    Returns
    -------
    str
        What to tell the user: counts, columns with cells that cannot be used, paths. No value of a patient.

    Raises
    ------
    InputError
        The table cannot be read, or `out` has another ending.
    """
    from spinesurv.cohorts import read_lesions

    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"--out {out.name}: a file ending in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} is expected."
        )
    lesions = read_lesions(table, mapping=mapping)
    found = integrate(lesions, **options)
    frame = found.to_frame()
    if ending == ".json":
        write_text(found.to_json(), out)
    elif ending == ".csv":
        write_text(csv_text(frame), out)
    else:
        _write_workbook(frame, out)
    told = [_counts(frame), *_unusable(found)]
    if cards:
        from spinesurv.study.cards import write_cards

        told.append(write_cards(found, out.parent / "private" / "cards"))
    return "\n".join([*told, str(out)])


def stated_lines(frame: pd.DataFrame) -> list[str]:
    """What an exported table of decisions carries: the statements, tables and options."""
    options = ", ".join(f"{name} = {value}" for name, value in frame.attrs["options"].items())
    return [
        frame.attrs["disclaimer"],
        frame.attrs["emergency_notice"],
        f"Tables: {frame.attrs['table'].removeprefix('decide ')}. Options: {options}.",
    ]


def csv_text(frame: pd.DataFrame) -> str:
    """The table as CSV behind lines that begin with #."""
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n")
    return "".join(f"# {line}\n" for line in stated_lines(frame)) + text.getvalue()


def _write_workbook(frame: pd.DataFrame, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with pd.ExcelWriter(out) as book:
        frame.to_excel(book, sheet_name="decisions", index=False)
        pd.DataFrame({"research use": stated_lines(frame)}).to_excel(book, sheet_name="about", index=False)


def _counts(frame: pd.DataFrame) -> str:
    status = frame["int_status"].value_counts(sort=False)
    return f"{len(frame)} rows; " + ", ".join(f"{name} {n}" for name, n in status.items())


def _unusable(found: Integrated) -> list[str]:
    """One line per column with cells that cannot be used: how many, what is allowed, the nearest names."""
    lines = []
    columns = [name for names in found.invalid for name in names]
    for name, n in pd.Series(columns, dtype=object).value_counts(sort=False).items():
        variable = codebook()[str(name)]
        rows = [name in names for names in found.invalid]
        written = {str(v) for v in found.lesions.loc[rows, str(name)].dropna()}
        near = [
            w for word in sorted(written) for w in get_close_matches(word, variable.levels, n=2, cutoff=0.6)
        ]
        hint = f" Nearest: {', '.join(dict.fromkeys(near))}." if near else ""
        lines.append(
            f"column {name}: not usable in {n} of {len(found.invalid)} rows (no such value, or at odds with other rows of "
            f"the same patient); their status is invalid_input.{hint} Allowed: {variable.allowed}."
        )
    return lines
