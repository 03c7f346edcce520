"""The report as one page: text, tables and pictures in a single file that opens without a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core.end_point import Words
from spinesurv.core.research_use import RESEARCH_USE
from spinesurv.core.tables import PROVISIONAL_MARK
from spinesurv.decisions import EMERGENCY
from spinesurv.errors import InputError
from spinesurv.figures.small_cells import count_or_dash, shown_count
from spinesurv.figures.wording import population_words
from spinesurv.report.accuracy_blocks import medians_block, rules_block
from spinesurv.report.blocks import (
    accuracy_block,
    coefficients_block,
    diagnostics_block,
    imputation_block,
    population_block,
    verdict_block,
)
from spinesurv.report.decision_block import decision_block
from spinesurv.report.inline_svg import inline_svg
from spinesurv.report.performance import (
    ACCURACY,
    PerformanceTable,
    contrast_tables,
    performance_tables,
    silences,
)
from spinesurv.report.subgroup_block import subgroup_block
from spinesurv.report.summary import PUBLISHED, ReportContent
from spinesurv.report.templating import page_environment
from spinesurv.units import HORIZON_DAYS

LARGEST_PAGE_BYTES = 8_000_000

#: columns of sites that fit beside each other on an upright A4 page
SITES_PER_TABLE = 6

_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s<>\"]*[^\s<>\".,;)\]])")

#: figures whose name starts so -> heading of the picture for those who cannot see it, caption; {w...}: words of the end point
CAPTIONS = {
    "survival": (
        "{w.curve} by site",
        "{w.curve} by site with 95 % bands. Under the axis: patients still at risk; <5 stands for one to "
        "four, – for a day after the end of a site's follow-up.",
    ),
    "scored": (
        "Share of patients that each system could score, by site",
        "Share and number of the patients of each site for whom a system had all inputs that it needs.",
    ),
    "score_groups": (
        "Groups of a point score, and their {w.learned}",
        "Patients in each group of the score, as recorded, and {w.curve} of the groups with 95 % bands. A group "
        "is known also without a total, where all possible totals lie in it; one of fewer than 5 patients is not shown. "
        "Under the axis: patients still at risk.",
    ),
    "imputation": (
        "Imputation: values filled in, and the settling of the chains",
        "Imputation with the outcome, as used for the patients learned from, shown on all patients of the study together; "
        "values are aggregates. The variables with most gaps; all are in tables/imputed_values.csv and imputation_trace.csv.",
    ),
    "forest": (
        "Forest plot",
        "Estimates with 95 % confidence intervals; the figures are those pooled over sites, those of each site stand in the table "
        "beside the picture. Diamond: pooled over sites. Thin line: 95 % prediction interval, where the measure is expected in "
        "a new site. Arrow heads: the interval goes on. Dashed line: the value of no information or of agreement.",
    ),
    "calibration": (
        "Calibration curves",
        "Observed against predicted risk of {w.event}, smoothed, with 95 % band; dashed: perfect agreement. Circles: tenths "
        "of the patients by predicted risk, {w.estimator} with 95 % interval. Bars: patients by predicted risk (max: the "
        "tallest bar; ×: one to four patients, not shown). All sites together. Why a panel has no curve: tables/curve_gaps.csv.",
    ),
    "auc_over_time": (
        "AUC over time",
        "Chance that a patient {w.had} by a day was ranked before one {w.against}, by each day, with pointwise 95 % "
        "intervals (each day by itself). All sites together. Black: the reference. A score as published ranks as the score "
        "itself and is not drawn again.",
    ),
    "decision": (
        "Decision curves",
        "Net benefit of acting on the predicted risk of {w.event}, by the risk at which one would act, with pointwise 95 % bands "
        "(each threshold by itself). All sites together. Grey: the other systems. A system is worth acting on where its curve lies above both "
        "treating all patients and treating nobody.",
    ),
    "differences": (
        "Paired differences to the reference",
        "System minus reference on the same patients, pooled over sites. Diamond: 95 % confidence interval, filled where it "
        "leaves out 0. Thin line: 95 % prediction interval for a new site. Arrow heads: the interval goes on.",
    ),
    "subgroups": (
        "Subgroups",
        "The same predictions in each subgroup, with 95 % intervals, all sites together. Dotted line and diamond: all patients. "
        "Beside the names: patients and {w.events} over all follow-up; a dash hides one to four, and what would give them "
        "away. Arrow heads: the interval goes on.",
    ),
    "nomogram": (
        "Nomogram",
        "For each predictor read the points above its value, add them up, and read survival under the total. Fitted on all "
        "judged patients of this study together: a picture of the model, not one of those judged above.",
    ),
}

#: figures whose patients are those shown first, whatever they had recorded
_OF_A_MEASURE = ("forest", "calibration", "auc_over_time", "decision", "differences", "subgroups")


#: sections whose figures all mean the same signs
_ALIKE = ("forest", "calibration", "decision", "differences", "subgroups")

_NAMES_SYSTEMS = (*_OF_A_MEASURE, "scored", "score_groups")


def render_html(content: ReportContent, figures: Mapping[str, str]) -> str:
    """The report as one HTML page.

    Parameters
    ----------
    content : what is told
    figures : name -> text of an SVG file; a name starts with one of `CAPTIONS` and so finds its section, any other
        stands at the end

    Returns
    -------
    str
        Self-contained, without JavaScript; the same content gives the same text.

    Raises
    ------
    InputError
        A picture is no plain drawing, or the page is larger than 8 MB.
    """
    from markupsafe import Markup

    environment = page_environment()
    environment.filters["doi"] = with_doi_links
    environment.filters["kept"] = with_kept_brackets
    environment.filters["short"] = lambda words: words.partition(":")[0]
    placed: dict[str, list[dict[str, Any]]] = {key: [] for key in [*CAPTIONS, "other"]}
    for name, svg in figures.items():
        section = next((key for key in CAPTIONS if name.startswith(key)), "other")
        title, caption = (text.format(w=content.words) for text in CAPTIONS.get(section, (name, "")))
        if name.startswith("score_groups_others"):
            caption = "The groups of the other scores, in small: patients of each group of 5 and more, as recorded, and their curves."
        if section in _ALIKE and placed[section]:
            caption = "Signs as under the first of these figures."
        if section in _OF_A_MEASURE and not placed[section]:
            caption += f" Population {population_words(content.headline)}."
        if (
            any(label.endswith(PROVISIONAL_MARK) for label in content.labels.values())
            and section in _NAMES_SYSTEMS
        ):
            caption += f" {PROVISIONAL_MARK}: provisional."
        drawing = Markup(inline_svg(svg, name=name, title=f"{title} ({name})"))
        placed[section].append({"name": name, "caption": caption, "drawing": drawing})
    first = content.performance["population"] == content.headline
    learned: dict[str, Any] = {"labels": content.labels, "reestimated": content.reestimated}
    measured = {
        "performance": _without_accuracy(performance_tables(content.performance[first], **learned), content),
        "recorded": _without_accuracy(performance_tables(content.performance[~first], **learned), content),
        "contrasts": contrast_tables(content.performance[first], reference=content.reference, **learned),
    }
    decisions = decision_block(content.decisions)
    page = environment.get_template("report.html").render(
        c=content,
        research_use=RESEARCH_USE,
        headline=headline(content),
        verdicts=verdict_block(content.verdicts, content.labels),
        populations=population_block(content.performance, content.headline, content.words),
        w=content.words,
        incidence=_incidence(content.incidence),
        status=_status(content.status),
        population=population_words(content.headline),
        accuracy=accuracy_block(content.accuracy),
        accuracy_rules=rules_block(content.accuracy_rules),
        medians=medians_block(content.medians),
        fits=content.fits.fillna("").to_dict("records"),
        decisions=decisions,
        decision_model=content.labels.get(decisions.get("model", ""), ""),
        emergency=EMERGENCY,
        subgroups=subgroup_block(
            content.subgroups, content.labels, content.subgroups_shown, content.subgroups_day
        ),
        imputation=imputation_block(content.imputation),
        diagnostics=diagnostics_block(content.diagnostics),
        coefficients=coefficients_block(content.coefficients, content.model_files),
        figures=placed,
        cohort_tables=_cohort_tables(content),
        survival_days=_survival_at_horizons(content.survival),
        unscored=_unscored(content.scored),
        scored=_scored(content.scored),
        sources=_sources(content.scored),
        attrition=content.attrition.fillna("").to_dict("records"),
        provenance=content.provenance.astype(object)
        .where(content.provenance.notna(), "–")
        .to_dict("records"),
        **measured,
        silent={name: silences(tables) for name, tables in measured.items()},
        reestimated=[content.labels[k] for k in content.reestimated],
        manifest=[(k, _told(v)) for k, v in content.manifest.items() if k != "files"],
        files=_files(content),
    )
    size = len(page.encode("utf-8"))
    if size > LARGEST_PAGE_BYTES:
        raise InputError(
            f"report: the page has {size / 1e6:.1f} MB, at most {LARGEST_PAGE_BYTES / 1e6:.0f} MB are wanted. Hand over "
            f"fewer figures ({len(figures)} now) or curves on a coarser grid."
        )
    return page


def _without_accuracy(tables: list[PerformanceTable], content: ReportContent) -> list[PerformanceTable]:
    """Accuracy has a table of its own, with its rule."""
    return [t for t in tables if not (len(content.accuracy) and t.topic == ACCURACY)]


def headline(content: ReportContent) -> list[tuple[str, str]]:
    """Numbers of the title block: patients, sites, deaths or events, as table one tells them."""
    table = content.cohort_table
    first = (
        {row["variable"]: str(row["All"]) for row in table.to_dict("records")[::-1]} if "All" in table else {}
    )
    facts = [("patients", first.get("Patients", "–")), ("sites", str(len(content.sites)))]
    words: Words = content.words
    return [*facts, (words.events, first.get(words.counted, "–"))]


def with_doi_links(text: object) -> Any:
    """The text, escaped, with each doi as a link."""
    from markupsafe import Markup, escape

    parts = _DOI.split(str(text))
    out = Markup("")
    for position, part in enumerate(parts):
        link = Markup('<a href="https://doi.org/{0}">{0}</a>').format(part)
        out += link if position % 2 else escape(part)
    return out


def with_kept_brackets(text: object) -> Any:
    """The text, escaped; what stands in brackets is not broken over lines."""
    from markupsafe import Markup, escape

    before, bracket, after = str(text).partition(" (")
    kept = Markup(' <span class="kept">({})</span>').format(after.removesuffix(")")) if bracket else ""
    return escape(before) + kept


def _cohort_tables(content: ReportContent) -> list[dict[str, Any]]:
    """Table one in parts that fit on paper, each with the column of all patients."""
    tables = []
    last = ["All"] if "All" in content.cohort_table else []
    variables = content.cohort_table.groupby("variable", sort=False)
    count = max(1, -(-len(content.sites) // SITES_PER_TABLE))
    for part in np.array_split(np.array(content.sites, dtype=object), count):
        columns = [*part, *last]
        blocks = [
            {
                "variable": name,
                "rows": [
                    {"level": r["level"], "cells": [r[c] for c in columns]} for r in rows.to_dict("records")
                ],
            }
            for name, rows in variables
        ]
        tables.append({"columns": columns, "blocks": blocks})
    return tables


def _survival_at_horizons(survival: pd.DataFrame) -> dict[str, Any]:
    grid = set(survival["time_days"].astype(float))
    days = [day for day in HORIZON_DAYS.values() if float(day) in grid]
    rows = []
    for site, part in survival.groupby("site", sort=False):
        at = {float(row["time_days"]): row for row in part.to_dict("records")}
        cells = []
        for day in days:
            found = at.get(float(day))
            if found is None or pd.isna(found["survival"]):
                cells.append("–")
                continue
            value, low, high = (100 * float(found[k]) for k in ("survival", "low", "high"))
            cells.append(f"{value:.0f} % ({low:.0f} to {high:.0f})" if low == low else f"{value:.0f} %")
        rows.append({"site": site, "cells": cells})
    return {"days": days, "rows": rows}


def _status(table: pd.DataFrame | None) -> list[dict[str, str]]:
    """Dead by day and site as text, with what the risk could be; empty where there are follow-up times."""
    if table is None:
        return []

    def percent(value: float) -> str:
        return "–" if pd.isna(value) else f"{100 * value:.0f} %"

    rows = []
    for row in table.to_dict("records"):
        between = f" ({100 * row['low']:.0f} to {100 * row['high']:.0f})" if row["low"] == row["low"] else ""
        rows.append(
            {str(name): count_or_dash(row[name]) for name in ("n", "known", "dead", "unknown")}
            | {
                "site": str(row["site"]),
                "day": f"{row['horizon_days']:g}",
                "risk": percent(row["risk"]) + between,
                "between": f"{percent(row['risk_if_alive'])} to {percent(row['risk_if_dead'])}",
            }
        )
    return rows


def _incidence(incidence: pd.DataFrame | None) -> dict[str, Any]:
    """Incidence by site and day as text, with that of the events that compete, and Gray's test; empty without them."""
    if incidence is None:
        return {}
    days = sorted(incidence["horizon_days"].unique())
    rows = []
    for site, part in incidence.groupby("site", sort=False):
        at = part.set_index("horizon_days")
        cells = []
        for day in days:
            value, low, high, other = (
                100 * at.loc[day, k] for k in ("incidence", "low", "high", "competing")
            )
            known = value == value
            cells.append(f"{value:.1f} % ({low:.1f} to {high:.1f})" if known else "–")
            cells.append(f"{other:.0f} %" if known else "–")
        rows.append({"site": site, "n": part["n"].iloc[0], "cells": cells})
    test = incidence[incidence["gray_p"].notna()].head(1).to_dict("records")
    told = [
        f"chi-squared {t['gray_chi_square']:.2f} (df {t['gray_df']:.0f}), p = {t['gray_p']:.3g}" for t in test
    ]
    return {"days": [f"{day:g}" for day in days], "rows": rows, "test": "".join(told)}


