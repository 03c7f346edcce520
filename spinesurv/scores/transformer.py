"""Score: a point score as a scikit-learn transformer. It learns nothing; it adds, and says why where it cannot."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.errors import IncompleteDefinitionError, InputError
from spinesurv.scores.columns import distinct, read_columns
from spinesurv.scores.completion import Assessed, assess, components
from spinesurv.scores.definition import CONFIDENCE, Definition, Group, ProvisionalScoreWarning
from spinesurv.scores.derived import Options, missing
from spinesurv.scores.flags import flags_of
from spinesurv.scores.reading import load_definition


class Score(TransformerMixin, BaseEstimator):
    """Totals, groups and what is missing, for every patient.

    Parameters
    ----------
    source : key of a score, path of a definition file, or a Definition
    variant : name of a variant of the definition; None = its default
    ecog1_kps : 80 or 70, the Karnofsky index that stands for ECOG 1 where none is recorded
    brain_counts_as_visceral : whether a brain metastasis counts as visceral; scores whose factor names the brain
        are not touched

    Notes
    -----
    The total is the sum of the item points, capped where the publication says so. An item is known as soon as the
    recorded inputs settle it; one unknown item makes the total missing. `lowest` and `highest` are the totals that remain
    possible, found by trying the possible values of the missing inputs jointly. The group is given whenever
    both ends fall into it.

    Examples
    --------
    `make_pipeline(Score("tomita"), ScoreStrata("worse"))` is a model.
    """

    def __init__(
        self,
        source: str | Path | Definition,
        *,
        variant: str | None = None,
        ecog1_kps: int = 80,
        brain_counts_as_visceral: bool = True,
    ) -> None:
        self.source = source
        self.variant = variant
        self.ecog1_kps = ecog1_kps
        self.brain_counts_as_visceral = brain_counts_as_visceral

    @property
    def definition(self) -> Definition:
        """The definition, in the variant that was asked for."""
        found = self.source if isinstance(self.source, Definition) else load_definition(self.source)
        return found.with_variant(self.variant)

    @property
    def key(self) -> str:
        """Name in tables and study files."""
        return self.definition.key

    @property
    def label(self) -> str:
        """Name in words."""
        return self.definition.label

    @property
    def status(self) -> str:
        """ready, provisional or incomplete."""
        return self.definition.status

    @property
    def citation(self) -> str:
        """Who published it."""
        return self.definition.citation

    @property
    def higher_is(self) -> str:
        """What a higher total means: better or worse."""
        return self.definition.higher_is

    @property
    def groups(self) -> tuple[Group, ...]:
        """Its groups, best prognosis first."""
        return self.definition.best_first

    @property
    def totals(self) -> list[int]:
        """All totals of its range."""
        return self.definition.totals

    @property
    def inputs(self) -> tuple[str, ...]:
        """Codebook variables that it reads, derived columns resolved."""
        return self.definition.inputs

    @property
    def confidence(self) -> dict[str, str]:
        """Item -> how sure its points are (the codes are those of `CONFIDENCE`)."""
        return {item.key: item.confidence for item in self.definition.items}

    def fit(self, patients: pd.DataFrame, outcome: Any = None) -> Self:
        """Learns nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, patients: pd.DataFrame) -> pd.DataFrame:
        """One row per patient, same index.

        Returns
        -------
        DataFrame
            total : nan where missing. raw_total : before the cap, where there is one.
            group : ordered categorical of group keys, best prognosis first.
            lowest, highest : totals that remain possible; nan outside the population.
            missing : inputs that are missing and matter, separated by commas.
            reason : why the total is missing; empty where it is there.
            settles : inputs each of which alone would settle the group, whatever its value.
            flags : conventions at work (`FLAGS`).
            item_<key> : points of each item, nan where not settled.

        Raises
        ------
        IncompleteDefinitionError
            The publication could not be read completely.
        InputError
            A value is not a level (an unknown primary tumour, for one) or outside the plausible range.
        """
        definition = self.definition
        self._check(definition)
        options = Options(self.ecog1_kps, self.brain_counts_as_visceral)
        p = read_columns(definition, patients)
        if not options.brain_counts_as_visceral and not definition.names_brain and "brain_mets" in p:
            p["brain_mets"] = np.full(len(patients), "no", dtype=object)
        parts = []
        for items in components(definition):
            names = tuple(dict.fromkeys(r for item in items for r in item.raw_inputs))
            few, which = distinct(p, names)
            parts.append(assess(items, few, options).take(which))
        return _table(definition, parts, p, patients)

    def _check(self, definition: Definition) -> None:
        if self.ecog1_kps not in (70, 80):
            raise InputError(f"score {definition.key}: ecog1_kps is 80 or 70, found {self.ecog1_kps!r}.")
        if definition.status == "incomplete":
            raise IncompleteDefinitionError(f"score {definition.key} cannot be computed: {definition.reason}")
        if definition.status == "provisional":
            warnings.warn(
                f"score {definition.key} is provisional: some of its points rest on {CONFIDENCE['GK']}.",
                ProvisionalScoreWarning,
                stacklevel=3,
            )


