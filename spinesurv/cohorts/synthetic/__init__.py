"""A synthetic multi-institutional cohort of patients with spinal metastasis, with the truth behind it.

Read in this order: `facts.toml` (what is drawn), `choices.toml` (what the facts leave open), `person.py`,
`spread.py`, `laboratory.py`, `hazard.py`, `course.py`, `lesions.py`, `follow_up.py`, `instrumentation.py`, `gaps.py`, `cohort.py`.
`weibull.toml` holds the curves that `benchmarks/solve_generator.py` solved for the survival of the anchors.
"""

from spinesurv.cohorts.synthetic.cohort import (
    DEFAULT_PATIENTS,
    DEMO_SEED,
    load_demo,
    make_cohort,
    make_cohort_with_truth,
    write_synthetic,
)

__all__ = [
    "DEFAULT_PATIENTS",
    "DEMO_SEED",
    "load_demo",
    "make_cohort",
    "make_cohort_with_truth",
    "write_synthetic",
]
