"""How a file is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read; None = from the file name.

    Parameters
    ----------
    format : a key of READERS
    delimiter : what separates cells; comma for csv, tab for tsv
    decimal : "." or ",", never guessed
    thousands : sign between groups of three digits, never guessed; None = there is none
    encoding : of a text file; a byte-order mark of UTF-8 is accepted
    sheet : of a workbook; needed where there are several
    numbers_as_names : columns may be named by numbers; else a first line of numbers is taken for data and refused
    dictionary : second file that explains the first: REDCap data dictionary, SAS catalogue of value labels
    samples : cBioPortal sample file that goes with a patient file
    repeat : "first" or "last": which of several rows of a patient is taken, where a format has several
    events : REDCap events whose rows are joined, in this order; empty = all
    header : line (row of a sheet) that holds the names of the columns, counted from 1; None = the first one that is filled
    rules : settings of a format that gathers patients out of many rows (OMOP, mCODE)
    """

    format: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    encoding: str = "utf-8"
    sheet: str | None = None
    numbers_as_names: bool = False
    thousands: str | None = None
    dictionary: Path | None = None
    samples: Path | None = None
    repeat: str | None = None
    events: tuple[str, ...] = ()
    header: int | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