def _table(
    definition: Definition, parts: list[Assessed], p: Mapping[str, np.ndarray], patients: pd.DataFrame
) -> pd.DataFrame:
    n = len(patients)
    points = {key: values for part in parts for key, values in part.points.items()}
    points = {item.key: points[item.key] for item in definition.items}
    wanted = {r: np.zeros(n, dtype=bool) for r in definition.inputs}
    for part in parts:
        for raw, mask in part.wanted.items():
            wanted[raw] |= mask
    for raw in definition.applies_to:
        wanted[raw] |= missing(p[raw])
    ends = [np.sum([getattr(part, end) for part in parts], axis=0) for end in ("lowest", "highest")]
    outside = _outside(definition, p, patients)
    out_of = np.any([*outside.values(), np.zeros(n, dtype=bool)], axis=0)
    unsure = np.any([missing(p[raw]) for raw in definition.applies_to] + [np.zeros(n, dtype=bool)], axis=0)
    raw_total = np.where(out_of | unsure, np.nan, np.sum(list(points.values()), axis=0))
    low, high = (np.where(out_of, np.nan, _capped(definition, end)) for end in ends)
    group = np.where(_band(definition, low) == _band(definition, high), _band(definition, low), -1)
    group[unsure] = -1
    contradiction = {name: mask for part in parts for name, mask in part.contradiction.items()}
    unplaced = {key: np.isnan(v) for key, v in points.items()}
    names = _words({raw: mask & ~out_of for raw, mask in wanted.items()})
    reason = np.full(n, "", dtype=object)
    for words, values in (
        ("no level fits", _words(unplaced)),
        ("missing", names),
        ("contradiction", _words(contradiction)),
        ("outside the population", _words(outside)),
    ):
        reason = np.where((values != "") & np.isnan(raw_total), f"{words}: " + values, reason)
    table = {"total": _capped(definition, raw_total)}
    if definition.cap is not None:
        table["raw_total"] = raw_total
    keys = [g.key for g in definition.groups]
    order = [g.key for g in definition.best_first]
    table["group"] = pd.Categorical.from_codes(group.astype(int), categories=keys).reorder_categories(
        order, ordered=True
    )
    table |= {"lowest": low, "highest": high, "missing": names, "reason": reason}
    table["settles"] = _words(_settling(definition, parts, ends, (group < 0) & ~out_of & ~unsure))
    table["flags"] = _words(flags_of(definition, p))
    table |= {f"item_{key}": np.where(out_of, np.nan, values) for key, values in points.items()}
    return pd.DataFrame(table, index=patients.index)


def _outside(
    definition: Definition, p: Mapping[str, np.ndarray], patients: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Why -> where a patient is outside the population of the score."""
    out = {}
    if "n_spine_mets" in patients.columns:
        out["n_spine_mets is 0"] = (pd.to_numeric(patients["n_spine_mets"], errors="coerce") == 0).to_numpy(
            dtype=bool, na_value=False
        )
    for raw, allowed in definition.applies_to.items():
        inside = np.any([p[raw] == value for value in allowed], axis=0)
        out[f"{raw} is not {' or '.join(allowed)}"] = ~inside & ~missing(p[raw])
    return out


def _capped(definition: Definition, totals: np.ndarray) -> np.ndarray:
    return totals if definition.cap is None else np.minimum(totals, definition.cap)


def _band(definition: Definition, totals: np.ndarray) -> np.ndarray:
    """Position of the group of each total; -1 where there is no total."""
    at = np.searchsorted([g.low for g in definition.groups], totals, side="right") - 1
    return np.where(np.isnan(totals), -1, at)


def _settling(
    definition: Definition, parts: list[Assessed], ends: list[np.ndarray], open_: np.ndarray
) -> dict[str, np.ndarray]:
    """Input -> where knowing it would settle the group, whatever it turns out to be."""
    out = {}
    for part in parts:
        for raw, values in part.by_value.items():
            rows = np.flatnonzero(open_ & part.wanted[raw])
            low, high = (
                _capped(definition, (end - own)[rows, None] + values[rows, :, i])
                for i, (end, own) in enumerate(zip(ends, (part.lowest, part.highest), strict=True))
            )
            mask = np.zeros(len(open_), dtype=bool)
            mask[rows] = (_band(definition, low) == _band(definition, high)).all(axis=1)
            out[raw] = mask
    return out


def _words(masks: Mapping[str, np.ndarray]) -> np.ndarray:
    """(n,) the names of the masks that hold, separated by commas."""
    names = list(masks)
    if not names:
        return np.array([""], dtype=object)
    code = np.sum([masks[name].astype(np.int64) << i for i, name in enumerate(names)], axis=0)
    found, which = np.unique(code, return_inverse=True)
    words = [", ".join(name for i, name in enumerate(names) if c >> i & 1) for c in found.tolist()]
    return np.array([*words, ""], dtype=object)[which]
