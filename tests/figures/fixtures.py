"""Made-up tables of the shapes that figures and report are given. Nothing here comes from patients."""

from __future__ import annotations

import numpy as np
import pandas as pd

from spinesurv.core.tables import PERFORMANCE_COLUMNS

SITES = ("Aarberg", "Brookfield General", "Cedarhurst", "Dunmore")
SYSTEMS = {
    "tokuhashi_2005": "Tokuhashi 2005",
    "nesms": "NESMS",
    "cox_nomogram": "Cox nomogram",
    "sorg_style": "SORG-style boosting",
}
MANY_SYSTEMS = {
    "tokuhashi_1990": "Tokuhashi 1990",
    "tokuhashi_2005": "Tokuhashi 2005",
    "tokuhashi_2005@published": "Tokuhashi 2005, as published",
    "tomita": "Tomita",
    "bauer_modified": "Bauer modified",
    "katagiri_2014": "New Katagiri",
    "van_der_linden": "van der Linden",
    "rades_2013": "Rades 2013",
    "bollen": "Bollen",
    "leithner": "Leithner",
    "nesms": "NESMS",
    "oswestry_osri": "Oswestry risk index",
    "lei_2016": "Lei 2016",
    "cox_nomogram": "Cox nomogram",
    "sorg_style": "SORG-style boosting",
    "ensemble": "Stacked ensemble of all above",
}
HORIZONS = (42.0, 90.0, 180.0, 365.0)


