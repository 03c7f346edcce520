"""From a raw table to a proposed mapping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from spinesurv.cohorts.proposal import outcome, status
from spinesurv.cohorts.proposal.columns import judged
from spinesurv.cohorts.proposal.look import look
from spinesurv.cohorts.proposal.names import ON_A_LATER_DAY, Named, named, never, prefixes
from spinesurv.cohorts.proposal.proposed import CONFIDENCE, GUESS, HIGH, LIKELY, Proposal, Proposed, weaker
from spinesurv.cohorts.proposal.raw_column import Cells, missing_by_place, missing_words
from spinesurv.cohorts.proposal.sex_by_tumour import sex_by_tumour
from spinesurv.cohorts.proposal.unknown_primary import ask_about_unknown_primary
from spinesurv.cohorts.read_table import RawTable
from spinesurv.core.codebook import codebook
from spinesurv.core.status import days_of_columns

#: why a column is no predictor although it may be the outcome
LATER = "known only after time zero"
_PREDICTS = ("baseline", "site", "id")
_RECORD_NUMBERS = (
    "mrn",
    "nhc",
    "historiaclinica",
    "kanjaid",
    "recordnumber",
    "등록번호",
    "병록번호",
    "カルテ番号",
)


def propose(path: str | Path, *, sheet: str | None = None, dictionary: str | Path | None = None) -> Proposal:
    """Propose which columns of a table are which variables, with evidence and confidence.

    Nothing is decided that cannot be told: it is a question. A column that is known only after time zero, or comes from a model, is
    never proposed as a predictor. Codes are shown where at least 5 patients share them, or where they belong to a known
    coding, which is then written whole.

    Parameters
    ----------
    path : the table as it came
    sheet : of a workbook with several
    dictionary : second file that explains the codes: data dictionary of REDCap, SAS catalogue of labels

    Raises
    ------
    InputError
        The table cannot be read.
    """
    table, reading = look(Path(path), sheet, None if dictionary is None else Path(dictionary))
    listed = missing_words(table)
    by_place = missing_by_place(table, listed)
    missing = tuple(sorted((*listed, *by_place)))
    first_words = prefixes(map(str, table.cells.columns))
    kept_back: dict[str, str] = {}
    found: list[Proposed] = []
    times_of_others: list[str] = []
    at_days: list[Proposed] = []
    for name in table.cells.columns:
        cells = Cells.of(str(name), table, missing)
        reason = never(cells.name) or never(cells.title)
        at_day = status.proposed(cells)
        if at_day is not None and reason in (None, LATER, ON_A_LATER_DAY):
            at_days.append(at_day)
            kept_back[name] = status.BESIDE_TIMES
            continue
        if reason is not None:
            kept_back[name] = reason
            if reason == "another end point" and cells.values.notna().mean() > 0.9 and cells.values.max() > 1:
                times_of_others.append(name)
            found += [
                p
                for p in _candidates(cells, table, first_words)
                if codebook()[p.key].role not in _PREDICTS and _later(p, reason)
            ]
            continue
        found += _candidates(cells, table, first_words)
    best, questions = _one_each(found)
    event = best.pop("event", None)
    time = best.pop("time_days", None)
    if event is None and len(at_days) == 1 and (time is not None or "index_date" in best):
        cells = Cells.of(at_days[0].from_, table, missing)
        event = next((p for p in _candidates(cells, table, first_words) if p.key == "event"), None)
    start, end = best.get("index_date"), outcome.end(best.get("death_date"), best.get("follow_up_end_date"))
    if event is None and time is None and "death_date" in best:
        event = outcome.dead_where_dated(best["death_date"])
    if time is None:
        event = outcome.other_end_point(event, times_of_others)
    if "sex" in best:
        best["sex"] = sex_by_tumour(best["sex"], best.get("primary_tumor"), table.cells)
    if "primary_tumor" in best:
        best["primary_tumor"] = ask_about_unknown_primary(best["primary_tumor"], table.cells)
    site, patient_id = best.pop("site", None), best.pop("patient_id", None)
    patient_id = None if patient_id is None else _unique(patient_id, site, table)
    for key in ("index_date", "death_date", "follow_up_end_date"):
        if time is None or key not in ("index_date",):
            best.pop(key, None)
    timed = event is not None and (time is not None or (start is not None and end is not None))
    by_day, more = _one_each([] if timed else sorted(at_days, key=lambda p: days_of_columns([p.key])))
    questions += more
    used = {p.from_ for p in by_day.values()}
    used |= {p.from_ for p in (*best.values(), *filter(None, (site, patient_id, time, event, start, end)))}
    unknown = tuple(n for n in table.cells.columns if n not in used and n not in kept_back)
    if by_place:
        codes = ", ".join(map(repr, by_place))
        questions.append(
            f"{codes}: in several columns the only code that is no value, read as missing. Is it?"
        )
    questions += _named_and_not_read(unknown, table, {p.key for p in found})
    questions += _about_the_table(table, site, patient_id, time, start, end, event, by_day=bool(by_day))
    order = {key: at for at, key in enumerate(codebook().keys())}
    return Proposal(
        table,
        tuple(r for r in reading if not r.startswith("QUESTION: ")),
        missing,
        site,
        patient_id,
        time,
        None if time else start,
        None if time else end,
        event,
        tuple(sorted(best.values(), key=lambda p: order[p.key])),
        {name: why for name, why in kept_back.items() if name not in used},
        unknown,
        tuple(r.removeprefix("QUESTION: ") for r in reading if r.startswith("QUESTION: ")) + tuple(questions),
        tuple(by_day.values()),
    )


def _named_and_not_read(unknown: tuple[str, ...], table: RawTable, taken: set[str]) -> list[str]:
    """A question about each column whose name is surely known and whose cells are not what the name says."""
    asked = []
    for name in unknown:
        guess = next(iter(named(str(name))), None)
        if guess is None or guess.confidence != HIGH or guess.key in taken or (table.cells[name] == "").all():
            continue
        variable = codebook()[guess.key]
        if variable.role == "baseline":
            asked.append(
                f"{guess.key} (from {name!r}): its name says so, and too few of its cells can be read as that. Allowed: {variable.allowed}. "
                "What do they hold?"
            )
    return asked


def _later(proposed: Proposed, reason: str) -> bool:
    """Whether a column that looks ahead may still be proposed: as what it is, surely, or as the outcome, which is later."""
    role = codebook()[proposed.key].role
    if role == "outcome" and reason == LATER and proposed.confidence != GUESS:
        return True
    return proposed.confidence == HIGH and role in ("after_time_zero", "outcome")


def _candidates(cells: Cells, table: RawTable, first_words: frozenset[str]) -> list[Proposed]:
    """What the best name of a column says that its cells allow."""
    by_title = [
        replace(n, evidence=f"the file calls it {cells.title[:60]!r}: {n.evidence}")
        for n in named(cells.title)
    ]
    by_name = named(cells.name, first_words)
    for guess in sorted([*by_name, *by_title], key=lambda n: CONFIDENCE.index(n.confidence)):
        found = _one(cells, guess, table)
        if found is not None:
            return [found]
    return []


def _one(cells: Cells, guess: Named, table: RawTable) -> Proposed | None:
    role = codebook()[guess.key].role
    if role == "model_output":
        return None
    if guess.key == "time_days":
        return outcome.time(cells, guess)
    if guess.key == "event":
        as_date = judged(
            cells, Named("death_date", guess.confidence, f"{guess.evidence}, and its cells are dates")
        )
        return as_date or outcome.event(cells, guess)
    if guess.key == "treatment_detail":
        of_surgery = Named("index_date", LIKELY, f"{guess.evidence}, and its cells are dates")
        return judged(cells, of_surgery) or judged(cells, guess)
    if guess.key == "site":
        return _site(cells, guess, table)
    if guess.key == "patient_id":
        return _identifier(cells, guess, table)
    return judged(cells, guess)


def _site(cells: Cells, guess: Named, table: RawTable) -> Proposed | None:
    n = cells.filled.nunique()
    if n < 2 or n > max(2, len(table) / 3):
        return None
    evidence = (guess.evidence, f"{n} different values in {len(cells.filled)} rows")
    return Proposed("site", cells.name, guess.confidence, evidence, {}, (), blocked=guess.confidence == GUESS)


def _identifier(cells: Cells, guess: Named, table: RawTable) -> Proposed:
    """A column as identifier; whether it is unique is looked at when the site is known."""
    questions: tuple[str, ...] = ()
    if any(mark in cells.name.lower().replace(" ", "").replace("_", "") for mark in _RECORD_NUMBERS):
        questions = (
            "a record number of the hospital identifies a person. Replace it before the table travels.",
        )
    return Proposed("patient_id", cells.name, guess.confidence, (guess.evidence,), {}, questions)


def _unique(identifier: Proposed, site: Proposed | None, table: RawTable) -> Proposed:
    """Whether each patient has an identifier of its own within the proposed site."""
    by_site = site is not None and not site.blocked
    key = table.cells[[site.from_, identifier.from_] if site and by_site else [identifier.from_]]
    filled = key[key[identifier.from_] != ""]
    twice = len(table) - len(filled.drop_duplicates())
    if not twice:
        where = "in every row of a site" if by_site else "in every row"
        return replace(identifier, evidence=(*identifier.evidence, f"different {where}"))
    question = (
        f"it repeats within a site or is empty in {twice} rows, which an import refuses: is a row a patient?"
    )
    return replace(
        identifier,
        confidence=weaker(LIKELY, identifier.confidence),
        questions=(*identifier.questions, question),
    )


def _one_each(found: list[Proposed]) -> tuple[dict[str, Proposed], list[str]]:
    """The surest column of each variable; where two are equally sure, it is asked and none is taken."""
    best: dict[str, Proposed] = {}
    questions: list[str] = []
    for key in dict.fromkeys(p.key for p in found):
        those = sorted((p for p in found if p.key == key), key=lambda p: CONFIDENCE.index(p.confidence))
        first = those[0]
        rivals = [p.from_ for p in those[1:] if p.confidence == first.confidence]
        if rivals:
            names = ", ".join(repr(n) for n in (first.from_, *rivals))
            questions.append(f"{key}: which of the columns {names} is it?")
            first = replace(first, confidence=GUESS, blocked=True)
        best[key] = first
    return best, questions


def _about_the_table(
    table: RawTable,
    site: Proposed | None,
    patient_id: Proposed | None,
    time: Proposed | None,
    start: Proposed | None,
    end: Proposed | None,
    event: Proposed | None,
    *,
    by_day: bool,
) -> list[str]:
    questions = [
        "what is time zero (surgery, first visit, diagnosis of the spinal metastasis)? Write it into time_zero."
    ]
    if site is None or site.blocked:
        questions.append(
            f"from which hospital are the patients? The name of the table ({Path(table.name).stem}) is written."
        )
    if patient_id is None:
        questions.append("no column of identifiers was found: is a row a patient? The rows are numbered.")
    if by_day:
        questions.append(
            "who was dead by some days is told, and no times: that is no survival data. Are there dates or days of follow-up anywhere?"
        )
        return questions
    if event is None:
        questions.append("which column says who died? None was found, so there is no outcome.")
    if time is None and (start is None or end is None):
        questions.append(
            "which column holds the follow-up time, or which two dates? None was found. Where it was asked who was dead by a fixed "
            "day, say which day: [outcome.dead_by.365]."
        )
    return questions
