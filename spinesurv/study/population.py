"""The patients of a study: read, pooled, small sites joined, and refused with one sentence where nothing can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from spinesurv.core import Cohort
from spinesurv.core.end_point import DEATH, judged_by, label_of, words_of
from spinesurv.errors import BeyondFollowUpError, InputError
from spinesurv.evaluation import Split, judged_rows
from spinesurv.study.file import StudyFile
from spinesurv.study.lesions import with_lesions
from spinesurv.study.status import check_recorded, without_times

ATTRITION = ["step", "n", "reason"]
JOINED = ["site", "n", "events", "joined_into", "enough"]

_WORDS = (
    "the end point is {label}; other events compete with it and are never taken for censorings. In the files of the "
    "results a column named survival holds 1 minus its cumulative incidence"
)


@dataclass(frozen=True, eq=False)
class Population:
    """Who is judged, and what became of the others.

    Parameters
    ----------
    cohort : patients with a known outcome
    attrition : step, n, reason; the rows of the tables on their way to the analysis
    joined_sites : site, n, events, joined_into, enough
    data_hash : of the tables' bytes, or of the settings of a synthetic cohort
    warnings : findings that a reader must know
    """

    cohort: Cohort
    attrition: pd.DataFrame
    joined_sites: pd.DataFrame
    data_hash: str
    warnings: list[str] = field(default_factory=list)

    def judged(self, splits: Sequence[Split]) -> Population:
        """The same with the patients who are judged in these splits; the others are counted in the attrition."""
        rows = judged_rows(splits)
        n = len(self.cohort)
        if len(rows) == n:
            return self
        learned = np.setdiff1d(np.concatenate([s.train for s in splits]), rows)
        steps = [
            ("learned from, not judged", len(learned), "index year before the cutoff year"),
            ("neither learned from nor judged", n - len(rows) - len(learned), "index year not recorded"),
            ("judged", len(rows), "index year from the cutoff year on"),
        ]
        table = pd.DataFrame([s for s in steps if s[1]], columns=ATTRITION)
        attrition = pd.concat([self.attrition, table], ignore_index=True)
        return replace(self, cohort=self.cohort.take(rows), attrition=attrition)


def read_population(study: StudyFile) -> Population:
    """The patients of a study."""
    cohort, attrition, data_hash, warnings = _synthetic(study) if study.cohort.synthetic else _tables(study)
    if study.decisions.lesions:
        paths = [study.path.parent / name for name in study.decisions.lesions]
        cohort, told, digest = with_lesions(cohort, paths)
        warnings, data_hash = [*warnings, *told], f"{data_hash},lesions:{digest}"
    n_before = len(cohort)
    cohort, note = judged_by(cohort, study.evaluation.end_point)
    if len(cohort) < n_before:
        row = [["left out of the end point", n_before - len(cohort), note]]
        attrition = pd.concat([attrition, pd.DataFrame(row, columns=ATTRITION)], ignore_index=True)
    if study.evaluation.end_point != DEATH:
        warnings = [*warnings, _WORDS.format(label=label_of(study.evaluation.end_point))]
        if len(cohort) == n_before and note:
            warnings.append(note)
    joined = pd.DataFrame(columns=JOINED)
    if study.cohort.minimum_events:
        from spinesurv.cohorts import group_small_sites

        cohort, joined = group_small_sites(
            cohort,
            minimum_events=study.cohort.minimum_events,
            name=study.cohort.small_sites,
            together=study.cohort.small_sites_together,
        )
    check_population(cohort, study.evaluation.horizons_days)
    why = "known outcome"
    if cohort.known_outcome.status is not None:
        why = f"status at {cohort.known_outcome.status.in_words}, also where it is not known"
        warnings = [*warnings, *without_times(study.evaluation.metrics)]
    analysed = pd.DataFrame([["analysed", len(cohort), why]], columns=ATTRITION)
    attrition = pd.concat([attrition, analysed], ignore_index=True)
    return Population(cohort, attrition, joined, data_hash, warnings)


def check_population(cohort: Cohort, horizons_days: Sequence[int]) -> None:
    """Refuse a cohort in which nothing can be judged.

    Raises
    ------
    InputError
        Nobody had the event, a site without any, or a horizon that no patient was followed to.
    """
    outcome = cohort.known_outcome
    if len(outcome) == 0:
        raise InputError(
            "cohort: no patient with a known outcome is left. See the attrition table of `spinesurv check`."
        )
    what = outcome.end_point or DEATH
    if outcome.n_events == 0:
        raise InputError(
            f"cohort: nobody of {len(outcome)} patients had the event that is judged ({label_of(what)}). Check its coding in the mapping "
            "file: event = { dead = [...], alive = [...] }, or the column of the event."
        )
    silent = [name for name in cohort.sites if outcome.take(cohort.site == name).n_events == 0]
    if silent:
        raise InputError(
            f"cohort: no {words_of(what).event} at {len(silent)} site(s) ({', '.join(silent)}), so nothing can be judged there. Check the "
            "event coding, or join small sites with minimum_events = 20 under [cohort]."
        )
    if outcome.status is not None:
        check_recorded(outcome.status, horizons_days, "cohort")
        return
    last = float(np.max(outcome.time_days))
    beyond = [d for d in horizons_days if d > last]
    if beyond:
        raise BeyondFollowUpError(
            f"horizons_days: day {', '.join(map(str, beyond))} lies beyond the longest follow-up of the cohort "
            f"({last:g} days). Remove these horizons."
        )


def _synthetic(study: StudyFile) -> tuple[Cohort, pd.DataFrame, str, list[str]]:
    from spinesurv.cohorts import make_cohort

    settings: dict[str, Any] = {"patients": 4304, "seed": study.study.seed, **study.cohort.synthetic}
    cohort = make_cohort(**settings)
    attrition = pd.DataFrame(
        [["generated", len(cohort), "synthetic patients, no real person"]], columns=ATTRITION
    )
    return cohort, attrition, f"synthetic:{settings['patients']}:{settings['seed']}", []


def _tables(study: StudyFile) -> tuple[Cohort, pd.DataFrame, str, list[str]]:
    from spinesurv.cohorts import import_table, pooling_findings

    tables, steps, hashes, warnings = [], [], [], []
    for written in study.cohort.tables:
        imported = import_table(study.path.parent / written)
        if imported.cohort.outcome is None:
            raise InputError(
                f"table {written}: it has no outcome. A study needs time_days and event (or dead_by_<days>), or a mapping of them."
            )
        tables.append(imported)
        steps.append(imported.attrition.assign(step=f"{written}: " + imported.attrition["step"]))
        hashes.append(imported.sha256)
        warnings += [f"{written}: {finding.what}" for finding in imported.audit if finding.severity != "note"]
    cohort = Cohort.pool([t.cohort for t in tables], mixed_time_zero=study.cohort.mixed_time_zero)
    status = cohort.known_outcome.status
    if status is not None and status.n_alone < len(cohort):
        those = ", ".join(str(t.mapping.name or t.table.name) for t in tables if t.mapping.status is not None)
        raise InputError(
            f"cohort: {those} tells who was dead by {status.in_words} and no times, the other tables tell times. Their patients are not judged "
            "together: make a study of those without times, or leave them out."
        )
    warnings += [finding.what for finding in pooling_findings(tables) if finding.severity != "note"]
    attrition = pd.concat(steps, ignore_index=True)[ATTRITION]
    return cohort, attrition, "tables:" + ",".join(hashes), warnings
