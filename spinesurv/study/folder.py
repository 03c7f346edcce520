"""The folder of results: whose it is, what is in it, what never leaves it."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from spinesurv.core.tables import write_text
from spinesurv.errors import InputError

RESOLVED = "study.resolved.toml"
_MADE_AGAIN = ("tables", "figures", "models")

PRIVATE_NOTE = """\
This folder holds rows of patients. It is ignored by git, left out of reports, archives and exchange, and is yours to
protect and to delete.
"""


def safe_name(key: str) -> str:
    """The key of a system as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._@-]+", "-", key)


@dataclass(frozen=True)
class ResultFolder:
    """`reports/<study>/` and the places in it."""

    root: Path

    @property
    def tables(self) -> Path:
        """Result tables, aggregates only."""
        return self.root / "tables"

    @property
    def figures(self) -> Path:
        """Figures, each with the CSV it shows."""
        return self.root / "figures"

    @property
    def models(self) -> Path:
        """Fitted models, without patients."""
        return self.root / "models"

    @property
    def private(self) -> Path:
        """Rows of patients; never travels."""
        return self.root / "private"

    @property
    def private_models(self) -> Path:
        """Fitted models with values of patients, where they were asked for."""
        return self.private / "models"

    @property
    def jobs(self) -> Path:
        """Finished jobs."""
        return self.private / "jobs"

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report.html"

    def claim(self, resolved: Mapping[str, Any], *, force: bool) -> None:
        """Make the folder the own of a study, or of an evaluation, and write its settings with all defaults into it.

        `resolved` : sections of settings; `name` in section `study` says whose the folder is

        Raises
        ------
        InputError
            The folder belongs to another study, or holds something else, and `force` was not given.
        """
        owner, name = self._owner(), str(resolved["study"]["name"])
        if owner is not None and owner != name and not force:
            raise InputError(
                f"folder {self.root}: it holds {owner or 'other files'}, not the study {name!r}. "
                "Choose another folder with --out, or overwrite it with --force."
            )
        for again in (*(self.root / name for name in _MADE_AGAIN), self.private_models):
            shutil.rmtree(again, ignore_errors=True)
        self.private.mkdir(parents=True, exist_ok=True)
        write_text("*\n", self.private / ".gitignore")
        write_text(PRIVATE_NOTE, self.private / "README.txt")
        write_text(tomli_w.dumps(resolved), self.root / RESOLVED)

    def _owner(self) -> str | None:
        """Name of the study that the folder belongs to; "" for other files; None for an empty or absent folder."""
        if not self.root.exists() or not any(self.root.iterdir()):
            return None
        try:
            with (self.root / RESOLVED).open("rb") as file:
                return str(tomllib.load(file)["study"]["name"])
        except (OSError, tomllib.TOMLDecodeError, KeyError):
            return ""

    def shareable_files(self) -> list[Path]:
        """All files outside `private/`, relative to the folder, sorted."""
        files = [f for f in self.root.rglob("*") if f.is_file() and self.private not in f.parents]
        return sorted(f.relative_to(self.root) for f in files if not f.name.startswith("."))
