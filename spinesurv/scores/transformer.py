"""Score: a point score as a scikit-learn transformer. It learns nothing; it adds, and says why where it cannot."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from spinesurv.errors import IncompleteDefinitionError, InputError
from spinesurv.scores.columns import Coded, PatientColumns
from spinesurv.scores.completion import Assessed, assess_all
from spinesurv.scores.definition import CONFIDENCE, Definition, Group, ProvisionalScoreWarning
from spinesurv.scores.derivation import Options
from spinesurv.scores.derived import silent_levels
from spinesurv.scores.flags import LUNG_LIVER_FLAG
from spinesurv.scores.reading import load_definition
from spinesurv.scores.result import Totals, add_up, result_table, short_table


class Score(TransformerMixin, BaseEstimator):
    """Totals, groups and what is missing, for every patient.

    Parameters
    ----------
    source : key of a score, path of a definition file, or a Definition
    variant : name of a variant of the definition; None = its default
    ecog1_kps : 80 or 70, the Karnofsky index that stands for ECOG 1 where none is recorded
    brain_counts_as_visceral : whether a brain metastasis counts as visceral; scores whose factor names the brain
        are not touched
    assume_hormone : "independent" or "dependent", what stands for an unknown hormone dependence; None = it is missing

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
        assume_hormone: str | None = None,
    ) -> None:
        self.source = source
        self.variant = variant
        self.ecog1_kps = ecog1_kps
        self.brain_counts_as_visceral = brain_counts_as_visceral
        self.assume_hormone = assume_hormone

    @property
    def definition(self) -> Definition:
        """The definition, in the variant that was asked for."""
        found = self.source if isinstance(self.source, Definition) else load_definition(self.source)
        return found.with_variant(self.variant)

    @property
    def key(self) -> str:
        """Name in tables and study files; of a variant that is not the default, `key.variant`."""
        found = self.definition
        return found.key if found.changed is None else f"{found.key}.{found.changed}"

    @property
    def label(self) -> str:
        """Name in words."""
        found = self.definition
        return found.label if found.changed is None else f"{found.label}, variant {found.changed}"

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
    def year(self) -> int | None:
        """Year of publication."""
        return self.definition.year

    @property
    def confidence(self) -> str:
        """How sure the points of its items are (the codes are those of `CONFIDENCE`)."""
        return self.definition.confidence

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
            total : nan where missing. raw_sum : before the cap, where there is one.
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
        read = PatientColumns(patients, f"score {definition.key}")
        parts, totals, columns = self._added_up(read)
        table = result_table(definition, parts, totals, columns, patients.index)
        if read.lung_and_liver_assumed(definition.inputs):
            table["flags"] = [
                f"{said}, {LUNG_LIVER_FLAG}" if said else LUNG_LIVER_FLAG for said in table["flags"]
            ]
        return table

    def totals_of(self, patients: PatientColumns) -> dict[str, Any]:
        """Of `transform` the columns total, group, lowest, highest, missing (with other reasons too) and raw_sum.

        Parameters
        ----------
        patients : shared by several scores, so that each column is read once
        """
        self._check(self.definition)
        parts, totals, _ = self._added_up(patients)
        return short_table(self.definition, parts, totals)

    def _added_up(self, patients: PatientColumns) -> tuple[list[Assessed], Totals, Mapping[str, Coded]]:
        definition = self.definition
        options = Options(self.ecog1_kps, self.brain_counts_as_visceral, self.assume_hormone)
        columns = patients.select(
            definition.inputs, silent_levels(definition.names), options, definition.names_brain
        )
        parts = assess_all(definition, columns, options)
        return parts, add_up(definition, parts, columns, patients.patients, options), columns

    def _check(self, definition: Definition) -> None:
        if self.ecog1_kps not in (70, 80):
            raise InputError(f"score {definition.key}: ecog1_kps is 80 or 70, found {self.ecog1_kps!r}.")
        if self.assume_hormone not in (None, "independent", "dependent"):
            raise InputError(
                f"score {definition.key}: assume_hormone is independent, dependent or None, found "
                f"{self.assume_hormone!r}."
            )
        if not definition.computed:
            needed = f" Needed: {definition.needed}." if definition.needed else ""
            raise IncompleteDefinitionError(
                f"score {definition.key} cannot be computed: {definition.reason}.{needed}"
            )
        if definition.status == "provisional":
            why = definition.reason or f"some of its points rest on {CONFIDENCE['GK']}"
            warnings.warn(
                f"score {definition.key} is provisional: {why}.",
                ProvisionalScoreWarning,
                stacklevel=3,
            )
