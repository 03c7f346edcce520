"""One study file, the whole run: patients, jobs, measures, figures, report."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv import __version__
from spinesurv.core import Prediction
from spinesurv.core.tables import write_table
from spinesurv.errors import unknown_name
from spinesurv.evaluation import DESIGNS, Job, JobStore, collect, evaluate, list_jobs, run_jobs
from spinesurv.study.file import StudyFile, read_study
from spinesurv.study.folder import ResultFolder
from spinesurv.study.population import Population, read_population
from spinesurv.study.private import prediction_table
from spinesurv.study.systems import System, build_systems
from spinesurv.units import STORED_DAYS


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A finished study.

    Parameters
    ----------
    folder : where everything stands
    performance : the table `tables/performance.csv`
    predictions : system -> Prediction of the whole cohort, each patient judged by models that never saw the site
    population : the patients
    executed, total : jobs run now, and jobs of the study
    warnings : what a reader must know
    """

    folder: ResultFolder
    performance: pd.DataFrame
    predictions: dict[str, Prediction]
    population: Population
    executed: int
    total: int
    warnings: list[str]

    @property
    def report(self) -> Path:
        """Path of the report."""
        return self.folder.report


class Study:
    """A study file, read and looked up: `Study.read("study.toml").run()`.

    Raises
    ------
    InputError
        On reading, when a section, setting, score, measure, reference or predictor is unknown; nothing is fitted
        before every name is known.
    """

    def __init__(self, file: StudyFile) -> None:
        from spinesurv.metrics import METRICS

        self.file = file
        where = f"study file {file.path.name}"
        self.systems: dict[str, System] = build_systems(file)
        for name in file.evaluation.metrics:
            if name not in METRICS:
                raise unknown_name("measure", name, METRICS, where=f"{where}, [evaluation], metrics")
        if file.evaluation.reference and file.evaluation.reference not in self.systems:
            raise unknown_name(
                "system", file.evaluation.reference, self.systems, where=f"{where}, [evaluation], reference"
            )
        if file.validation.design not in DESIGNS:
            raise unknown_name(
                "design", file.validation.design, DESIGNS, where=f"{where}, [validation], design"
            )

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """The study of a TOML file."""
        return cls(read_study(Path(path)))

    @classmethod
    def demo(cls) -> Study:
        """The embedded study on the embedded cohort."""
        with as_file(files("spinesurv.demo").joinpath("study.toml")) as path:
            return cls.read(path)

    def run(
        self,
        out: str | Path | None = None,
        *,
        n_workers: int = 1,
        resume: bool = False,
        force: bool = False,
        progress: bool = False,
    ) -> StudyResult:
        """Run the study and write everything under `out` (default `reports/<name>`).

        The same study on the same data gives the same bytes in `tables/`, whatever the number of workers, also
        when it was interrupted and resumed.

        Parameters
        ----------
        n_workers : processes that run jobs
        resume : keep the finished jobs of an interrupted run of the very same study
        force : overwrite a folder that belongs to another study
        progress : show a bar on a terminal, lines in a log
        """
        from spinesurv.study.progress import Progress
        from spinesurv.study.write import write_results

        started = time.monotonic()
        folder = ResultFolder(Path(out) if out is not None else Path("reports") / self.file.study.name)
        bar = Progress(shown=progress)
        population = read_population(self.file)
        jobs = self._jobs(population)
        folder.claim(self.file, force=force)
        store = JobStore(folder.jobs, self._identity(population))
        store.open(resume=resume)
        with bar.stage("fitting", len(jobs)) as step:
            executed = run_jobs(
                jobs,
                population.cohort,
                store,
                times_days=self._days(),
                seed=self.file.study.seed,
                n_workers=n_workers,
                progress=step,
            )
        predictions, notes = collect(jobs, population.cohort, store)
        performance = self._performance(population, predictions, bar)
        write_table(performance, folder.tables / "performance.csv")
        write_table(
            prediction_table(predictions, self.systems, jobs, cohort_name=self._cohort_name()),
            folder.private / "predictions.csv.gz",
        )
        warnings = [*population.warnings, *_notes(notes)]
        result = StudyResult(folder, performance, predictions, population, executed, len(jobs), warnings)
        with bar.stage("report", 1) as step:
            write_results(
                self, result, {k.name: v for k, v in notes.items()}, minutes=(time.monotonic() - started) / 60
            )
            step(1, 1)
        return result

    def _jobs(self, population: Population) -> list[Job]:
        settings = self.file.validation
        splits = DESIGNS[settings.design](population.cohort, folds=settings.folds, seed=self.file.study.seed)
        return list_jobs(splits, {key: system.estimator for key, system in self.systems.items()})

    def _days(self) -> list[float]:
        return sorted({*map(float, STORED_DAYS), *map(float, self.file.evaluation.horizons_days)})

    def _identity(self, population: Population) -> str:
        """What job results depend on besides their key."""
        definitions = {key: system.fingerprint for key, system in self.systems.items()}
        resolved = self.file.resolved()
        text = json.dumps(
            [__version__, sys.version_info[:2], resolved, definitions, population.data_hash], sort_keys=True
        )
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def _cohort_name(self) -> str:
        return self.file.cohort.name or self.file.study.name

    def _performance(
        self, population: Population, predictions: dict[str, Prediction], bar: Any
    ) -> pd.DataFrame:
        settings = self.file.evaluation
        cohort = population.cohort
        parts = len(predictions) * (len(cohort.sites) + 1)
        with bar.stage("judging", parts) as step:
            table = evaluate(
                cohort.known_outcome,
                predictions,
                horizons_days=settings.horizons_days,
                site=cohort.site,
                metrics=settings.metrics,
                reference=settings.reference or None,
                missing=settings.missing,
                level=settings.level,
                progress=_counted(step, parts),
            )
        table["cohort"] = self._cohort_name()
        table["design"] = self.file.validation.design
        provisional = table["model"].map(lambda key: self.systems[key].status == "provisional")
        table.loc[provisional & (table["status"] == "ok"), "status"] = "provisional"
        return table


def _counted(step: Callable[[int, int], None], total: int) -> Callable[[], None]:
    done = iter(range(1, total + 1))
    return lambda: step(next(done), total)


def _notes(notes: dict[Any, dict[str, Any]]) -> list[str]:
    """Warnings of the fits, each once, with the jobs that gave it counted."""
    count: dict[tuple[str, str], int] = {}
    for key, note in notes.items():
        for text in note["warnings"]:
            count[key.model, text] = count.get((key.model, text), 0) + 1
    return [f"{model}: {text} (in {k} of its fits)" for (model, text), k in sorted(count.items())]
