"""A skipped test is allowed only for a committed reason, and only where what it needs is really absent."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = ROOT / ".ci" / "allowed_skips.toml"


class SkipList:
    """Counts the skipped tests of a session by the committed reasons."""

    def __init__(self) -> None:
        self.rules = tomllib.loads(ALLOWED.read_text(encoding="utf-8"))["skip"]
        self.skipped: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append((report.nodeid, _reason(report)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that skips itself while it is collected has no test that could say so."""
        if report.skipped and (report.nodeid, _reason(report)) not in self.skipped:
            self.skipped.append((report.nodeid, _reason(report)))

    def complaints(self) -> list[str]:
        """One line per skip that no rule allows, and per rule that was used too often."""
        used = [0] * len(self.rules)
        out = []
        for test, reason in self.skipped:
            at = next((i for i, rule in enumerate(self.rules) if re.search(rule["reason"], reason)), None)
            if at is None:
                out.append(f"{test}: skipped for a reason that is not in .ci/allowed_skips.toml: {reason}")
                continue
            used[at] += 1
            if _present(self.rules[at]):
                out.append(f"{test}: skipped although what it needs is there: {reason}")
        for rule, n in zip(self.rules, used, strict=True):
            if n > rule["most"]:
                out.append(f"{n} tests skipped for {rule['reason']!r}, at most {rule['most']} are allowed")
        return out

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workerinput"):
            return
        complaints = self.complaints()
        if complaints:
            print("\n".join(["", *complaints]))
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where_and_why = report.longrepr
    reason = where_and_why[2] if isinstance(where_and_why, tuple) else str(where_and_why)
    return reason.removeprefix("Skipped: ")


def _present(rule: dict[str, str]) -> bool:
    if "needs_folder" in rule:
        return (ROOT / rule["needs_folder"]).is_dir()
    return shutil.which(rule["needs_command"]) is not None


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipList(), "skip-list")
