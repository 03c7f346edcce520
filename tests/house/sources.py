"""What the files of the checkout say, read without importing them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

PACKAGE = ROOT / "spinesurv"

#: folders that tools and runs leave behind
LEFT_BEHIND = {"build", "dist", "private", "__pycache__"}


def python_files(*folders: str) -> list[Path]:
    """Every module of these folders of the checkout, in a fixed order."""
    found = [f for folder in folders for f in (ROOT / folder).rglob("*.py")]
    return sorted(f for f in found if not LEFT_BEHIND & set(f.relative_to(ROOT).parts))


def committed_files() -> list[Path]:
    """Files that git keeps; where this is no git checkout, all that lie here except what runs leave behind."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "-c", f"safe.directory={ROOT.as_posix()}", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout
        return [f for name in listed.split("\0") if name and (f := ROOT / name).is_file()]
    kept = (f for f in ROOT.rglob("*") if f.is_file())
    return sorted(f for f in kept if not any(_left_behind(part) for part in f.relative_to(ROOT).parts))


def _left_behind(part: str) -> bool:
    hidden = part.startswith(".") and part not in (".ci", ".gitignore", ".pre-commit-config.yaml")
    return hidden or part in LEFT_BEHIND or part.endswith((".egg-info", ".pyc")) or part == "reports"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything that a module imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _base(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return str(node.module)
    package = path.relative_to(ROOT).parent.parts
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def module_name(path: Path) -> str:
    """`spinesurv/core/cohort.py` -> `spinesurv.core.cohort`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
