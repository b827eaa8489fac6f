"""Cleaning of coordinates: low confidence out, outliers out, short gaps filled, noise filtered.

Every function takes one series (F,) or many (F, N) along the first axis on real timestamps, and
leaves what it cannot know NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.interpolate import CubicSpline
from scipy.signal import butter, filtfilt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.config import CleanConfig
    from analysis.schema import Float

    Bool = NDArray[np.bool_]

ARM_PARTS: Final = ("elbow", "wrist", "pinky", "index", "thumb")
SCAN_FROM_HZ: Final = 2.0
SCAN_STEP_HZ: Final = 0.5
SCAN_FRAMES: Final = 40
SCAN_S: Final = 1.0
MAD_TO_SD: Final = 0.6745  # a normal distribution's median absolute deviation, in its sd
# Two passes of a second-order filter have their -3 dB point lower than one: Winter's correction.
DUAL_PASS_CORRECTION: Final = (2**0.5 - 1) ** 0.25


def clean_points(
    xy_px: Float,
    *,
    score: Float,
    time_s: Float,
    config: CleanConfig,
    names: tuple[str, ...] = (),
) -> tuple[Float, Bool]:
    """Cleaned coordinates (F, K, 2) and where they were filled in (F, K).

    `score` (F, K) below the threshold counts as missing; a coordinate is cleaned on its own, but
    all of one group (see `cutoffs_hz`) with the same cut-off.
    """
    frames, keypoints, _ = xy_px.shape
    seen = np.isfinite(xy_px).all(axis=2) & (np.nan_to_num(score) >= config.min_score)
    flat = np.where(seen[:, :, None], xy_px, np.nan).reshape(frames, -1)
    filled = np.empty_like(flat)
    for column in range(flat.shape[1]):
        filled[:, column] = _filled(flat[:, column], time_s=time_s, config=config)
    cutoff_hz = np.repeat(cutoffs_hz(filled, names=names, time_s=time_s, config=config), 2)
    cleaned = np.empty_like(flat)
    for column in range(flat.shape[1]):
        cleaned[:, column] = low_pass(
            filled[:, column],
            time_s=time_s,
            cutoff_hz=float(cutoff_hz[column]),
            order=config.filter_order,
        )
    points = cleaned.reshape(frames, keypoints, 2)
    return points, ~seen & np.isfinite(points).all(axis=2)


def clean_series(values: Float, *, time_s: Float, config: CleanConfig) -> Float:
    """One series (F,): Hampel, then short gaps, then the zero-lag low-pass."""
    filled = _filled(values, time_s=time_s, config=config)
    return low_pass(filled, time_s=time_s, cutoff_hz=config.cutoff_hz, order=config.filter_order)


def _filled(values: Float, *, time_s: Float, config: CleanConfig) -> Float:
    kept = reject_outliers(
        values, window=config.hampel_window_frames, threshold=config.hampel_threshold
    )
    return fill_gaps(kept, time_s=time_s, max_gap_frames=config.max_gap_frames)


def cutoffs_hz(
    filled: Float, *, names: tuple[str, ...], time_s: Float, config: CleanConfig
) -> Float:
    """The cut-off of every keypoint (K,) for coordinates (F, 2 K).

    Fixed, or for `config.cutoff == "auto"` that of its group (left arm, right arm): the median of
    its coordinates' own by `residual_cutoff_hz`, between `config.cutoff_hz` and `cutoff_max_hz`.
    """
    keypoints = filled.shape[1] // 2
    chosen = np.full(keypoints, config.cutoff_hz)
    if config.cutoff != "auto":
        return chosen
    for side in ("left", "right"):
        wanted = {f"{side}_{part}" for part in ARM_PARTS}
        columns = [k for k, name in enumerate(names) if name in wanted]
        found = [
            residual_cutoff_hz(filled[:, 2 * k + axis], time_s=time_s, config=config)
            for k in columns
            for axis in (0, 1)
        ]
        known = [hz for hz in found if np.isfinite(hz)]
        if known:
            chosen[columns] = np.clip(np.median(known), config.cutoff_hz, config.cutoff_max_hz)
    return chosen


def residual_cutoff_hz(values: Float, *, time_s: Float, config: CleanConfig) -> float:
    """The cut-off whose residual looks most like white noise; NaN for too short a series.

    Durbin and Watson's d = Σ(eₜ - eₜ₋₁)² / Σeₜ² of the residual e = raw - filtered is 2 without
    autocorrelation; below, signal is left in it. Scanned is the second about the fastest moment of
    the longest run: over a whole clip the rest would outvote the stroke. Ends are reflected.
    """
    stretches = runs(np.isfinite(values))
    if not stretches:
        return float("nan")
    start, stop = max(stretches, key=lambda run: run[1] - run[0])
    if stop - start < SCAN_FRAMES:
        return float("nan")
    part = _fastest(values, time_s=time_s, run=slice(start, stop), config=config)
    rate_hz = 1 / float(np.median(np.diff(time_s[part])))
    highest_hz = min(config.cutoff_max_hz, 0.45 * rate_hz * DUAL_PASS_CORRECTION)
    tried_hz = np.arange(SCAN_FROM_HZ, highest_hz, SCAN_STEP_HZ)
    best_hz, best = float("nan"), np.inf
    for hz in tried_hz:
        smooth = low_pass(
            values[part], time_s=time_s[part], cutoff_hz=float(hz), order=config.filter_order
        )
        left = values[part] - smooth
        power = float(np.sum(left**2))
        away = abs(float(np.sum(np.diff(left) ** 2)) / power - 2.0) if power > 0 else np.inf
        if away < best:
            best_hz, best = float(hz), away
    return best_hz


def _fastest(values: Float, *, time_s: Float, run: slice, config: CleanConfig) -> slice:
    """The frames within half a second of the fastest moment of a run, at least `SCAN_FRAMES`."""
    smooth = low_pass(
        values[run], time_s=time_s[run], cutoff_hz=config.cutoff_hz, order=config.filter_order
    )
    at = run.start + int(np.argmax(np.abs(np.gradient(smooth, time_s[run]))))
    low, high = np.searchsorted(time_s, (time_s[at] - SCAN_S / 2, time_s[at] + SCAN_S / 2))
    wanted = max(SCAN_FRAMES, int(high - low))
    begin = int(np.clip(at - wanted // 2, run.start, max(run.start, run.stop - wanted)))
    return slice(begin, min(begin + wanted, run.stop))


def reject_outliers(values: Float, *, window: int, threshold: float) -> Float:
    """Hampel's test: NaN where 0.6745 |x - median| / MAD of the window exceeds the threshold.

    A window without spread rejects nothing: there a deviation cannot be told from resolution.
    """
    half = window // 2
    if values.size < window:
        return values.copy()
    padded = np.pad(values, half, mode="reflect")
    windows = sliding_window_view(padded, window)
    counted = np.isfinite(windows).sum(axis=1) >= half + 1
    median = np.full(values.shape, np.nan)
    mad = np.full(values.shape, np.nan)
    median[counted] = np.nanmedian(windows[counted], axis=1)
    mad[counted] = np.nanmedian(np.abs(windows[counted] - median[counted, None]), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        outlying = (mad > 0) & (MAD_TO_SD * np.abs(values - median) / mad > threshold)
    return np.where(outlying, np.nan, values)


def fill_gaps(values: Float, *, time_s: Float, max_gap_frames: int) -> Float:
    """Fill inner gaps of up to `max_gap_frames` along a straight line in time; others stay."""
    missing = ~np.isfinite(values)
    if missing.all() or not missing.any():
        return values.copy()
    filled = values.copy()
    inside = np.interp(time_s, time_s[~missing], values[~missing])
    for start, stop in runs(missing):
        inner = start > 0 and stop < values.size
        if inner and stop - start <= max_gap_frames:
            filled[start:stop] = inside[start:stop]
    return filled


def low_pass(values: Float, *, time_s: Float, cutoff_hz: float, order: int) -> Float:
    """Zero-lag Butterworth of an effective order, run by run between gaps.

    Frames at uneven times are put on an even grid, filtered forwards and backwards with the ends
    reflected, and read back at their own times. Footage too slow for the cut-off stays as it is.
    """
    filtered = values.copy()
    for start, stop in runs(np.isfinite(values)):
        part = slice(start, stop)
        filtered[part] = _low_pass_run(
            values[part], time_s=time_s[part], cutoff_hz=cutoff_hz, order=order
        )
    return filtered


def runs(mask: Bool) -> list[tuple[int, int]]:
    """The stretches [start, stop) in which `mask` (F,) holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _low_pass_run(values: Float, *, time_s: Float, cutoff_hz: float, order: int) -> Float:
    shortest = 3 * (order + 1)
    if values.size <= shortest:
        return values
    step_s = float(np.median(np.diff(time_s)))
    single_pass_hz = cutoff_hz / DUAL_PASS_CORRECTION
    if single_pass_hz >= 0.45 / step_s:
        return values
    grid_s = np.linspace(
        time_s[0], time_s[-1], max(shortest + 1, round((time_s[-1] - time_s[0]) / step_s) + 1)
    )
    # A cubic spline: straight lines between frames would blunt fast movements.
    even = CubicSpline(time_s, values)(grid_s)
    grid_hz = 1 / (grid_s[1] - grid_s[0])
    numerator, denominator = butter(order // 2, single_pass_hz, fs=grid_hz)
    pad = min(even.size - 1, max(shortest, round(grid_hz / cutoff_hz)))
    smooth = filtfilt(numerator, denominator, even, padtype="odd", padlen=pad)
    return np.asarray(CubicSpline(grid_s, smooth)(time_s), dtype=np.float64)