def _scored(scored: pd.DataFrame) -> dict[str, Any]:
    sites = list(dict.fromkeys(scored["site"]))
    rows = []
    for _, part in scored.groupby("model", sort=False):
        by_site = part.set_index("site")
        rows.append(
            {
                "label": part["label"].iloc[0],
                "cells": [_share(by_site.loc[s]) if s in by_site.index else "–" for s in sites],
            }
        )
    return {"sites": sites, "rows": rows}


def _sources(scored: pd.DataFrame) -> list[dict[str, str]]:
    """Of all sites: who is scored with gaps filled, as recorded, with every input, and although inputs are missing."""
    if "recorded" not in scored or scored["recorded"].isna().all():
        return []
    rows = scored[(scored["site"] == "all") & scored["recorded"].notna()]
    rows = rows[~rows["model"].str.endswith(PUBLISHED)]  # the totals are those of the score itself
    return [
        {
            "label": row["label"],
            **{name: _of(row[name], row["n"]) for name in ("imputed", "predicted", "recorded", "settled")},
        }
        for row in rows.to_dict("records")
    ]


def _of(count: float, n: float) -> str:
    return "–" if pd.isna(count) else f"{count} ({100 * count / n:.0f} %)"


def _share(row: pd.Series) -> str:
    count = shown_count(row["predicted"])
    if count.startswith("<") or pd.isna(row["share"]):
        return count
    return f"{count} ({100 * float(row['share']):.0f} %)"


def _unscored(scored: pd.DataFrame) -> list[dict[str, str]]:
    """Why patients could not be scored: of all sites together where that row is there, else site by site."""
    rows = scored[scored["site"] == "all"] if (scored["site"] == "all").any() else scored
    rows = rows[rows["reason"].fillna("").astype(str).str.strip() != ""]
    everywhere = rows["site"].nunique()
    return [
        {
            "label": str(label),
            "reason": str(reason),
            "sites": "all sites"
            if part["site"].nunique() == everywhere > 1 or (part["site"] == "all").all()
            else ", ".join(map(str, part["site"].unique())),
        }
        for (label, reason), part in rows.groupby(["label", "reason"], sort=False)
    ]


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_told(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_told(v) for v in value)
    return str(value)


def _files(content: ReportContent) -> list[dict[str, str]]:
    """Files beside the report with their hashes; those that hold patients are not named."""
    hashes = content.manifest.get("files", {})
    hashes = hashes if isinstance(hashes, Mapping) else {}
    names = [str(f) for f in dict.fromkeys([*content.files, *hashes]) if not str(f).startswith("private/")]
    return [{"name": name, "sha256": str(hashes.get(name, ""))} for name in names]
