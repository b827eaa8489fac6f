"""Giving memory back to the system between two stages that need much of it."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return what Python has freed to the system, where the C library can do that (glibc).

    The allocator keeps what the pose networks used, some 80 MB, and in pieces that the arrays of
    the next stage do not fit into.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
