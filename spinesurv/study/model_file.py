"""A fitted model as a file that may travel: read, checked, and refused with one sentence where it is not what it says."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spinesurv.core import Prediction
from spinesurv.core.tables import write_text
from spinesurv.errors import InputError
from spinesurv.features.kept_encoder import encoder_from_state
from spinesurv.features.kept_imputer import KeptImputer
from spinesurv.models.kept_boosting import boosted_cox_from_state, fixed_horizon_from_state
from spinesurv.models.kept_cause_specific import cause_specific_from_state
from spinesurv.models.kept_cox import cox_from_state
from spinesurv.models.kept_equation import equation_from_state
from spinesurv.models.kept_integer_score import integer_score_from_state
from spinesurv.models.kept_parametric import parametric_from_state
from spinesurv.models.kept_strata import strata_from_state

FORMAT = "spinesurv model"
#: what a file of this version of spinesurv says; the schema is packaged as `model_file.schema.json`
SCHEMA_VERSION = 1
#: every part of a file; `checksum` is the hash of all others
PARTS = (
    "format", "schema_version", "key", "label", "kind", "card", "variables", "encoder", "score", "model", "days",
    "training", "imputer", "versions",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class KeptModel:
    """A model out of a file; it predicts and learns nothing.

    Parameters
    ----------
    content : the file
    first : fitted Encoder, Score, or the columns that an equation reads
    last : the model behind it
    """

    content: Mapping[str, Any]
    first: Any
    last: Any

    @property
    def key(self) -> str:
        """Name in tables."""
        return str(self.content["key"])

    @property
    def label(self) -> str:
        """Name in words."""
        return str(self.content["label"])

    @property
    def kind(self) -> str:
        """cox, cause_specific_cox, parametric, boosted_cox, sorg_style_boosting, sorg_style_classic, score_strata or
        published_equation."""
        return str(self.content["kind"])

    @property
    def card(self) -> dict[str, Any]:
        """Population, intended use, limitations and the rest of the model card."""
        return dict(self.content["card"])

    @property
    def days(self) -> list[float]:
        """Days for which it has survival."""
        return [float(day) for day in self.content["days"]]

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Number -> 1st and 99th percentile in training."""
        return {
            v["key"]: (float(v["low"]), float(v["high"])) for v in self.content["variables"] if "low" in v
        }

    @property
    def imputer(self) -> KeptImputer | None:
        """Equations that fill gaps of new patients; None where the file holds none."""
        held = self.content["imputer"]
        return KeptImputer(held["equations"]) if held["held"] else None

    @property
    def private(self) -> bool:
        """Whether the file holds values of single training patients."""
        return bool(self.content["imputer"].get("private", False))

    def predict(self, patients: pd.DataFrame, *, times_days: Any) -> Prediction:
        """Survival at some of `days`, as the model predicted it where it was fitted.

        Raises
        ------
        InputError
            The file has no survival for a day.
        """
        return self.last.predict(self.first.transform(patients), times_days=times_days)


def write_model(content: Mapping[str, Any], path: Path) -> None:
    """Write a model file: its parts and their checksum, one part a line."""
    body = {name: content[name] for name in PARTS}
    parts = {"checksum": checksum(body), **body}
    lines = [f"{json.dumps(name)}: {_written(parts[name])}" for name in sorted(parts)]
    write_text("{\n" + ",\n".join(lines) + "\n}\n", path)


def checksum(body: Mapping[str, Any]) -> str:
    """SHA-256 of all parts but the checksum, in one fixed way of writing them."""
    text = _written({name: value for name, value in body.items() if name != "checksum"})
    return "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def load_model(path: str | Path) -> KeptModel:
    """The model in a file.

    Parameters
    ----------
    path : `models/<key>.json` of a study, or a file of `save_model`

    Returns
    -------
    KeptModel
        `predict(patients, times_days=...)` as that of the fitted model; `card` tells what it was made of.

    Raises
    ------
    InputError
        There is no such file, it is no model file, was written by a newer spinesurv, or was changed after writing.
    """
    file = Path(path)
    content = _checked(file)
    make = _MAKERS.get(content["kind"])
    if make is None:
        raise InputError(
            f"model file {file.name}: kind {str(content['kind'])[:40]!r} found; this spinesurv reads {', '.join(_MAKERS)}."
        )
    try:
        first, last = make(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(
            f"model file {file.name}: a part of it is missing or of another form ({type(error).__name__}). Write it again "
            "with `spinesurv run`."
        ) from None
    return KeptModel(content, first, last)


def _checked(file: Path) -> dict[str, Any]:
    where = f"model file {file.name}"
    if not file.is_file():
        raise InputError(f"{where}: there is no such file ({file}).")
    try:
        content = json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise InputError(
            f"{where}: this is not JSON. A model file is written by `spinesurv run` as models/<key>.json."
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(
            f'{where}: this is no model file of spinesurv (format = "{FORMAT}" is not in it). Model files are written by '
            "`spinesurv run` as models/<key>.json."
        )
    version = content.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InputError(f"{where}: schema_version is missing or no number. Get the original file.")
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{where}: it is of schema version {version}, this spinesurv reads up to {SCHEMA_VERSION}. Update spinesurv."
        )
    if content.get("checksum") != checksum(content):
        raise InputError(
            f"{where}: its content does not match its checksum, so it was changed or damaged after it was written. Get the "
            "original file."
        )
    missing = [name for name in PARTS if name not in content]
    if missing:
        raise InputError(f"{where}: {', '.join(missing)} missing. Get the original file.")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _behind_encoder(make: Any) -> Any:
    return lambda content: (encoder_from_state(content["encoder"]), make(content["model"]))


def _strata(content: Mapping[str, Any]) -> tuple[Any, Any]:
    from spinesurv.scores import Score
    from spinesurv.scores.reading import parse

    state = content["score"]
    table = tomllib.loads(state["definition"])
    score = Score(parse(table, f"score {content['key']}"), **state["options"])
    return score, strata_from_state(content["model"], tuple(score.groups))


def _equation(content: Mapping[str, Any]) -> tuple[Any, Any]:
    from spinesurv.scores import DerivedColumns

    model = equation_from_state(content["model"])
    return DerivedColumns(model.definition.columns), model


def _integer_score(content: Mapping[str, Any]) -> tuple[Any, Any]:
    from spinesurv.scores import DerivedColumns

    model = integer_score_from_state(content["model"])
    return DerivedColumns(tuple(model.columns_)), model


#: kind -> what makes (encoder or score, model) of a file
_MAKERS: dict[str, Any] = {
    "cox": _behind_encoder(cox_from_state),
    "cause_specific_cox": _behind_encoder(cause_specific_from_state),
    "parametric": _behind_encoder(parametric_from_state),
    "boosted_cox": _behind_encoder(boosted_cox_from_state),
    "sorg_style_boosting": _behind_encoder(fixed_horizon_from_state),
    "sorg_style_classic": _integer_score,
    "score_strata": _strata,
    "published_equation": _equation,
}