def survival_table(sites: tuple[str, ...] = SITES, last: int = 730) -> pd.DataFrame:
    """Weibull-like curves on a grid of 5 days."""
    days = np.arange(0, last + 1, 5.0)
    parts = []
    for k, site in enumerate(sites):
        survival = np.exp(-((days / (420 + 90 * k)) ** (0.75 + 0.05 * k)))
        width = 0.02 + 0.07 * days / last
        n_risk = np.round((180 - 25 * k % 150) * survival * (1 - 0.35 * days / last)).astype(int)
        parts.append(
            pd.DataFrame(
                {
                    "site": site, "time_days": days, "survival": survival,
                    "low": np.clip(survival - width, 0, 1), "high": np.clip(survival + width, 0, 1),
                    "n_risk": pd.array(n_risk, dtype="Int64"),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def score_groups_table(*, many: bool = False) -> pd.DataFrame:
    """Curves of the groups of a score, best first."""
    names = ("good", "intermediate", "poor")
    if many:
        names = tuple(f"group {k}, of a rather long name in words" for k in range(1, 8))
    curves = survival_table(names, 730).rename(columns={"site": "group"})
    patients = {name: 40 + 60 * k for k, name in enumerate(names)}
    curves.insert(1, "patients", curves["group"].map(patients).astype("Int64"))
    curves.insert(2, "share", curves["patients"].astype(float) / sum(patients.values()))
    return curves.assign(score="Revised Tokuhashi score")


def subgroups_table(systems: dict[str, str], *, many: bool = False) -> pd.DataFrame:
    """One measure in subgroups: all patients, two declared variables and an exploratory one, gaps and a hidden count."""
    names = {
        "Treated surgically": ("Yes", "No"),
        "EGFR mutation (in Lung, non-small-cell)": ("Positive", "Negative", "Unknown"),
        "Age at time zero, years": ("below 50", "50 to below 70", "70 or more"),
    }
    if many:
        long = tuple(f"level {k}, of a name that takes more than one line" for k in range(12))
        names |= {"A variable whose name is long enough to be broken into two lines of the figure": long}
    places = [("all patients", "all patients", "")] + [
        (label, subgroup, "no" if label.startswith("Age") else "yes")
        for label, subgroups in names.items()
        for subgroup in subgroups
    ]
    rows = []
    for m, model in enumerate(systems):
        for k, (label, subgroup, declared) in enumerate(places):
            value, gap = 1.0 + 0.3 * np.sin(1.7 * k + m), subgroup == "Unknown"
            rows.append(
                {
                    "label": label, "subgroup": subgroup, "declared": declared, "model": model,
                    "metric": "observed_expected", "horizon_days": 90.0, "patients": pd.NA if gap else 1200 - 35 * k,
                    "deaths": pd.NA if gap else 700 - 30 * k, "value": np.nan if gap else value,
                    "low": np.nan if gap else value / 1.3, "high": np.nan if gap else value * (4 if k == 5 else 1.3),
                    "status": "gap" if gap else "provisional" if m == 1 else "ok",
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    return table.astype({"patients": "Int64", "deaths": "Int64"})


def calibration_tables(
    systems: dict[str, str] = SYSTEMS, sites: tuple[str, ...] = (), horizons: tuple[float, ...] = HORIZONS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Curves and counts; `stacked`, and one curve per site where sites are given."""
    curves, counts = [], []
    edges = np.linspace(0, 1, 21)
    for m, model in enumerate(systems):
        for h, horizon in enumerate(horizons):
            for s, site in enumerate(("stacked", *sites)):
                risk = np.linspace(0.04 + 0.02 * h, min(0.55 + 0.12 * h, 0.95), 40)
                tilt = 0.75 + 0.12 * (m % 4)
                observed = np.clip(risk**tilt + 0.05 * np.sin(5 * risk + s), 0, 1)
                half = 0.04 + 0.1 * np.abs(risk - risk.mean())
                curves.append(
                    pd.DataFrame(
                        {
                            "model": model, "site": site, "horizon_days": horizon, "risk": risk,
                            "observed": observed, "low": np.clip(observed - half, 0, 1),
                            "high": np.clip(observed + half, 0, 1),
                        }
                    )
                )  # fmt: skip
                middle = (edges[:-1] + edges[1:]) / 2
                n = np.round(120 * np.exp(-(((middle - 0.2 - 0.12 * h) / 0.18) ** 2))).astype(int)
                hidden = pd.array(n, dtype="Int64")
                hidden[(n > 0) & (n < 5)] = pd.NA
                counts.append(
                    pd.DataFrame(
                        {
                            "model": model, "site": site, "horizon_days": horizon,
                            "risk_low": edges[:-1], "risk_high": edges[1:], "n": hidden,
                        }
                    )
                )  # fmt: skip
    return pd.concat(curves, ignore_index=True), pd.concat(counts, ignore_index=True)


def calibration_points(curves: pd.DataFrame) -> pd.DataFrame:
    """Ten groups along the stacked curves, the lowest without a death, so without an interval."""
    stacked = curves[curves["site"] == "stacked"]
    points = stacked.groupby(["model", "horizon_days"], sort=False).nth(list(range(0, 40, 4))).copy()
    points["observed"] = (points["observed"] + 0.03 * np.cos(40 * points["risk"])).clip(0, 1)
    points["low"], points["high"] = points["observed"] * 0.7, (points["observed"] * 1.2).clip(0, 1)
    lowest = points.groupby(["model", "horizon_days"]).cumcount() == 0
    points.loc[lowest, ["observed", "low", "high"]] = [0.0, np.nan, np.nan]
    return points.reset_index(drop=True)


_CENTRES = {
    "uno_c": (0.70, 0.03), "auc": (0.74, 0.03), "brier": (0.18, 0.02), "ipa": (0.16, 0.05),
    "observed_expected": (1.05, 0.12), "calibration_slope": (0.92, 0.15), "ici": (0.045, 0.012),
}  # fmt: skip


def performance_table(
    systems: dict[str, str] = SYSTEMS,
    sites: tuple[str, ...] = SITES,
    horizons: tuple[float, ...] = HORIZONS,
    metrics: tuple[str, ...] = tuple(_CENTRES),
) -> pd.DataFrame:
    """Rows of tables/performance.csv, with one gap and one provisional system among them."""
    rows = []
    for m, model in enumerate(systems):
        for horizon in horizons:
            for metric in metrics:
                centre, error = _CENTRES[metric]
                for s, site in enumerate((*sites, "pooled")):
                    pooled = site == "pooled"
                    value = centre + error * (0.9 * np.sin(2.1 * m + s) - 0.4 * m / len(systems))
                    spread = error * (1.1 if pooled else 1.9 + 0.3 * s)
                    gap = (m == 1 and metric == "observed_expected" and horizon == 90 and pooled) or (
                        m == 0 and s == 2 and horizon == 365
                    )
                    row = dict.fromkeys(PERFORMANCE_COLUMNS) | {
                        "cohort": "made-up", "design": "internal_external", "site": site, "population": "complete",
                        "missing": "imputed", "model": model, "update": "none", "metric": metric,
                        "horizon_days": horizon, "imputation": "pooled", "scale": "identity",
                        "method": "influence", "n": 640 if pooled else 180 - 25 * s,
                        "events": 310 if pooled else 90 - 12 * s, "value": value, "std_error": spread / 1.96,
                        "low": value - spread, "high": value + spread, "status": "ok",
                    }  # fmt: skip
                    if pooled:
                        row |= {"pi_low": value - 2.2 * spread, "pi_high": value + 2.2 * spread, "tau": error}
                    if m == 3:
                        row |= {"status": "provisional", "reason": "points not confirmed by a second source"}
                    if gap:
                        row |= dict.fromkeys(("value", "std_error", "low", "high", "pi_low", "pi_high"))
                        row |= {"status": "gap", "reason": "nobody is still observed at this day"}
                    rows.append(row)
    table = pd.DataFrame(rows, columns=PERFORMANCE_COLUMNS)
    numeric = [
        "horizon_days",
        "threshold",
        "resample",
        "value",
        "std_error",
        "low",
        "high",
        "pi_low",
        "pi_high",
        "tau",
    ]
    return table.astype(dict.fromkeys(numeric, float))


def scored_table(systems: dict[str, str] = SYSTEMS, sites: tuple[str, ...] = SITES) -> pd.DataFrame:
    """Share of patients that each system can judge."""
    rows = []
    for m, (model, label) in enumerate(systems.items()):
        for s, site in enumerate(sites):
            n = 180 - 25 * s
            predicted = n if m == 0 else round(n * max(0.02, 1 - 0.07 * m - 0.04 * s * (m % 3)))
            hidden = 0 < predicted < 5
            rows.append(
                {
                    "model": model, "label": label, "site": site, "n": n,
                    "predicted": None if hidden else predicted, "share": None if hidden else predicted / n,
                    "reason": "" if predicted == n else "albumin not recorded",
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    return table.astype({"predicted": "Int64", "share": float})


def decision_table(systems: dict[str, str] = SYSTEMS, horizons: tuple[float, ...] = HORIZONS) -> pd.DataFrame:
    """Net benefit on a grid of thresholds; the third system judges other patients, and its curve ends early."""
    threshold = np.arange(0.02, 1.0, 0.02)
    parts = []
    for m, model in enumerate(systems):
        for horizon in horizons:
            dead = 1 - np.exp(-((horizon / 420) ** 0.75)) + (0.12 if m == 2 else 0)
            treat_all = dead - (1 - dead) * threshold / (1 - threshold)
            own = np.maximum(treat_all, 0) + (0.05 - 0.004 * m) * np.exp(-(((threshold - dead) / 0.2) ** 2))
            own[threshold > (0.6 if m == 2 else 0.9)] = np.nan
            parts.append(
                pd.DataFrame(
                    {
                        "model": model, "site": "stacked", "horizon_days": horizon, "threshold": threshold,
                        "net_benefit": own, "low": own - 0.02, "high": own + 0.02, "treat_all": treat_all,
                    }
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def auc_table(systems: dict[str, str] = SYSTEMS) -> pd.DataFrame:
    """AUC at rising days, falling slowly."""
    days = np.array([30.0, 42, 60, 90, 120, 180, 270, 365, 545, 730])
    parts = []
    for m, model in enumerate(systems):
        auc = 0.80 - 0.012 * m - 0.03 * np.log(days / 30) / np.log(24) + 0.01 * np.sin(m + days / 90)
        parts.append(
            pd.DataFrame(
                {
                    "model": model, "site": "stacked", "horizon_days": days, "auc": auc,
                    "low": auc - 0.03, "high": auc + 0.03, "n": 640, "events": 200,
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def differences_table(systems: dict[str, str] = SYSTEMS, metric: str = "uno_c") -> pd.DataFrame:
    """Pooled differences to the first system, with one gap; the second is better, the last but one worse."""
    first, *others = systems
    rows = performance_table({m: systems[m] for m in others}, metrics=(metric,))
    rows = rows[rows["site"] == "pooled"].copy()
    place = rows["model"].map(others.index)
    half = 0.02 + 0.003 * place
    value = 0.05 - 0.02 * place.clip(upper=4) + 0.01 * np.sin(rows["horizon_days"])
    rows = rows.assign(
        reference=first, value=value, low=value - half, high=value + half, pi_low=value - 2.5 * half,
        pi_high=value + 2.5 * half, status="ok", reason=None,
    )  # fmt: skip
    gap = (rows["model"] == others[-1]) & (rows["horizon_days"] == HORIZONS[2])
    rows.loc[gap, ["value", "std_error", "low", "high", "pi_low", "pi_high"]] = np.nan
    rows.loc[gap, ["status", "reason"]] = ["gap", "nobody is still observed at this day"]
    return rows.reset_index(drop=True)


LONG_VARIABLES = {
    f"v{k}": f"Variable number {k} with a rather long name and its unit, mg/dL" for k in range(12)
}


def imputed_values_table(*, many: bool) -> pd.DataFrame:
    """Densities and shares of four or twelve variables, recorded and imputed three times."""
    rows = []
    for k in range(12 if many else 4):
        numbers = k % 2 == 0
        values = np.linspace(1.0, 3.0, 20) if numbers else np.arange(9.0 if k % 3 else 2.0)
        for imputation in range(4):
            rows += [
                {
                    "variable": f"v{k}",
                    "form": "density" if numbers else "share",
                    "value": x,
                    "level": "" if numbers else f"l{x:g}",
                    "source": "imputed" if imputation else "recorded",
                    "imputation": imputation,
                    "amount": 0.1 + 0.02 * imputation + 0.1 * np.sin(x),
                    "n": 50,
                }
                for x in values
            ]
    return pd.DataFrame(rows)


def trace_table(*, many: bool) -> pd.DataFrame:
    """Means of three chains over ten sweeps."""
    rows = [
        {"imputation": i, "sweep": s, "variable": f"v{k}", "level": "" if k % 2 else "unresectable", "mean": 0.5 + 0.01 * i * s}
        for k in range(12 if many else 4)
        for i in (1, 2, 3)
        for s in range(11)
    ]  # fmt: skip
    return pd.DataFrame(rows)
