"""A script that lies beside every result and computes its main numbers once more in R."""

from __future__ import annotations

from importlib.resources import files

#: its name in the folder of results
R_CHECK = "check_in_R.R"


def r_check() -> str:
    """Text of the script; the same beside every result, it finds all it needs in the folder."""
    return files("spinesurv.report").joinpath("templates", R_CHECK).read_text(encoding="utf-8")
