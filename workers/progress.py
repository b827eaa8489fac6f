"""Keeps a lease alive while a job works, and stops the job once the lease is no longer its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import connection

from sportsbr.recordings import ledger

if TYPE_CHECKING:
    from types import TracebackType


class Keeper:
    """Beats in a thread of its own: stages that say nothing for long keep their lease too."""

    def __init__(self, lease: ledger.Lease) -> None:
        self.lease = lease
        self._share = 0.0
        self._stop: Exception | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, stage: str, share: float) -> None:
        """Tell how far the job is (0..1).

        Raises:
            LeaseLostError: the step was claimed anew or is over.
            RunCancelledError: somebody cancelled the run.
        """
        del stage
        self._share = share
        if self._stop is not None:
            raise self._stop

    def _beat(self) -> None:
        every_s = min(1.0, settings.SPORTSBR_LEASE_S / 4)
        try:
            while not self._over.wait(every_s):
                ledger.heartbeat(self.lease, share=self._share)
        except (ledger.LeaseLostError, ledger.RunCancelledError) as stop:
            self._stop = stop
        finally:
            connection.close()
