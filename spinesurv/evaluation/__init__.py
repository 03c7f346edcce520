"""Splits, jobs and the loops over sites; models and measures arrive as arguments."""

from spinesurv.evaluation.evaluate import compare, evaluate
from spinesurv.evaluation.jobs import Job, collect, list_jobs, run_job, run_jobs, told
from spinesurv.evaluation.optimism import optimism
from spinesurv.evaluation.splits import DESIGNS, Split, judged_rows
from spinesurv.evaluation.store import JobKey, JobResult, JobStore
from spinesurv.evaluation.subgroups import evaluate_subgroups

__all__ = [
    "DESIGNS",
    "Job",
    "JobKey",
    "JobResult",
    "JobStore",
    "Split",
    "collect",
    "compare",
    "evaluate",
    "evaluate_subgroups",
    "judged_rows",
    "list_jobs",
    "optimism",
    "run_job",
    "run_jobs",
    "told",
]
