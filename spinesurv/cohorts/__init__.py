"""The outside world becomes a Cohort: raw table -> mapping -> harmonised columns -> patients, with an audit.

Read in this order: `read_table.py` and `readers/` (text as it stands), `mapping/` (what the columns mean), `harmonise/` and
`codings/` (canonical columns, with a trail; `cells.py` reads one cell), `import_table.py` (who is in), `audit/` (what a person must answer),
`proposal/` (a mapping proposed) and `first_look.py` (a table that nobody has mapped), `pooling.py` (several tables), `write_check.py` and
`check_tables.py` (the files of a check), `template/` (a table to fill in). `progress.py` shows how far a long import is; `grouping.py` joins small sites; `read_predictions.py` reads
predictions that somebody made, `lesion_rows.py` tables of lesions; `synthetic/` makes patients who never lived.
"""

from collections.abc import Callable

from spinesurv.cohorts.audit.findings import Finding
from spinesurv.cohorts.check_tables import check_tables
from spinesurv.cohorts.grouping import group_small_sites
from spinesurv.cohorts.import_table import Imported, import_table, read_cohort
from spinesurv.cohorts.lesion_rows import read_lesions
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.mapping.read_mapping import read_mapping
from spinesurv.cohorts.pooling import pooling_findings, read_cohorts
from spinesurv.cohorts.read_predictions import ImportedFile, ReadPredictions, read_imported, read_predictions
from spinesurv.cohorts.read_table import RawTable, read_table
from spinesurv.cohorts.readers import ReadOptions
from spinesurv.cohorts.synthetic import load_demo, make_cohort, write_synthetic
from spinesurv.cohorts.write_check import check_table, write_check
from spinesurv.core import Cohort

#: name -> function that gives the cohort
COHORTS: dict[str, Callable[..., Cohort]] = {
    "demo": load_demo,
    "synthetic": make_cohort,
}

__all__ = [
    "COHORTS",
    "Finding",
    "Imported",
    "ImportedFile",
    "Mapping",
    "RawTable",
    "ReadOptions",
    "ReadPredictions",
    "check_table",
    "check_tables",
    "group_small_sites",
    "import_table",
    "load_demo",
    "make_cohort",
    "pooling_findings",
    "read_cohort",
    "read_cohorts",
    "read_imported",
    "read_lesions",
    "read_mapping",
    "read_predictions",
    "read_table",
    "write_check",
    "write_synthetic",
]
