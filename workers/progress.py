"""Keeps a lease alive while work goes on, and tells the work when it must stop.

A thread renews the lease, so that a long call into native code does not lose it; work that says
nothing for many leases is taken for hung, and its lease is left to run out.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError, connection

from sportsbr.recordings import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sportsbr.recordings.ledger import Lease

BEATS_PER_LEASE: Final = 4
LONGEST_BEAT_S: Final = 1.0  # so that the bar moves
SILENT_LEASES: Final = 10  # without a word from the work for this long it is taken for hung

logger = logging.getLogger(__name__)


class Heart:
    """Beats for one lease; `tell` is what the work calls."""

    def __init__(self, lease: Lease, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lease = lease
        self._clock = clock
        self._share = 0.0
        self._told_at = clock()
        self._broken: Exception | None = None

    def tell(self, share: float) -> None:
        """Say that the work goes on and how far it is (0..1).

        Raises:
            LeaseLostError: another worker has the step; stop.
            RunCancelledError: somebody cancelled the run; stop.
        """
        self._share, self._told_at = share, self._clock()
        if self._broken is not None:
            raise self._broken

    def beat(self) -> bool:
        """Renew the lease; False when there is no point in going on."""
        if self._clock() - self._told_at > SILENT_LEASES * settings.SPORTSBR_LEASE_S:
            logger.error("step %s said nothing for too long", self._lease.step_id)
            return False
        try:
            ledger.heartbeat(self._lease, share=self._share)
        except (ledger.LeaseLostError, ledger.RunCancelledError) as error:
            self._broken = error
            return False
        except DatabaseError:
            # The lease outlives a few missed beats; the next one opens a new connection.
            logger.warning("missed a heartbeat of step %s", self._lease.step_id, exc_info=True)
            connection.close()
        return True


@contextmanager
def beating(lease: Lease) -> Iterator[Callable[[float], None]]:
    """Renew `lease` until the block ends; gives the function that the work tells its share to."""
    heart, over = Heart(lease), threading.Event()
    every_s = min(LONGEST_BEAT_S, settings.SPORTSBR_LEASE_S / BEATS_PER_LEASE)

    def keep() -> None:
        try:
            while not over.wait(every_s) and heart.beat():
                pass
        finally:
            connection.close()  # of this thread

    thread = threading.Thread(target=keep, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield heart.tell
    finally:
        over.set()
        thread.join()
