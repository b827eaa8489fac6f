"""Files a report is taken away in: poses, signals, and what the browser draws from.

People may be handed in one at a time: each is written before the next is asked for, and text is
made a block of rows at a time.
"""

from __future__ import annotations

import base64
import csv
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np

from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from analysis.schema import Float, Footage, PoseTrack, SignalSet

QUARTER_PX: Final = 4  # the browser's coordinates are whole quarters of a pixel
UNSEEN_XY: Final = -32768
UNSEEN_SCORE: Final = 255
BLOCK_ROWS: Final = 1024
CHARTED_UNITS: Final = frozenset({"deg", "bh", "bh/s"})


def write_poses_npz(path: Path, *, tracks: Iterable[PoseTrack]) -> None:
    """Every track's arrays under `track<ID>_<field>`; units as in PoseTrack; no pickles."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for track in tracks:
            arrays: dict[str, Any] = {"skeleton": np.array(track.skeleton)}
            for field in ("time_s", "box_px", "xy_px", "xyz_m", "score"):
                value = getattr(track, field)
                if value is not None:
                    arrays[field] = value
            for field, array in arrays.items():
                name = f"track{track.track_id}_{field}.npy"
                with archive.open(name, "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)


def write_signals_csv(path: Path, *, signal_sets: Iterable[SignalSet]) -> None:
    """One row per track and frame: columns `name [unit]`, `name sd [unit]`; missing is empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        names: tuple[str, ...] | None = None
        for signals in signal_sets:
            if names is None:
                csv.writer(file).writerow(_csv_head(signals))
                names = signals.names
            if signals.names != names:
                raise ValueError("signals.csv: expected the same signals of every person")
            file.writelines(_csv_rows(signals))
        if names is None:
            file.write("track_id,time_s\n")


def write_player_json(path: Path, *, footage: Footage, tracks: Iterable[PoseTrack]) -> None:
    """What the page draws skeletons from (`sportsbr.poses/1`)."""
    head = {
        "format": "sportsbr.poses/1",
        "width_px": footage.width_px,
        "height_px": footage.height_px,
        "time_s": np.round(footage.time_s, 6).tolist(),
    }
    with path.open("w", encoding="utf-8") as file:
        told = (_compact(_player_track(track, footage=footage)) for track in tracks)
        _write_document(file, head, list_name="tracks", items=told)


def write_charts_json(path: Path, *, signal_sets: Iterable[SignalSet]) -> None:
    """What the page draws curves from (`sportsbr.signals/1`): angles, heights and speeds."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"format":"sportsbr.signals/1","tracks":[')
        for number, signals in enumerate(signal_sets):
            file.write("," if number else "")
            head = {
                "track_id": signals.track_id,
                "time_s": np.round(signals.time_s, 6).tolist(),
            }
            _write_document(file, head, list_name="signals", items=_charted(signals))
        file.write("]}")


def write_vectors_json(
    path: Path, *, models: Mapping[str, str], vectors: Mapping[str, Float]
) -> None:
    """Clip vectors by segment id: {"model": sha256 of the weights, "vectors": {"s1": [...]}}.

    `models` are those of the action model; vectors are only alike under the same weights.
    """
    made_by = next(iter(models.values()), "") if vectors else ""
    told = {key: [round(float(x), 6) for x in vector] for key, vector in vectors.items()}
    path.write_text(json.dumps({"model": made_by, "vectors": told}), encoding="utf-8")


def _csv_head(signals: SignalSet) -> list[str]:
    pairs = zip(signals.names, signals.units, strict=True)
    cells = [cell for name, unit in pairs for cell in (f"{name} [{unit}]", f"{name} sd [{unit}]")]
    return ["track_id", "time_s", *cells]


def _csv_rows(signals: SignalSet) -> Iterator[str]:
    line = f"{signals.track_id},%.6f" + ",%.4f" * (2 * len(signals.names)) + "\r\n"
    for start in range(0, signals.time_s.size, BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        cells = np.stack((signals.values[block], signals.sd[block]), axis=2).astype(np.float64)
        cells[~np.isfinite(cells)] = np.nan
        rows = np.column_stack((signals.time_s[block], cells.reshape(cells.shape[0], -1)))
        for row in rows.tolist():
            yield (line % tuple(row)).replace("nan", "")


def _charted(signals: SignalSet) -> Iterator[str]:
    for name, unit in zip(signals.names, signals.units, strict=True):
        values = signals.column(name)
        if unit in CHARTED_UNITS and np.isfinite(values).any():
            curves = {"values": values, "sd": signals.column_sd(name)}
            told = (f'"{key}":{_rounded(curve)}' for key, curve in curves.items())
            yield _compact({"name": name, "unit": unit})[:-1] + "," + ",".join(told) + "}"


def _write_document(
    file: TextIO, head: dict[str, Any], *, list_name: str, items: Iterable[str]
) -> None:
    """`head` as a JSON object with a list at its end, whose items are JSON already."""
    file.write(_compact(head)[:-1] + f',"{list_name}":[')
    for number, item in enumerate(items):
        file.write("," if number else "")
        file.write(item)
    file.write("]}")


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _player_track(track: PoseTrack, *, footage: Footage) -> dict[str, Any]:
    skeleton = SKELETONS[track.skeleton]
    ahead = int(np.searchsorted(footage.time_s, track.time_s[0])) if track.time_s.size else 0
    seen = np.flatnonzero(np.isfinite(track.xy_px).any(axis=(1, 2)))
    start, stop = (int(seen[0]), int(seen[-1]) + 1) if seen.size else (0, 0)
    xy = track.xy_px[start:stop] * QUARTER_PX
    inside = np.clip(np.nan_to_num(xy), UNSEEN_XY + 1, 32767)
    coded = np.where(np.isfinite(xy), np.rint(inside), UNSEEN_XY)
    score = track.score[start:stop]
    percent = np.where(np.isfinite(score), np.rint(np.nan_to_num(score) * 100), UNSEEN_SCORE)
    return {
        "track_id": track.track_id,
        "keypoints": list(skeleton.keypoints),
        "edges": [list(edge) for edge in skeleton.edge_indices],
        "first_frame": ahead + start,
        "frames": stop - start,
        "xy": base64.b64encode(coded.astype("<i2").tobytes()).decode("ascii"),
        "score": base64.b64encode(percent.astype("u1").tobytes()).decode("ascii"),
    }


def _rounded(values: Float) -> str:
    """A JSON list in thousandths; what is missing is null."""
    finite = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    blocks = (finite[i : i + BLOCK_ROWS] for i in range(0, finite.size, BLOCK_ROWS))
    texts = (_compact(np.round(block, 3).tolist())[1:-1] for block in blocks)
    return "[" + ",".join(texts).replace("NaN", "null") + "]"
