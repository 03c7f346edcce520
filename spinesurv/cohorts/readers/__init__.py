"""Readers: one per format. Each gives cells as text and, beside them, what the file itself says about codes and gaps."""

from collections.abc import Callable
from pathlib import Path

from spinesurv.cohorts.readers.cbioportal import read_cbioportal
from spinesurv.cohorts.readers.columnar import read_columnar
from spinesurv.cohorts.readers.content import Check, Content, sha256
from spinesurv.cohorts.readers.labelled import read_labelled
from spinesurv.cohorts.readers.mcode import read_mcode
from spinesurv.cohorts.readers.omop import read_omop
from spinesurv.cohorts.readers.options import ReadOptions
from spinesurv.cohorts.readers.rds import read_rds
from spinesurv.cohorts.readers.redcap import read_redcap
from spinesurv.cohorts.readers.text import read_text
from spinesurv.cohorts.readers.workbook import read_workbook

#: format -> reader of (path, options, opening words of a message)
READERS: dict[str, Callable[[Path, ReadOptions, str], Content]] = {
    "csv": read_text,
    "tsv": read_text,
    "xlsx": read_workbook,
    "sav": read_labelled,
    "dta": read_labelled,
    "sas7bdat": read_labelled,
    "xpt": read_labelled,
    "parquet": read_columnar,
    "feather": read_columnar,
    "rds": read_rds,
    "cbioportal": read_cbioportal,
    "redcap": read_redcap,
    "omop": read_omop,
    "mcode": read_mcode,
}

#: ending of a file -> format
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".sav": "sav", ".zsav": "sav", ".dta": "dta",
    ".sas7bdat": "sas7bdat", ".xpt": "xpt", ".parquet": "parquet", ".feather": "feather", ".rds": "rds", ".rdata": "rds", ".rda": "rds", ".sqlite": "omop", ".ndjson": "mcode", ".json": "mcode",
}  # fmt: skip

__all__ = ["READERS", "SUFFIXES", "Check", "Content", "ReadOptions", "sha256"]
