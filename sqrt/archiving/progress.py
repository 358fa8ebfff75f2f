"""What a terminal shows while an archive is made: photos a second, the time that is left, refused and retried."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from sqrt.archiving.listing import count
from sqrt.archiving.run import Tally


class Bar:
    """A bar on a terminal's standard error, of the photos that were not done before."""

    def __init__(self, bar: "tqdm[NoReturn]", tally: Tally) -> None:
        self._bar = bar
        self._tally = tally
        self.listed: int | None = None
        """Photos of the source in all, once they are counted."""

    def tell(self) -> None:
        """Show what the tally says now."""
        tally = self._tally
        if self.listed is not None:
            self._bar.total = max(self.listed - tally.skipped, 0)
        self._bar.set_postfix(refused=tally.refused, retried=tally.retried, refresh=False)
        self._bar.update(tally.rated + tally.refused - self._bar.n)


@contextmanager
def bar(source: str, tally: Tally) -> Iterator[Bar]:
    """Draw a bar, if on a terminal, while the source's photos are counted beside it."""
    with tqdm(unit="photo", leave=False, disable=None, smoothing=0.05) as drawn:
        shown = Bar(drawn, tally)
        ended = threading.Event()

        def counted() -> None:
            shown.listed = count(source, ended.is_set)

        thread = threading.Thread(target=counted, name="count")
        if not drawn.disable:
            thread.start()
        try:
            yield shown
        finally:
            ended.set()
            if thread.ident is not None:
                thread.join()
