"""What the integration found for each lesion: as a table, as JSON, with options, versions and disclaimer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from spinesurv import __version__
from spinesurv.core.codebook import codebook
from spinesurv.core.cohort import PATIENT_KEY
from spinesurv.decisions.codes import joined
from spinesurv.decisions.definition import definition
from spinesurv.decisions.disclaimer import DISCLAIMER, EMERGENCY, stated
from spinesurv.decisions.embolisation import embolisation_columns
from spinesurv.decisions.inputs import Inputs
from spinesurv.decisions.instrumentation import instrumentation_columns
from spinesurv.decisions.lmnop import profile
from spinesurv.decisions.rt_interval import rt_interval_columns
from spinesurv.decisions.ssi import ssi_columns
from spinesurv.decisions.vcf import vcf_columns

#: columns of `spinesurv decide`, in this order: block -> names
FRAME = {
    "sins": ("sins_total", "sins_min", "sins_max", "sins_category", "sins_stabilisation_flag"),
    "escc": ("escc_group",),
    "radiosensitivity": ("radiosensitivity_2",),
    "noms": ("noms_decisions", "noms_rows", "noms_status", "noms_missing_that_matter"),
    "gates": ("gate_surgery_3m", "gate_en_bloc_2y", "gate_rt_4w"),
    "integrated": ("effective_s", "s_reason", "int_decisions", "int_rows", "int_status"),
    "en_bloc": ("en_bloc_status",),
}
KEY = ("patient_id", "lesion_id", "decision_date")
#: rule modules beside the frameworks; they do not change what NOMS maps to
MODULES = (vcf_columns, rt_interval_columns, ssi_columns, instrumentation_columns, embolisation_columns)
#: inputs of SINS, and of NOMS besides
SINS_INPUTS = (
    "level",
    "pain",
    "bone_lesion",
    "alignment",
    "collapse_pct",
    "body_involved_pct",
    "posterolateral",
)
NOMS_INPUTS = ("escc_grade", "myelopathy", "primary_tumor", "tolerates_surgery")
#: days that a card shows
SHOWN_DAYS = (42, 90, 365)


@dataclass(frozen=True, eq=False)
class Integrated:
    """Results of n lesions.

    Parameters
    ----------
    lesions : the table that was read
    blocks : sins, escc, radiosensitivity, noms, lmnop, gates, en_bloc, integrated: tables with its index
    invalid : (n,) columns that hold something unusable, by row
    options : every choice and its value
    model : name of the model of survival, "" where not told
    versions : decision table -> version
    """

    lesions: pd.DataFrame
    blocks: Mapping[str, pd.DataFrame]
    invalid: np.ndarray
    options: Mapping[str, Any]
    model: str
    versions: Mapping[str, str]
    disclaimer: str = DISCLAIMER
    emergency_notice: str = EMERGENCY

    def __len__(self) -> int:
        return len(self.lesions)

    @property
    def provenance(self) -> dict[str, Any]:
        """Options, versions of the tables and of the software, and the sources that they stand on."""
        used = [key for name in self.versions for key in definition(name)["sources"]]
        return {
            "software": f"spinesurv {__version__}",
            "tables": dict(self.versions),
            "options": dict(self.options),
            "model": self.model,
            "sources": list(dict.fromkeys(used)),
        }

    @cached_property
    def modules(self) -> pd.DataFrame:
        """Columns of the rule modules, index of `lesions`; an unusable cell counts as missing in them."""
        inputs = Inputs(self.lesions)
        return pd.concat([columns(inputs) for columns in MODULES], axis=1)

    def key(self) -> pd.DataFrame:
        """patient_id, lesion_id, decision_date of each row; empty where the table has none."""
        table = self.lesions
        return pd.DataFrame(
            {name: table[name].array if name in table.columns else np.full(len(self), None) for name in KEY}
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per lesion in the order of the table: the columns that `spinesurv decide` writes.

        Lists are joined by a bar; what is not known is missing. `attrs` holds disclaimer, options and versions.
        """
        out = self.key()
        for block, names in FRAME.items():
            for name in names:
                column = self.blocks[block][name]
                if len(column) and isinstance(column.iloc[0], tuple):
                    out[name] = joined(column.to_numpy())
                else:
                    out[name] = column.array
        out["conflicts"] = joined(self.blocks["integrated"]["conflicts"].to_numpy())
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return stated(out, name="decide", version=versions, options=self.options)

    def by_patient(self) -> pd.DataFrame:
        """Highest SINS and highest grade of compression over the lesions of each patient, in the order of the table.

        Columns site, patient_id, lesions, sins_total (missing where a lesion with a gap might be higher), sins_min,
        sins_max, escc_grade (highest recorded), escc_open (lesions without a grade).
        """
        named = self.lesions.reindex(columns=PATIENT_KEY).astype(object)
        sins, escc = self.blocks["sins"], self.blocks["escc"]
        grades = ["0", "1", *codebook()["escc_grade"].levels[1:]]
        rank = escc["escc_grade"].map({grade: i for i, grade in enumerate(grades)}).astype(float)
        table = named.where(named.notna(), "").assign(
            low=sins["sins_min"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
            high=sins["sins_max"].astype("Float64").to_numpy(dtype=float, na_value=np.nan),
            rank=rank.to_numpy(),
            open=escc["escc_grade"].isna().to_numpy(),
        )
        found = table.groupby(PATIENT_KEY, sort=False).agg(
            lesions=("low", "size"),
            low=("low", "max"),
            high=("high", "max"),
            rank=("rank", "max"),
            open=("open", "sum"),
        )
        whole = {
            k: found[v].astype("Float64").astype("Int64")
            for k, v in (("sins_min", "low"), ("sins_max", "high"))
        }
        highest = found["rank"].map({float(i): grade for i, grade in enumerate(grades)})
        out = found[["lesions"]].assign(
            sins_total=whole["sins_min"].where(found["low"] == found["high"]),
            **whole,
            escc_grade=highest.astype(object).where(highest.notna(), None),
            escc_open=found["open"].astype(int),
        )
        return out.reset_index()

    def reasons(self, row: int) -> list[dict[str, Any]]:
        """Why the row came out as it did: codes, the inputs that they read, the source."""
        given = {name: self._cell("gates", f"{name}_90", row) for name in ("p_survive", "ci_low", "ci_high")}
        recorded = self.lesions.iloc[row]
        entered = {
            k: _plain(recorded[k]) for k in ("tolerates_surgery", "patient_wishes") if k in self.lesions
        }
        out = [
            {
                "code": self._cell("integrated", "s_reason", row),
                "inputs": {
                    **entered,
                    **{f"{k}_90": v for k, v in given.items()},
                    "median_days": self._cell("gates", "median_days", row),
                    "p_min": self.options["p_min"],
                },
                "source": ["HONG2022", "NOMSSUM"],
            }
        ]
        out += [{"code": "INVALID_INPUT", "inputs": {"column": c}, "source": []} for c in self.invalid[row]]
        for block, source in _FLAG_SOURCES.items():
            table = self.blocks[block]
            flags = [table[name].iloc[row] for name in table.columns if name.endswith("_flags")]
            for code in dict.fromkeys(code for own in flags for code in own):
                out.append({"code": code, "inputs": {}, "source": source})
        return out

    def not_recorded(self, row: int) -> list[str]:
        """Inputs of SINS and NOMS without a value, whether they matter or not."""
        components = () if pd.notna(self.blocks["sins"]["sins_total"].iloc[row]) else SINS_INPUTS
        given = self.lesions.iloc[row]
        return [name for name in (*components, *NOMS_INPUTS) if name not in given or pd.isna(given[name])]

    def record(self, row: int) -> dict[str, Any]:
        """Everything about one lesion as plain values."""
        key = {str(k): _plain(v) for k, v in self.key().iloc[row].items()}
        blocks = {
            name: {str(column): _plain(value) for column, value in table.iloc[row].items()}
            for name, table in {**self.blocks, "modules": self.modules}.items()
        }
        blocks["lmnop"] |= profile(self.lesions.iloc[row].to_dict(), blocks["sins"]["sins_total"])
        gates = blocks.pop("gates")
        survival = {
            str(day): {k: gates[f"{k}_{day}"] for k in ("p_survive", "ci_low", "ci_high")}
            for day in _days(gates)
        }
        early = gates.get(f"p_survive_{SHOWN_DAYS[0]}")
        integrated = blocks.pop("integrated")
        return {
            **key,
            "survival": survival,
            "model": self.model,
            "death_by_6_weeks": None if early is None else 1.0 - early,
            **blocks,
            "gates": {
                **{k: v for k, v in gates.items() if not k.startswith(("p_survive", "ci_"))},
                **self._gate_numbers(gates),
            },
            "integrated": {k: v for k, v in integrated.items() if k != "conflicts"},
            "not_recorded": self.not_recorded(row),
            "reasons": self.reasons(row),
            "conflicts": integrated["conflicts"],
        }

    def _gate_numbers(self, gates: Mapping[str, Any]) -> dict[str, Any]:
        """<gate>_numbers: what each gate compared, and how."""
        choices = {"p_min": self.options["p_min"], "mode": self.options["gate_mode"]}
        return {
            f"{gate['column']}_numbers": {
                "horizon_days": gate["horizon_days"],
                **{k: gates[f"{k}_{gate['horizon_days']}"] for k in ("p_survive", "ci_low", "ci_high")},
                "median_days": gates["median_days"],
                **choices,
            }
            for gate in definition("gates")["gate"]
            if gate.get("column") in gates
        }

    def to_json(self) -> str:
        """All lesions with disclaimer, provenance and reasons; missing values are null."""
        content = {
            "disclaimer": self.disclaimer,
            "emergency_notice": self.emergency_notice,
            "provenance": self.provenance,
            "lesions": [self.record(row) for row in range(len(self))],
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _cell(self, block: str, name: str, row: int) -> Any:
        return _plain(self.blocks[block][name].iloc[row])


_FLAG_SOURCES = {
    "sins": ["FISHER2010"],
    "escc": ["BILSKY2010"],
    "radiosensitivity": ["LAUFER2013"],
    "integrated": ["LAUFER2013"],
    "lmnop": ["PATON2011"],
    "gates": ["HONG2022"],
}


def _days(gates: Mapping[str, Any]) -> list[int]:
    days = [int(name.rpartition("_")[2]) for name in gates if name.startswith("p_survive_")]
    return [d for d in days if any(gates[f"{k}_{d}"] is not None for k in ("p_survive", "ci_low", "ci_high"))]


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
