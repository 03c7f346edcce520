"""The synthetic cohort: sites drawn block by block, put together, with the truth behind them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.cohorts.synthetic.course import draw_course
from spinesurv.cohorts.synthetic.facts import TUMOURS, facts
from spinesurv.cohorts.synthetic.follow_up import draw_follow_up, true_survival
from spinesurv.cohorts.synthetic.gaps import draw_lesion_gaps, draw_patient_gaps
from spinesurv.cohorts.synthetic.hazard import draw_hazard
from spinesurv.cohorts.synthetic.instrumentation import draw_instrumentation, true_incidence
from spinesurv.cohorts.synthetic.laboratory import draw_laboratory
from spinesurv.cohorts.synthetic.lesions import LESION_VARIABLES, draw_fracture, draw_lesions
from spinesurv.cohorts.synthetic.person import draw_person
from spinesurv.cohorts.synthetic.sites import Site, site_facts, site_names, site_sizes
from spinesurv.cohorts.synthetic.spread import draw_spread
from spinesurv.core import Cohort, Outcome, codebook
from spinesurv.core.cohort import LESION_KEY, PATIENT_KEY
from spinesurv.core.tables import write_table
from spinesurv.errors import InputError
from spinesurv.units import HORIZON_DAYS

TIME_ZERO = "start of the index treatment"
DEFAULT_PATIENTS = facts()["site_sizes"]["total_default"]

#: seed of the embedded cohort; a date, chosen before anything was drawn
DEMO_SEED = 20260101

#: patients drawn by one generator; changing it changes every cohort
_BLOCK = 2048

PATIENT_VARIABLES = tuple(
    v.key
    for v in codebook()
    if v.generated and v.table == "patient" and v.role not in ("id", "site", "outcome")
)

Columns = dict[str, np.ndarray]


def make_cohort(
    patients: int = DEFAULT_PATIENTS,
    seed: int = 1,
    *,
    missing: bool = True,
    sites: Sequence[str] | None = None,
    per_site: int | None = None,
) -> Cohort:
    """A synthetic cohort of several institutions with spinal metastasis.

    Made of published frequencies (`facts.toml`); no patient and no hospital stands behind it.

    Parameters
    ----------
    patients : number of patients, shared among the sites in fixed proportions by largest remainder
    seed : whole number, 0 or more. The same seed gives the same patients; those of a site do not depend on
        which other sites are drawn, and a larger cohort begins, in each site, with the smaller one
    missing : leave gaps (True), or give the complete values of the same patients
    sites : names of the sites to draw; all six by default. `patients` is then their number together
    per_site : this many patients in each site instead of the proportions

    Returns
    -------
    Cohort
        All variables that the codebook calls generated; variables of a lesion are those of the index lesion,
        which has the highest SINS and grade of compression. `lesions` holds every scored lesion.

    Raises
    ------
    InputError
        No patients, a negative seed, an unknown or repeated site.
    """
    return make_cohort_with_truth(patients, seed, missing=missing, sites=sites, per_site=per_site)[0]


def make_cohort_with_truth(
    patients: int = DEFAULT_PATIENTS,
    seed: int = 1,
    *,
    missing: bool = True,
    sites: Sequence[str] | None = None,
    per_site: int | None = None,
) -> tuple[Cohort, pd.DataFrame]:
    """The cohort of `make_cohort`, and what is true of its patients.

    Returns
    -------
    cohort : Cohort
    truth : table with the index (site, patient_id)
        ``lp``, the linear predictor of S(t) = exp(-exp(log_rate) t^shape exp(lp)); ``era`` and ``frailty``, two
        parts of it; ``survival_<day>``, the true survival at 30, 42, 90, 180, 365 and 730 days; ``death_days``,
        the day of death that no censoring hides; of those with instrumentation ``failure_lp``, the linear predictor of
        its failure, and ``failure_incidence_<day>``, the true probability of a failure by then, death competing;
        ``complete_<variable>``, the value behind the gaps of every
        variable with gaps.
    """
    sizes = _sizes(patients, seed, sites, per_site)
    parts = [_draw_site(site_facts(name), seed, n) for name, n in sizes.items() if n > 0]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    ids = [_identifiers(site_facts(name), n) for name, n in sizes.items() if n > 0]
    index = pd.MultiIndex.from_arrays(
        [np.repeat(np.array(list(sizes), dtype=object), list(sizes.values())), np.concatenate(ids)],
        names=PATIENT_KEY,
    )
    complete = pd.DataFrame(
        {name: columns[name] for name in (*PATIENT_VARIABLES, *LESION_VARIABLES)}, index=index
    )
    recorded = _with_gaps(complete, columns, "gap_") if missing else complete
    cohort = Cohort(
        recorded,
        Outcome(columns["time_days"], columns["event"]),
        _lesions(columns, index, missing=missing),
        time_zero=np.full(len(index), TIME_ZERO, dtype=object),
        source=np.full(len(index), "synthetic", dtype=object),
    )
    truth = pd.DataFrame(
        {name: columns[name] for name in TRUTH},
        index=index,
    )
    blanked = [name for name in complete if (recorded[name].isna() & complete[name].notna()).any()]
    behind = complete[blanked].add_prefix("complete_")
    return cohort, pd.concat([truth, behind], axis=1)


def load_demo() -> Cohort:
    """The embedded cohort: `make_cohort()` of the default size with the seed 20260101."""
    return make_cohort(seed=DEMO_SEED)


def write_synthetic(
    path: Path, *, patients: int = DEFAULT_PATIENTS, seed: int = 1, truth_path: Path | None = None
) -> Cohort:
    """Write the canonical table of a synthetic cohort, and its truth apart if `truth_path` is given.

    Returns the cohort that was written.
    """
    cohort, truth = make_cohort_with_truth(patients, seed)
    write_table(cohort.to_table(), Path(path))
    if truth_path is not None:
        write_table(truth.reset_index(), Path(truth_path))
    return cohort


def draw_prognosis(site: Site, rng: np.random.Generator, n: int) -> Columns:
    """(n,) what death depends on, `lp` included, and what it is drawn with. Needs no solved curve."""
    person = draw_person(site, rng, n)
    patient = {**person, **draw_spread(site, rng, person)}
    patient |= draw_laboratory(site, rng, patient)
    return patient | draw_hazard(site, rng, patient)


def _draw_site(site: Site, seed: int, n: int) -> Columns:
    blocks = [_draw_block(site, seed, block) for block in range(-(-n // _BLOCK))]
    return {name: np.concatenate([b[name] for b in blocks])[:n] for name in blocks[0]}


def _draw_block(site: Site, seed: int, block: int) -> Columns:
    """A block of patients; gaps and implants come from generators of their own, so other values do not feel them."""
    key = zlib.crc32(site.name.encode("utf-8"))
    streams = np.random.SeedSequence((seed, key, block)).spawn(3)
    values, gaps, implants = (np.random.default_rng(stream) for stream in streams)
    patient = draw_prognosis(site, values, _BLOCK)
    patient |= draw_course(site, values, patient)
    index, second, has_second = draw_lesions(site, values, patient)
    patient |= index
    patient |= draw_fracture(site, values, patient["collapse_pct"])
    patient |= draw_follow_up(site, values, patient)
    patient |= draw_instrumentation(implants, patient)
    patient |= {"primary_tumor": np.array(TUMOURS, dtype=object)[patient["tumour"]], "has_second": has_second}
    patient |= {f"second_{name}": value for name, value in second.items()}
    patient |= dict(
        zip(_survival_names(), (true_survival(site, patient["lp"], d) for d in _days()), strict=True)
    )
    patient |= {
        f"failure_incidence_{d}": true_incidence(site, patient["failure_lp"], patient["lp"], d)
        for d in _days()
    }
    index_gaps = draw_patient_gaps(site, gaps, patient) | draw_lesion_gaps(site, gaps, patient)
    patient |= {f"gap_{name}": where for name, where in index_gaps.items()}
    return patient | {f"second_gap_{name}": w for name, w in draw_lesion_gaps(site, gaps, patient).items()}


def _days() -> list[int]:
    return list(HORIZON_DAYS.values())


def _survival_names() -> list[str]:
    return [f"survival_{day}" for day in _days()]


TRUTH = (
    "lp", "era", "frailty", *_survival_names(), "death_days",
    "failure_lp", *(f"failure_incidence_{day}" for day in _days()),
)  # fmt: skip


def _with_gaps(complete: pd.DataFrame, columns: Columns, prefix: str) -> pd.DataFrame:
    """The table with empty cells where the columns `<prefix><variable>` say so."""
    recorded: dict[str, Any] = {}
    for name in complete:
        gap = columns.get(f"{prefix}{name}")
        recorded[str(name)] = complete[name] if gap is None else complete[name].mask(gap)
    return pd.DataFrame(recorded, index=complete.index)


def _lesions(columns: Columns, index: pd.MultiIndex, *, missing: bool) -> pd.DataFrame:
    """One row per scored lesion; the index lesion of a patient is lesion 1."""
    tables = []
    for number, prefix in (("1", ""), ("2", "second_")):
        table = pd.DataFrame({name: columns[prefix + name] for name in LESION_VARIABLES}, index=index)
        if missing:
            table = _with_gaps(table, columns, f"{prefix}gap_")
        table["lesion_id"] = number
        table["decision_date"] = np.datetime_as_string(columns["index_day"], unit="D").astype(object)
        tables.append(table if number == "1" else table[columns["has_second"]])
    lesions = pd.concat(tables).set_index(["lesion_id", "decision_date"], append=True)
    return lesions.reorder_levels(LESION_KEY).sort_index(level=["patient_id", "lesion_id"])


def _identifiers(site: Site, n: int) -> np.ndarray:
    """SYN-, the number of the site, the number of the patient in it."""
    return np.array([f"SYN-{site.number}{i:04d}" for i in range(1, n + 1)], dtype=object)


def _sizes(patients: int, seed: int, sites: Sequence[str] | None, per_site: int | None) -> dict[str, int]:
    names = site_names() if sites is None else list(sites)
    for name in names:
        site_facts(name)
    if not names or len(set(names)) < len(names):
        raise InputError("synthetic cohort, sites: name at least one site, and each only once.")
    wanted = patients if per_site is None else per_site
    if int(wanted) != wanted or wanted < 1:
        what = "patients" if per_site is None else "per_site"
        raise InputError(f"synthetic cohort, {what}: {wanted} found, a whole number of 1 or more is needed.")
    if int(seed) != seed or seed < 0:
        raise InputError(f"synthetic cohort, seed: {seed} found, a whole number of 0 or more is needed.")
    return site_sizes(patients, names) if per_site is None else dict.fromkeys(names, per_site)
