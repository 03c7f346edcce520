"""A table of lesions as it is decided upon: one row per line of the file, cells as text, nothing refused or emptied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from spinesurv.cohorts.cells import dates, numbers, plain_code
from spinesurv.cohorts.harmonise.gaps import filled_text
from spinesurv.cohorts.harmonise.outcome import harmonise_key
from spinesurv.cohorts.harmonise.trail import Trail
from spinesurv.cohorts.import_table import opened
from spinesurv.cohorts.mapping.mapping import ColumnRule, Mapping
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import PATIENT_KEY


def read_lesions(path: str | Path, *, mapping: str | Path | Mapping | None = None) -> pd.DataFrame:
    """Read a table with one row per lesion; patients may repeat.

    Codes are recoded, units converted and declared missing codes emptied as the mapping says. What the codebook does not
    allow stays as it is written: whoever reads the row says that it cannot be used, and the other rows go on.

    Parameters
    ----------
    path : the table; or a mapping file (.toml) that names its table
    mapping : mapping file; None where the columns carry the names of the codebook

    Returns
    -------
    DataFrame
        site, patient_id and every mapped variable, text, missing where empty, in the order of the file. No outcome.

    Raises
    ------
    InputError
        The file or the mapping is at fault, or there is no patient_id.
    """
    table, rules = opened(Path(path), mapping)
    rules.check_columns(table)
    key, _ = harmonise_key(table, rules, Trail())
    columns = {name: key[name] for name in PATIENT_KEY}
    columns |= {rule.key: _text(rule, table, rules) for rule in rules.columns}
    cells = pd.DataFrame(columns, index=table.index).astype(object)
    return cells.mask(cells == "", np.nan).reset_index(drop=True)


def _text(rule: ColumnRule, table: RawTable, rules: Mapping) -> pd.Series:
    """A column after the rule of its variable; a cell that the rule cannot read stays as it is."""
    if rule.from_ is None:
        return pd.Series(rule.value or "", index=table.index, dtype=object)
    text, _ = filled_text(table, rules, rule.from_, rule.missing, rule.reasons)
    recoded = text.map({v: rule.values.get(plain_code(v), v) for v in text.unique()})
    variable = codebook()[rule.key]
    if variable.kind == "date":
        day = dates(recoded, rule.patterns)
        return day.dt.strftime("%Y-%m-%d").astype(object).where(day.notna(), recoded)
    if variable.is_numeric:
        own = numbers(text.mask(recoded != text, ""), table.options.decimal) * rule.factor
        return own.map(lambda v: f"{v:.12g}", na_action="ignore").astype(object).where(own.notna(), recoded)
    return recoded
