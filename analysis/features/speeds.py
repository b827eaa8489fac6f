"""Derivatives on real, uneven timestamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.features.clean import runs

if TYPE_CHECKING:
    from analysis.features.clean import Bool
    from analysis.schema import Float


def rate(values: Float, *, time_s: Float) -> Float:
    """First derivative (F,) or (F, N) per second, second-order on uneven steps, run by run."""
    columns = values if values.ndim == 2 else values[:, None]
    derived = np.full(columns.shape, np.nan)
    seen: Bool = np.asarray(np.isfinite(columns).all(axis=1))
    for start, stop in runs(seen):
        if stop - start >= 3:
            part = slice(start, stop)
            derived[part] = np.gradient(columns[part], time_s[part], axis=0, edge_order=2)
    return derived if values.ndim == 2 else derived[:, 0]


def speed(points: Float, *, time_s: Float) -> Float:
    """Magnitude (F,) of the derivative of points (F, D), in their unit per second."""
    magnitude: Float = np.linalg.norm(rate(points, time_s=time_s), axis=1)
    return magnitude


def speed_sd(point_sd: Float, *, time_s: Float, cutoff_hz: float) -> Float:
    """Standard deviation (F,) of a speed from that of the positions.

    White noise of sd σ sampled at f and low-passed at c keeps a share 2c/f of its variance; its
    derivative then has sd σ·sqrt(2c/f)·2πc/√3 (the mean of ω² over a flat band). Footage slower
    than the filter is differenced raw: σ·√2·f/2.
    """
    if time_s.size < 2:
        return np.full(time_s.shape, np.nan)
    rate_hz = 1 / float(np.median(np.diff(time_s)))
    if cutoff_hz >= 0.45 * rate_hz:
        return np.asarray(point_sd * rate_hz / np.sqrt(2), dtype=np.float64)
    kept = np.sqrt(2 * cutoff_hz / rate_hz)
    filtered: Float = point_sd * kept * 2 * np.pi * cutoff_hz / np.sqrt(3)
    return filtered
