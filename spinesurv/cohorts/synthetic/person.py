"""Who is treated and when: day of treatment, tumour, age, sex, performance status, treatment."""

from __future__ import annotations

import numpy as np

from spinesurv.cohorts.synthetic.draws import YES_NO, category, positions, yes
from spinesurv.cohorts.synthetic.facts import choices, facts
from spinesurv.cohorts.synthetic.sites import Site


def draw_person(site: Site, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """(n,) columns of the person; `index_day`, `group`, `tumour` and `is_*` are for the later steps."""
    start, stop = accrual(site)
    index_day = start + np.floor(rng.random(n) * (stop - start).astype(int)).astype("timedelta64[D]")
    cell = positions(rng, site.cell_share, n)
    tumour = site.cell_tumour[cell]
    mean, sd = site.raw["age_mean_sd"]
    is_male = yes(rng, site.male[tumour], n)
    return {
        "index_day": index_day,
        "index_year": index_day.astype("datetime64[Y]").astype(int) + 1970,
        "group": site.cell_group[cell],
        "tumour": tumour,
        "age": np.round(np.clip(rng.normal(mean, sd, n), *choices()["age"]["clip"])),
        "is_male": is_male,
        "sex": np.array(["female", "male"], dtype=object)[is_male.astype(int)],
        "ecog": positions(rng, np.array(site.raw["ecog_0_to_4"]), n),
        "treatment": category(rng, site.raw["treatment"], n),
        "systemic_therapy": YES_NO[yes(rng, site.raw["systemic_therapy"], n).astype(int)],
        "emergent_admission": YES_NO[
            yes(rng, site.of_setting(facts()["further_inputs"]["emergent_admission"]), n).astype(int)
        ],
    }


def accrual(site: Site) -> tuple[np.datetime64, np.datetime64]:
    """First day of accrual, and the day after the last, on which the data were closed."""
    return np.datetime64(f"{site.first_year}-01-01", "D"), np.datetime64(f"{site.last_year + 1}-01-01", "D")
