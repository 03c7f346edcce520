"""What kind of file it is by its first bytes, where the ending does not say it or says something else."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from spinesurv.errors import InputError

#: first bytes of an old workbook, and of any that is locked with a password
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_HEAD = 4096
#: first bytes -> format that is read
_FORMATS = {
    b"$FL2": "sav", b"$FL3": "sav", b"PAR1": "parquet", b"ARROW1": "feather", b"FEA1": "feather", b"<stata_dta>": "dta",
    b"HEADER RECORD*******LIB": "xpt", b"SQLite format 3": "omop", b"RDX3": "rds", b"RDX2": "rds",
}  # fmt: skip
_SAS = bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_FHIR = re.compile(rb'\s*[{\[].*"resourceType"', re.DOTALL)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|head|body|meta)", re.IGNORECASE)
#: first bytes -> what the file is, and what to do
_OTHERS = {
    b"%PDF": ("a PDF", "Export the table itself as CSV or .xlsx."),
    b"{\\rtf": ("a text document", "Export the table itself as CSV or .xlsx."),
    b"\x1f\x8b": ("a compressed file", "Unpack it first."),
    b"BZh": ("a compressed file", "Unpack it first."),
    b"\xfd7zXZ": ("a compressed file", "Unpack it first."),
    b"7z\xbc\xaf": ("a compressed file", "Unpack it first."),
    b"Rar!": ("a compressed file", "Unpack it first."),
    OLE: (
        "a workbook of Excel 97-2003, or one with a password",
        "Open it, and save it as .xlsx without a password.",
    ),
}


def format_of(path: Path) -> str | None:
    """The format that the content of a file, or the files of a folder, tell; None where they do not.

    Raises
    ------
    InputError
        It is a folder of cBioPortal, one of whose files must be named.
    """
    if path.is_dir():
        return _of_folder(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for first, chosen in _FORMATS.items():
        if head.startswith(first):
            return chosen
    if _SAS in head[:64]:
        return "sas7bdat"
    if head.startswith(_ZIP) and "xl/workbook.xml" in _parts(path.read_bytes()):
        return "xlsx"
    if head.startswith(b"#") and path.suffix.lower() == ".txt" and b"\nPATIENT_ID\t" in head:
        return "cbioportal"
    return "mcode" if _FHIR.match(head) else None


def refuse_other_kinds(content: bytes, where: str, *, workbook: bool = False) -> None:
    """Refuse what no reader of text or, for a `workbook`, no reader of workbooks can read, by its name.

    Raises
    ------
    InputError
        An old or locked workbook, another archive, a compressed file, a web page, a document.
    """
    for first, (what, do) in _OTHERS.items():
        if content.startswith(first):
            raise InputError(f"{where}: it is {what}. {do}")
    if _MARKUP.match(content[:_HEAD]):
        raise InputError(
            f"{where}: it is a web page or XML, as some systems write it under the ending .xls. Open it in a spreadsheet program, "
            "and save it as .xlsx or CSV."
        )
    if content.startswith(_ZIP):
        parts = _parts(content)
        if "xl/workbook.xml" in parts and workbook:
            return
        what = "a workbook (.xlsx)" if "xl/workbook.xml" in parts else "an archive"
        if "xl/workbook.bin" in parts:
            what = "a binary workbook (.xlsb)"
        elif "content.xml" in parts:
            what = "a sheet of OpenDocument (.ods)"
        elif any(part.startswith("word/") for part in parts):
            what = "a Word document"
        do = (
            "Unpack it first."
            if what == "an archive"
            else "Save the table as .xlsx or CSV, under that ending."
        )
        raise InputError(f"{where}: it is {what}. {do}")


def _parts(content: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return {"xl/workbook.xml"}  # broken: the reader of workbooks says so


def _of_folder(path: Path) -> str | None:
    names = {file.name.lower() for file in path.iterdir()}
    if "person.csv" in names:
        return "omop"
    if any(name.startswith("data_clinical") for name in names):
        raise InputError(
            f"table {path.name}: it is a folder of cBioPortal. Name its file of patients (data_clinical_patient.txt), and its samples "
            "in [table] of the mapping file."
        )
    return "mcode" if any(name.endswith((".ndjson", ".json")) for name in names) else None
