"""The first page in plain sentences, each built from rows of the tables that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from spinesurv.core.end_point import OF_DEATH, Words
from spinesurv.core.tables import AS_GIVEN, IMPUTED, POOLED, PROVISIONAL_MARK
from spinesurv.figures.wording import metric_wording
from spinesurv.study.headline import (
    differences_to,
    headline_population,
    headline_rows,
    ranking_metric,
    singles,
)
from spinesurv.study.systems import System
from spinesurv.study.verdicts import NO, PARTLY, UNCLEAR, YES

#: more systems than this are counted, not named
MOST_NAMED = 6

SYNTHETIC = "These patients are synthetic: nothing here says anything about real ones."

#: share of all patients, as recorded, below which a system is named as one that many cannot be scored with
MOST_SCORED = 0.75


@dataclass(frozen=True, eq=False)
class Findings:
    """What the sentences are made of.

    Parameters
    ----------
    performance : tables/performance.csv
    verdicts : `verdict_table`
    scored : `scored_by_site`, patients as recorded
    systems : key -> System, in the order of the tables
    reference : key of the system that all are compared with; empty = none
    synthetic : whether the patients are made up
    words : of the end point
    """

    performance: pd.DataFrame
    verdicts: pd.DataFrame
    scored: pd.DataFrame
    systems: Mapping[str, System]
    reference: str
    synthetic: bool = False
    words: Words = OF_DEATH

    def named(self, models: Sequence[str]) -> str:
        """Systems by name, or how many where there are many."""
        if len(models) > MOST_NAMED:
            return f"{len(models)} systems"
        return "; ".join(self.systems[m].label for m in models)

    @property
    def given(self) -> bool:
        """Whether the predictions were made elsewhere."""
        return bool((self.performance["design"] == AS_GIVEN).all())

    @property
    def new_ones(self) -> str:
        """Whom the design lets a prediction be judged on, in words."""
        if self.given:
            return "in these patients"
        by_site = (self.performance["design"] == "internal_external").all()
        return "at a hospital that it has not seen" if by_site else "in patients whom it has not seen"

    @property
    def risks_were_asked(self) -> bool:
        """Whether the study takes the measure on which the rules stand."""
        return bool((self.performance["metric"] == "observed_expected").any())

    @property
    def judged(self) -> list[str]:
        """Systems that give survival for at least one horizon, provisional ones left out.

        All others, too, where observed and expected deaths were not asked for, so that this is not known.
        """
        risks = self.verdicts[self.verdicts["question"] == "risks"]
        asked = (self.performance["metric"] == "observed_expected").any()
        known = risks[risks["verdict"] != "gap"] if asked else risks
        return [
            m for m in self.systems if m in set(known["model"]) and self.systems[m].status != "provisional"
        ]


def key_points(found: Findings) -> list[str]:
    """Which system to trust, at which horizon."""
    if not len(found.performance):
        return []
    return [
        text
        for text in (
            SYNTHETIC if found.synthetic else "",
            *_trusted(found),
            *_highest(found),
            _against_reference(found),
            _risks(found),
        )
        if text
    ]


def keep_in_mind(found: Findings) -> list[str]:
    """On whom the statements stand, for whom systems are not, and what could not be judged."""
    if not len(found.performance):
        return []
    told = (
        _standing(found),
        _unscored(found),
        _populations(found),
        _without_survival(found),
        _provisional(found),
    )
    return [text for text in told if text]


def _standing(found: Findings) -> str:
    rows = headline_rows(found.performance)
    everyone = int(found.scored.loc[found.scored["site"] == "all", "n"].max()) if len(found.scored) else 0
    who = f"{everyone} patients" if everyone else "the patients"
    if headline_population(found.performance) == IMPUTED:
        text = f"Every statement stands on {who}, missing inputs filled in (population: imputed)"
    else:
        text = f"Every statement stands on {who} as recorded, each system on those it can score (population: complete)"
    over = "pooled over sites" if (rows["site"] == POOLED).any() else "all sites together"
    unseen = (
        "The predictions were made elsewhere: whether their systems had seen these patients is not known here"
        if found.given
        else "Each patient is judged by systems that had not seen that patient"
    )
    return f"{text}, {over}. {unseen}."


def _answers(found: Findings, day: int) -> pd.DataFrame:
    """System -> verdict on each question at a day, of the systems that can be trusted or not."""
    at = found.verdicts[(found.verdicts["horizon_days"] == day) & found.verdicts["model"].isin(found.judged)]
    table = at.pivot(index="model", columns="question", values="verdict")
    questions = ["ranks", "risks", "acting"]  # none has a column where no system is judged
    return table.reindex([m for m in found.judged if m in table.index], columns=questions)


def _trusted(found: Findings) -> list[str]:
    """Who passes, or what stands in the way; a sentence for all horizons of which it is true."""
    if not found.risks_were_asked:
        return [
            "Whether a system is to be trusted is not answered: the study does not take the measure observed_expected, "
            "on which the rules below stand."
        ]
    days_of: dict[str, list[str]] = {}
    for day in sorted(found.verdicts["horizon_days"].unique()):
        a = _answers(found, day)
        passing = a.index[
            (a["ranks"] == YES) & (a["risks"] == YES) & a["acting"].isin([YES, PARTLY])
        ].tolist()
        nearly = a.index[
            (a["ranks"] == YES) & (a["risks"] == PARTLY) & a["acting"].isin([YES, PARTLY])
        ].tolist()
        ranking = a.index[a["ranks"] == YES].tolist()
        if passing:
            text = f"to be trusted by the rules below are {found.named(passing)}."
        elif nearly:
            text = (
                f"no system passes every rule below. Nearest are {found.named(nearly)}: they rank well and are "
                "worth acting on at some risk, but their risks are right on average only."
            )
        elif ranking:
            text = (
                f"{found.named(ranking)} rank{'s' if len(ranking) == 1 else ''} patients well; no system's risks "
                f"can be called right {found.new_ones}."
            )
        else:
            text = "no system is shown to rank patients well, and none passes every rule below."
        days_of.setdefault(text, []).append(f"day {day}")
    return [f"{sentence(', '.join(days))}: {text}" for text, days in days_of.items()]


def _highest(found: Findings) -> list[str]:
    """Who has the highest value of the ranking measure, and who is not told apart from it."""
    rows = headline_rows(found.performance)
    metric = ranking_metric(rows)
    if metric is None:
        return []
    told = metric_wording(metric).label
    days = sorted(found.verdicts["horizon_days"].unique()) if metric != "harrell_c" else [float("nan")]
    out: dict[str, list[str]] = {}
    for day in days:
        at = rows[(rows["metric"] == metric) & (rows["status"] != "gap")]
        at = at[at["horizon_days"].isna()] if day != day else at[at["horizon_days"] == day]
        own = singles(at)
        own = own[own["model"].isin(found.judged)].sort_values("value", ascending=False, kind="stable")
        if len(own) < 2:
            continue
        first = str(own["model"].iloc[0])
        level = [m for m in own["model"].iloc[1:] if _not_told_apart(at, first, str(m))]
        tail = f"; not told apart from it: {found.named(level)}" if level else "; every other is lower"
        text = f"{found.systems[first].label}{tail}"
        out.setdefault(text, []).append("all follow-up" if day != day else f"day {day:g}")
    if not out:
        return []
    words = ". ".join(f"{sentence(', '.join(days))}: {text}" for text, days in out.items())
    return [
        f"Highest {told}, picked on these same patients and so flattered. {words}. (Paired differences, 95 % confidence "
        "intervals, not corrected for their number.)"
    ]


def _not_told_apart(rows: pd.DataFrame, first: str, other: str) -> bool:
    """Whether the interval of the paired difference of the two reaches 0; where it is not known, their own overlap."""
    pair = rows[
        ((rows["model"] == first) & (rows["reference"] == other))
        | ((rows["model"] == other) & (rows["reference"] == first))
    ]
    pair = pair[pair["low"].notna() & pair["high"].notna()]
    if len(pair):
        return bool(pair["low"].iloc[0] <= 0 <= pair["high"].iloc[0])
    own = singles(rows).set_index("model")
    return float(own["high"][other]) >= float(own["low"][first])


def _against_reference(found: Findings) -> str:
    rows = headline_rows(found.performance)
    metric = ranking_metric(rows)
    if metric is None or not found.reference:
        return ""
    pairs = differences_to(rows[rows["metric"] == metric], found.reference)
    pairs = pairs[pairs["model"].isin(found.judged)]
    pairs = pairs[pairs["model"].isin(pairs.loc[pairs["status"] != "gap", "model"])]
    if pairs.empty:
        return ""
    better, worse, level = [], [], []
    for model, part in pairs.groupby(
        "model", sort=False
    ):  # a gap has no interval: nothing is shown at its horizon
        if (part["low"] > 0).all():
            better.append(str(model))
        elif (part["high"] < 0).all():
            worse.append(str(model))
        else:
            level.append(str(model))
    words = [
        f"better at every horizon: {found.named(better)}"
        if better
        else "no system is better at every horizon",
        f"worse at every horizon: {found.named(worse)}" if worse else "",
        f"neither: {found.named(level)}" if level else "",
    ]
    return (
        f"Ranking compared with {found.systems[found.reference].label}, the reference fixed beforehand "
        f"({metric_wording(metric).label}, on the same patients): {'. '.join(sentence(w) for w in words if w)}."
    )


def _risks(found: Findings) -> str:
    at = found.verdicts[(found.verdicts["question"] == "risks") & found.verdicts["model"].isin(found.judged)]
    if at.empty:
        return ""
    words = []
    for day, part in at.groupby("horizon_days"):
        n = int((part["verdict"] != "gap").sum())
        count = {v: int((part["verdict"] == v).sum()) for v in (YES, PARTLY, UNCLEAR, NO)}
        told = {
            YES: "right here and expected so at a new site",
            PARTLY: "right on average only",
            UNCLEAR: "cannot be told",
            NO: "wrong on average",
        }
        words.append(f"day {day}, of {n}: " + ", ".join(f"{count[v]} {told[v]}" for v in told if count[v]))
    note = ""
    if any(found.systems[m].kind == "score" for m in found.judged):
        note = (
            f" {sentence(found.words.learned)} per total of point scores was learned again in the training sites; it is not "
            "that of their authors."
        )
    return f"Do predicted risks come true, in number of systems? {sentence('; '.join(words))}.{note}"


def sentence(words: str) -> str:
    """First letter large."""
    return words[:1].upper() + words[1:]


def _unscored(found: Findings) -> str:
    """Systems that many patients cannot be scored with, those of the same inputs once."""
    scored = found.scored[(found.scored["site"] == "all") & (found.scored["share"] < MOST_SCORED)]
    words = [
        f"{r['label']} ({100 * r['share']:.0f} %)"
        for r in scored.sort_values("share", kind="stable").to_dict("records")
        if found.systems[r["model"]].kind != "published"
    ]
    if not words:
        return ""
    if found.given:
        return f"For whom not: fewer than {100 * MOST_SCORED:.0f} % of patients have a prediction of {'; '.join(words)}."
    return (
        f"For whom not: as recorded, fewer than {100 * MOST_SCORED:.0f} % of patients have what is needed for "
        f"{'; '.join(words)}. For the others a prediction rests on filled-in values, or there is none."
    )


def _populations(found: Findings) -> str:
    words = []
    for system in found.systems.values():
        if system.kind != "score" or not system.score.definition.applies_to:
            continue
        who = " and ".join(
            f"{name.replace('_', ' ')} {' or '.join(values)}"
            for name, values in system.score.definition.applies_to.items()
        )
        words.append(f"{system.label} only to patients with {who}")
    return f"Made for some patients only: {'; '.join(words)}." if words else ""


def _without_survival(found: Findings) -> str:
    known = found.verdicts[(found.verdicts["question"] == "risks") & (found.verdicts["verdict"] != "gap")]
    silent = [s for m, s in found.systems.items() if m not in set(known["model"])]
    published = [s.score.label for s in silent if s.kind == "published"]
    others = [s.label for s in silent if s.kind != "published"]
    words = [f"survival as published by the authors of {'; '.join(published)}"] if published else []
    words += [f"any {found.words.learned} by {'; '.join(others)}"] if others else []
    if not words or not found.risks_were_asked:
        return ""
    return f"Cannot be judged at these horizons: {'. Nor '.join(words)}. The reasons stand under the tables."


def _provisional(found: Findings) -> str:
    names = [s.label for s in found.systems.values() if s.status == "provisional"]
    if not names:
        return ""
    return f"Provisional ({PROVISIONAL_MARK}), some of their points are not confirmed, so not counted above: {'; '.join(names)}."
