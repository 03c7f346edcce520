"""Point scores of every row of a table (`spinesurv score`), and what the choices behind a score move (`spinesurv variants`)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from spinesurv.core import codebook
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.errors import InputError
from spinesurv.study.row_file import check_ending, write_rows

if TYPE_CHECKING:
    from spinesurv.cohorts import Imported


def write_scores(
    table: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    keys: Sequence[str] | None = None,
    items: bool = False,
    totals: Mapping[str, str] | None = None,
) -> str:
    """Score a table and write one row per input row, in its order; returns what to tell the user.

    Parameters
    ----------
    table, mapping : what to read
    out : csv or xlsx file
    keys : scores, variants as `key.variant`, or definition files; None = all that are computed, provisional ones included
    items : also the points of each item
    totals : score -> column of the table with totals that a user has worked out, for their groups

    Raises
    ------
    InputError
        The table cannot be read, a score is unknown or not computed, or `out` is neither csv nor xlsx.
    """
    from spinesurv.cohorts import import_table
    from spinesurv.scores import ProvisionalScoreWarning, check_known, score_table

    check_ending(out)
    for key in (*(keys or ()), *(totals or {})):
        check_known(key, "--scores" if key in (keys or ()) else "--totals")
    imported = import_table(table, mapping=mapping)
    patients = _with_population(imported)
    wanted = None if keys is None and not totals else list(keys or ())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ProvisionalScoreWarning)
        scored = score_table(patients, wanted, items=items)
    for key, column in (totals or {}).items():
        scored = _with_given(scored, patients, key, column)
    write_rows(scored, out)
    notes = [_emptied(row) for row in imported.problems.to_dict("records")]
    notes += [f"note: {w.message}" for w in caught if issubclass(w.category, ProvisionalScoreWarning)]
    return "\n".join([*dict.fromkeys(notes), _told(scored, out)])


def _with_population(imported: Imported) -> pd.DataFrame:
    """Every patient; a 0 that puts one outside the population stands again, so that scores say so and give no total."""
    from spinesurv.cohorts.harmonise.harmonise import OUTSIDE_THE_POPULATION

    patients = imported.everyone.patients
    for column, reason in OUTSIDE_THE_POPULATION.items():
        gaps = imported.gaps[(imported.gaps["column"] == column) & (imported.gaps["reason"] == reason)]
        if len(gaps):
            who = patients.index.isin(pd.MultiIndex.from_frame(gaps[PATIENT_KEY]))
            patients = patients.assign(**{column: patients[column].mask(who, 0)})
    return patients


def _with_given(scored: pd.DataFrame, patients: pd.DataFrame, key: str, column: str) -> pd.DataFrame:
    """A total that a user has worked out, beside its group."""
    from spinesurv.scores import classify

    if column not in patients.columns:
        raise InputError(f"--totals {key}={column}: the table has no column {column!r}.")
    total = pd.to_numeric(patients[column], errors="coerce")
    wrong = int((total.isna() & patients[column].notna()).sum())
    if wrong:
        raise InputError(f"--totals {key}={column}: {wrong} of {len(total)} values are not numbers.")
    group = classify(key, total.to_numpy(dtype=float))
    return scored.assign(
        **{f"{key}_total": total.to_numpy(dtype=float), f"{key}_group": group.array, f"{key}_source": "given"}
    )


def _emptied(problem: Mapping[Any, Any]) -> str:
    """Cells that could not be used, in words."""
    allowed = codebook()[problem["column"]].allowed if problem["column"] in codebook() else ""
    return (
        f"note: column {problem['column']}: {problem['count']} of {problem['of']} cells are empty now, "
        f"{problem['rule'].replace('_', ' ')}{f' (allowed: {allowed})' if allowed else ''}. {problem['hint']}"
    ).strip()


def _told(scored: pd.DataFrame, out: Path) -> str:
    totals = [c for c in scored.columns if c.endswith("_total")]
    known = [f"{c.removesuffix('_total')} {int(scored[c].notna().sum())}" for c in totals]
    return f"{len(scored)} rows; with a total: {', '.join(known)}\n{out}"


def variants_text(key: str, table: Path, *, mapping: Path | None = None, out: Path | None = None) -> str:
    """How many patients of a table each choice behind a score moves; also written where `out` is given.

    Raises
    ------
    InputError
        The table cannot be read, the score is unknown or not computed, or `out` is neither csv nor xlsx.
    """
    from spinesurv.cohorts import import_table
    from spinesurv.scores import ProvisionalScoreWarning, check_known, compare_variants, load_definition

    if out is not None:
        check_ending(out)
    check_known(key, "variants")
    patients = _with_population(import_table(table, mapping=mapping))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProvisionalScoreWarning)
        moved = compare_variants(key, patients)
    if out is not None:
        write_rows(moved, out)
    if moved.empty:
        return f"{key}: nothing can be chosen; it has no variants and no options."
    definition = load_definition(key)
    default = next((v.note for v in definition.variants.values() if v.default), "")
    lines = [f"{definition.label} ({definition.key}), {len(patients)} patients"]
    lines += [f"default: {default}"] if default else []
    for row in moved.to_dict("records"):
        share = f"{100 * row['total_moved'] / row['patients']:.1f} %" if row["patients"] else "none"
        lines += [
            "",
            f"{row['choice']}: {row['what']}",
            f"  total moves in {row['total_moved']} of {row['patients']} patients ({share}), group in {row['group_moved']}",
        ]
        if row["total_moved"]:
            lines.append(
                f"  change of the total: mean {row['mean_change']:+.2f}, largest {row['largest_change']:+g}"
            )
        if row["gained"] or row["lost"]:
            lines.append(f"  {row['gained']} patients gain a total, {row['lost']} lose it")
    return "\n".join([*lines, *([str(out)] if out is not None else [])])
