"""Code in papers: the files that a page shows, and the commands it tells to type."""

from __future__ import annotations

import re

_FILE = re.compile(r"[Ff]ile `([\w./]+)`(?:(?!```).)*?\n```\w+\n(.*?)^```$", flags=re.M | re.S)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.M | re.S)


def files_shown(text: str) -> dict[str, str]:
    """Name -> content of every block that follows "File `name`"."""
    return dict(_FILE.findall(text))


def blocks(text: str, language: str) -> list[str]:
    """Content of every block in a language."""
    return [content for found, content in _BLOCK.findall(text) if found == language]
