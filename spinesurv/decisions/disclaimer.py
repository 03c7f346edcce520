"""The statements that stand wherever a decision system shows what its inputs map to, and the tables that carry them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pandas as pd

from spinesurv.core.research_use import RESEARCH_USE

DISCLAIMER = RESEARCH_USE
EMERGENCY = (
    "New or progressing limb weakness, sensory level, gait change or sphincter disturbance is a clinical emergency and "
    "must never wait for software output."
)

F = TypeVar("F", bound=Callable[..., Any])


def research_use(function: F) -> F:
    """Put both statements under the docstring of a public function of the decision systems."""
    told = inspect.cleandoc(function.__doc__ or "")
    function.__doc__ = f"{told}\n\nWarnings\n--------\n{DISCLAIMER}\n\n{EMERGENCY}\n"
    return function


def stated(table: pd.DataFrame, *, name: str, version: str, options: Mapping[str, object]) -> pd.DataFrame:
    """The table with what every result of a decision system carries in `attrs`.

    `attrs` then holds `disclaimer`, `emergency_notice`, `table` (name and version of the definition) and `options`.
    """
    table.attrs.update(
        disclaimer=DISCLAIMER, emergency_notice=EMERGENCY, table=f"{name} {version}", options=dict(options)
    )
    return table
