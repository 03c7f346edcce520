"""Progress: a bar on a terminal, a line per stage in a log, nothing when not asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Stages of a run. `with progress.stage("fitting", 24) as step: step(done, total)`."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.bar = shown and sys.stderr.isatty()

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int, int], None]]:
        """One stage; the function it gives is told how many steps are done."""
        if not self.bar:
            yield lambda done, total: None
            if self.shown:
                print(f"{name}: {total} done", file=sys.stderr, flush=True)
            return
        from tqdm import tqdm

        with tqdm(total=total, desc=name, leave=True) as bar:

            def step(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield step
