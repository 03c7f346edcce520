"""The files of a check: audit.json and audit.html to share, patients.csv and refused.csv to keep private."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv import __version__, units
from spinesurv.cohorts.audit.findings import BLOCKS, NEEDS_AN_ANSWER, SEVERITIES, Finding, by_subject
from spinesurv.cohorts.audit.outcome import follow_up_by_site
from spinesurv.cohorts.audit.status import status_by_site
from spinesurv.cohorts.audit.whole import refusal_finding
from spinesurv.cohorts.external import find_table
from spinesurv.cohorts.first_look import FirstLook, first_look
from spinesurv.cohorts.import_table import Imported, import_table
from spinesurv.cohorts.mapping.mapping import Mapping
from spinesurv.cohorts.mapping.read_mapping import read_mapping
from spinesurv.cohorts.readers import ReadOptions, sha256
from spinesurv.core.codebook import codebook
from spinesurv.core.tables import write_table, write_text
from spinesurv.errors import InputError

REFUSED, BLOCKED, READ = "refused", "blocked", "read"


def check_table(path: str | Path, *, mapping: str | Path | Mapping | None = None, out: str | Path) -> Path:
    """Import a table, write what was found, and return the path of the page to read.

    Where it is refused, or has no outcome under the names of the codebook, the raw table is looked at as it stands (`first_look`).

    Raises
    ------
    InputError
        The table is refused as a whole. audit.json and audit.html are written before that.
    """
    found, _ = checked(path, mapping=mapping, out=out)
    if isinstance(found, InputError):
        raise found
    return Path(out) / "audit.html"


def checked(
    path: str | Path, *, mapping: str | Path | Mapping | None = None, out: str | Path
) -> tuple[Imported | InputError, FirstLook]:
    """The import of a table or the error that refused it, and what the raw table shows; the files of the check are written."""
    look = FirstLook([], [])
    try:
        found: Imported | InputError = import_table(path, mapping=mapping)
    except InputError as error:
        found = error
    if isinstance(found, InputError) or (found.mapping.name is None and not found.mapping.outcome_columns):
        look = _raw(Path(path), mapping)
    write_check(found, out, path=path, raw=look)
    return found, look


def _raw(path: Path, mapping: str | Path | Mapping | None) -> FirstLook:
    """What the table shows although it was refused; nothing where it cannot be read as a table."""
    try:
        rules = None
        if mapping is not None or path.suffix.lower() == ".toml":
            rules = mapping if isinstance(mapping, Mapping) else read_mapping(mapping or path)
            if rules.file and mapping is None:
                path = find_table(rules.file, path.parent)
        options = rules.options if rules else ReadOptions()
        return first_look(path, sheet=options.sheet, dictionary=options.dictionary)
    except InputError:
        return FirstLook([], [])


def write_check(
    found: Imported | InputError,
    out_dir: str | Path,
    *,
    path: str | Path | None = None,
    raw: FirstLook | None = None,
) -> Path:
    """Write audit.json, audit.html, private/patients.csv, refused.csv and gaps.csv; returns the path of audit.html.

    Parameters
    ----------
    found : an import, or the error that refused the table: then only the two audit files are written
    out_dir : folder of the results; made when it is not there
    path : the table or mapping file that was refused, to name and hash it
    raw : what the table shows as it stands, where it was refused or nothing in it is mapped

    Notes
    -----
    The audit files hold counts, names of columns, codes that the mapping file names, and names of sites, never
    a patient's value. The same table and mapping give the same bytes.
    """
    out = Path(out_dir)
    look = raw or FirstLook([], [])
    content = _refused_content(found, path, look) if isinstance(found, InputError) else _content(found, look)
    write_pages(content, out)
    for name in ("patients.csv", "refused.csv", "gaps.csv"):
        # files of an earlier check of the same folder would belong to other rows
        (out / "private" / name).unlink(missing_ok=True)
    if not isinstance(found, InputError):
        write_table(_written(found.canonical), out / "private" / "patients.csv")
        write_table(found.refused, out / "private" / "refused.csv")
        write_table(found.gaps, out / "private" / "gaps.csv")
    return out / "audit.html"


def write_pages(content: dict[str, Any], out: Path) -> None:
    """Write audit.json and audit.html of one content."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(text + "\n", out / "audit.json")
    write_text(_page(content), out / "audit.html")


