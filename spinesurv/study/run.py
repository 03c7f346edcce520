"""One study file, the whole run: patients, jobs, measures, figures, report."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv import __version__
from spinesurv.core import Prediction
from spinesurv.core.tables import COMPLETE, ESTIMANDS, PERFORMANCE_COLUMNS, write_table
from spinesurv.errors import unknown_name
from spinesurv.evaluation import DESIGNS, Job, JobStore, Split, collect, evaluate, list_jobs, run_jobs
from spinesurv.scores import load_definition
from spinesurv.study.curves import CALIBRATION_CURVES
from spinesurv.study.decided import check_decisions
from spinesurv.study.file import CohortSection, StudyFile, read_study
from spinesurv.study.folder import ResultFolder
from spinesurv.study.imported import match_table, match_warnings
from spinesurv.study.imputed import RECORDED, averaged, completed_tables, numbers_of, read_variables
from spinesurv.study.population import Population, read_population
from spinesurv.study.private import (
    OUTCOMES,
    PREDICTIONS,
    outcome_table,
    prediction_table,
    resample_numbers,
)
from spinesurv.study.subgroups import read_subgroups, with_subgroups
from spinesurv.study.systems import System, build_systems, marked_provisional, with_model_defaults
from spinesurv.units import STORED_DAYS

CURVE_STEP_DAYS = 10


@dataclass(frozen=True)
class Picture:
    """A figure on disk and the table it shows."""

    path: Path

    @property
    def table(self) -> pd.DataFrame:
        """What the figure shows."""
        return pd.read_csv(self.path.with_suffix(".csv"))

    def _repr_svg_(self) -> str:
        return self.path.read_text(encoding="utf-8")


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A finished study.

    Parameters
    ----------
    folder : where everything stands
    performance : the table `tables/performance.csv`
    predictions : system -> Prediction of all judged patients, by models that never saw them (nor, where the design
        is internal-external, their site).
        Where the study imputes, survival is the mean over the completed tables of the first estimand
    tables : the predictions that these are means of, one per completed table
    recorded : the same on patients as recorded; equal to `predictions` where nothing is imputed
    population : the patients who are judged
    executed, total : jobs run now, and jobs of the study
    warnings : what a reader must know
    """

    folder: ResultFolder
    performance: pd.DataFrame
    predictions: dict[str, Prediction]
    tables: list[dict[str, Prediction]]
    recorded: dict[str, Prediction]
    population: Population
    executed: int
    total: int
    warnings: list[str]

    @property
    def report(self) -> Path:
        """Path of the report."""
        return self.folder.report

    @property
    def figures(self) -> list[str]:
        """Names of the figures, as `figure` takes them."""
        return sorted(path.stem for path in self.folder.figures.glob("*.svg"))

    def figure(self, name: str) -> Picture:
        """A figure of the report; a notebook draws it, `.table` is what it shows.

        Raises
        ------
        UnknownNameError
            No figure has this name; the message lists the nearest.
        """
        if name not in self.figures:
            raise unknown_name("figure", name, self.figures)
        return Picture(self.folder.figures / f"{name}.svg")


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

        self.numbers = numbers_of(file.missing)
        where = f"study file {file.path.name}"
        self.systems: dict[str, System] = build_systems(file)
        self.subgroups = read_subgroups(file)
        check_decisions(file, self.systems)
        self.file = with_subgroups(with_model_defaults(file, self.systems), self.subgroups)
        for name in file.evaluation.metrics:
            if name not in METRICS:
                raise unknown_name("measure", name, METRICS, where=f"{where}, [evaluation], metrics")
        if file.evaluation.reference and file.evaluation.reference not in self.systems:
            raise unknown_name(
                "system", file.evaluation.reference, self.systems, where=f"{where}, [evaluation], reference"
            )
        if file.evaluation.calibration_curve not in CALIBRATION_CURVES:
            raise unknown_name(
                "calibration curve",
                file.evaluation.calibration_curve,
                CALIBRATION_CURVES,
                where=f"{where}, [evaluation], calibration_curve",
            )
        if file.validation.design not in DESIGNS:
            raise unknown_name(
                "design", file.validation.design, DESIGNS, where=f"{where}, [validation], design"
            )

    @property
    def definition_files(self) -> dict[str, Path]:
        """Key of each score that does not come with the package -> its file."""
        own = [self.file.path.parent / name for name in self.file.systems.scores if name.endswith(".toml")]
        return {load_definition(path).key: path for path in own}

    @classmethod
    def read(cls, path: str | Path) -> Study:
        """The study of a TOML file."""
        return cls(read_study(Path(path)))

    @classmethod
    def demo(cls, *, patients: int | None = None) -> Study:
        """The embedded study on the embedded cohort, or on a smaller one of this many synthetic patients."""
        with as_file(files("spinesurv.demo").joinpath("study.toml")) as path:
            study = cls.read(path)
        if patients is None:
            return study
        synthetic = {**study.file.cohort.synthetic, "patients": patients}
        return cls(replace(study.file, cohort=replace(study.file.cohort, synthetic=synthetic)))

    def on(self, table: str | Path, *, name: str) -> Study:
        """The same systems, measures and settings on another table.

        Parameters
        ----------
        table : canonical table, or mapping file of any other
        name : name of the new study, and of its folder of results
        """
        cohort = CohortSection(
            name=name, tables=(Path(table).name,), minimum_events=self.file.cohort.minimum_events
        )
        renamed = replace(self.file.study, name=name, title=name.replace("_", " "), question="")
        path = Path(table).absolute().parent / f"{name}.toml"
        return Study(replace(self.file, study=renamed, cohort=cohort, path=path))

    def run(
        self,
        out: str | Path | None = None,
        *,
        n_workers: int = 1,
        resume: bool = False,
        force: bool = False,
        private: bool = False,
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
        private : also keep models with the donors of their imputer, who are training patients, in `private/models/`
        progress : show a bar on a terminal, lines in a log
        """
        from spinesurv.study.progress import Progress
        from spinesurv.study.write import write_results

        started = time.monotonic()
        folder = ResultFolder(Path(out) if out is not None else Path("reports") / self.file.study.name)
        bar = Progress(shown=progress)
        population = read_population(self.file)
        outcome = population.cohort.known_outcome
        matches = match_table(self.systems, population.cohort)
        splits = self._splits(population)
        folder.claim(self.file.resolved(), force=force)
        store = JobStore(folder.jobs, self._identity(population))
        store.open(resume=resume)
        jobs = self._jobs(population, splits, n_workers, bar)
        with bar.stage("fitting", len(jobs)) as step:
            executed = run_jobs(
                jobs,
                outcome,
                store,
                times_days=self._days(),
                seed=self.file.study.seed,
                n_workers=n_workers,
                progress=step,
            )
        judged = population.judged(splits)
        by_imputation, notes = collect(jobs, judged.cohort.patients.index, store)
        performance = self._performance(judged, by_imputation, n_workers, bar)
        write_table(performance, folder.tables / "performance.csv")
        write_table(
            prediction_table(
                by_imputation,
                self.numbers,
                {key: system.total_sign for key, system in self.systems.items()},
                days=self._stored_days(),
                cohort_name=self._cohort_name(),
                design=self.file.validation.design,
                resample=resample_numbers(jobs),
            ),
            folder.private / PREDICTIONS,
        )
        write_table(outcome_table(judged.cohort), folder.private / OUTCOMES)
        tables = [by_imputation[k] for k in next(iter(self.numbers.values()), (RECORDED,))]
        result = StudyResult(
            folder,
            performance,
            averaged(tables),
            tables,
            by_imputation[RECORDED],
            judged,
            executed,
            len(jobs),
            [*judged.warnings, *match_warnings(matches)],
        )
        with bar.stage("report", 1) as step:
            minutes = (time.monotonic() - started) / 60
            said = write_results(
                self.file,
                self.systems,
                result,
                notes,
                minutes=minutes,
                definition_files=self.definition_files,
                subgroups=self.subgroups,
                private=private,
            )
            step(1, 1)
        return replace(result, warnings=said)

    def _splits(self, population: Population) -> list[Split]:
        settings = self.file.validation
        return DESIGNS[settings.design](
            population.cohort,
            folds=settings.folds,
            seed=self.file.study.seed,
            cutoff_year=settings.cutoff_year,
        )

    def _jobs(self, population: Population, splits: list[Split], n_workers: int, bar: Any) -> list[Job]:
        estimators = {key: system.estimator for key, system in self.systems.items()}
        cohort = population.cohort
        jobs = list_jobs(splits, estimators, lambda split: cohort.patients)
        if not self.numbers:
            return jobs
        variables = read_variables(self.systems.values(), cohort.patients)
        tables = completed_tables(
            cohort,
            splits,
            variables,
            self.numbers,
            seed=self.file.study.seed,
            n_workers=n_workers,
            bar=bar,
            how=self.file.missing.imputation,
        )
        for k in chain.from_iterable(self.numbers.values()):
            jobs += list_jobs(splits, estimators, tables(k), imputation=k)
        return jobs

    def _days(self) -> list[float]:
        """Days on which every model predicts; close together where a measure asks for whole curves."""
        from spinesurv.metrics import METRICS

        settings = self.file.evaluation
        days = set(self._stored_days())
        if any(METRICS[name].needs == "curve" for name in settings.metrics):
            days |= set(map(float, range(CURVE_STEP_DAYS, int(max(settings.horizons_days)), CURVE_STEP_DAYS)))
        return sorted(days)

    def _stored_days(self) -> list[float]:
        """Days of `private/predictions.csv.gz`."""
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
        self,
        population: Population,
        by_imputation: dict[int, dict[str, Prediction]],
        n_workers: int,
        bar: Any,
    ) -> pd.DataFrame:
        """Every population judged: as recorded, and on the completed tables; every pair on the one shown first."""
        settings = self.file.evaluation
        populations = {
            (ESTIMANDS[estimand], estimand): [by_imputation[k] for k in numbers]
            for estimand, numbers in self.numbers.items()
        }
        populations[COMPLETE, settings.missing] = [by_imputation[RECORDED]]
        first = next(iter(populations))
        cohort = population.cohort
        steps = (len(cohort.sites) + 1) * len(by_imputation)
        tables = []
        with bar.stage("judging", steps) as step:
            count = _counted(step, steps)
            for place, predictions in populations.items():
                table = evaluate(
                    cohort.known_outcome,
                    predictions,
                    horizons_days=settings.horizons_days,
                    site=cohort.site,
                    metrics=settings.metrics,
                    reference=settings.reference or None,
                    every_pair=settings.every_pair and place == first,
                    missing=settings.missing,
                    level=settings.level,
                    n_workers=n_workers,
                    progress=count,
                )
                tables.append(table.assign(population=place[0], missing=place[1]))
        table = pd.concat(tables, ignore_index=True)
        table["cohort"] = self._cohort_name()
        table["design"] = self.file.validation.design
        return marked_provisional(table, self.systems)[PERFORMANCE_COLUMNS]


def _counted(step: Callable[[int, int], None], total: int) -> Callable[[], None]:
    done = iter(range(1, total + 1))
    return lambda: step(next(done), total)