def _written(canonical: pd.DataFrame) -> pd.DataFrame:
    first = [name for name in ("site", "patient_id", "time_days", "event") if name in canonical]
    return canonical[first + [name for name in canonical.columns if name not in first]]


def frame(findings: list[Finding], status: str) -> dict[str, Any]:
    """What every audit holds: status, findings, questions, versions."""
    return {
        "status": status,
        "findings": [finding.described() for finding in findings],
        "questions": [f"{f.what} {f.do}" for f in findings if f.severity == NEEDS_AN_ANSWER],
        "versions": {
            "spinesurv": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "pandas")},
        },
    }


def _refused_content(error: InputError, path: str | Path | None, look: FirstLook) -> dict[str, Any]:
    file: dict[str, Any] = {"name": Path(path).name if path else None, "sha256": None}
    if path is not None and Path(path).exists():
        file["sha256"] = sha256(Path(path))
    shown = {"file": file, "error": str(error), "taken_as": look.taken}
    return frame([refusal_finding(error), *look.findings], REFUSED) | shown


def _content(found: Imported, look: FirstLook) -> dict[str, Any]:
    table, mapping = found.table, found.mapping
    told = {(finding.rule, finding.column) for finding in found.audit}
    findings = [*found.audit, *(f for f in look.findings if (f.rule, f.column) not in told)]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    blocked = any(finding.severity == BLOCKS for finding in findings)
    return frame(findings, BLOCKED if blocked else READ) | {
        "taken_as": look.taken,
        "file": {
            "name": table.name,
            "sha256": table.sha256,
            "rows": len(table),
            "columns": list(table.columns),
            "format": table.options.format,
            "delimiter": table.options.delimiter,
            "decimal": table.options.decimal,
            "encoding": table.options.encoding,
            "sheet": table.options.sheet,
            "reader": table.content.reader or f"spinesurv {__version__}",
            "further": [{"name": p.name, "sha256": sha256(p)} for p in table.content.further],
            "checks": [asdict(check) for check in table.content.checks],
        },
        "mapping": mapping.described(),
        "time_zero": mapping.time_zero if mapping.outcome_columns else None,
        "units": _units(mapping),
        "attrition": records(found.attrition),
        "trail": records(found.trail),
        "emptied": records(found.problems),
        "follow_up": records(follow_up_by_site(found.cohort)),
        "status_at_days": records(status_by_site(found.cohort)),
        "missing_reasons": records(_reasons(found)),
        "missing": records(found.missing),
    }


def _reasons(found: Imported) -> pd.DataFrame:
    """column, site, reason, count of the gaps with a stated reason."""
    return found.gaps.groupby(["column", "site", "reason"], sort=False).size().rename("count").reset_index()


def _units(mapping: Mapping) -> list[dict[str, Any]]:
    """Unit of every numeric column, canonical unit and factor, and whether the mapping or the codebook decided."""
    rows = [(rule.key, rule.from_, rule.unit, rule.factor) for rule in mapping.columns if rule.from_]
    if mapping.outcome and mapping.outcome.time:
        time = mapping.outcome.time
        rows.append(("time_days", time.from_, time.unit if mapping.name else None, time.factor))
    return [
        {
            "column": key,
            "from": source,
            "unit": unit or codebook()[key].unit,
            "canonical": codebook()[key].unit,
            "factor": factor,
            "decided_by": "mapping file" if unit else "codebook: no other unit was stated",
        }
        for key, source, unit, factor in rows
        if codebook()[key].unit is not None
    ]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, gaps as None, numbers with 12 significant digits."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.integer):
            return int(value)
        if isinstance(value, float | np.floating):
            return None if np.isnan(value) else float(f"{value:.12g}")
        return value

    return [{str(k): plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _page(content: dict[str, Any]) -> str:
    from jinja2 import Environment, StrictUndefined

    source = files("spinesurv.cohorts").joinpath("templates", "audit.html").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["by_subject"] = by_subject
    return environment.from_string(source).render(audit=content, days_per_month=units.DAYS_PER_MONTH) + "\n"
