"""People's tracks and signals on disk, added part by part and read back one person at a time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from analysis.schema import PoseTrack, SignalSet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from analysis.schema import Float


class Spool:
    """A folder for as long as the `with` block lasts.

    Arrays are kept in single precision (a coordinate to a thousandth of a pixel), times in double.
    """

    def __init__(self, *, beside: Path) -> None:
        """`beside` is a folder on the disk that the report's files go to."""
        self._made = tempfile.TemporaryDirectory(prefix=".spool-", dir=beside)
        self._heads: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._made.cleanup()

    def add(self, track: PoseTrack, signals: SignalSet, *, start: int, stop: int) -> None:
        """Append rows [start, stop) of both, which continue what was added of this person.

        Raises:
            ValueError: the rows are not later than those added before, or of other columns.
        """
        head = {
            "skeleton": track.skeleton,
            "keypoints": track.score.shape[1],
            "names": signals.names,
            "units": signals.units,
        }
        known = self._heads.setdefault(track.track_id, {**head, "rows": 0, "last_s": -np.inf})
        if {name: known[name] for name in head} != head:
            raise ValueError(f"track {track.track_id}: expected the columns added before")
        times = track.time_s[start:stop]
        if times.size and times[0] <= known["last_s"]:
            raise ValueError(f"track {track.track_id}: expected rows later than those added before")
        xyz = np.full((*track.score.shape, 3), np.nan) if track.xyz_m is None else track.xyz_m
        self._append(track.track_id, "time_s", times)
        for name, values in (
            ("box_px", track.box_px),
            ("xy_px", track.xy_px),
            ("xyz_m", xyz),
            ("score", track.score),
            ("values", signals.values),
            ("sd", signals.sd),
        ):
            self._append(track.track_id, name, values[start:stop].astype(np.float32))
        known["rows"] += times.size
        known["last_s"] = float(times[-1]) if times.size else known["last_s"]

    def tracks(self, *, depth: bool) -> Iterator[PoseTrack]:
        """Each person's whole track, one after the other; `depth` asks for `xyz_m` as well."""
        for track_id, head in self._heads.items():
            keypoints = head["keypoints"]
            xyz = self._read(track_id, "xyz_m", (keypoints, 3)) if depth else None
            yield PoseTrack(
                track_id=track_id,
                skeleton=head["skeleton"],
                time_s=self._times(track_id),
                box_px=self._read(track_id, "box_px", (4,)),
                xy_px=self._read(track_id, "xy_px", (keypoints, 2)),
                xyz_m=xyz if xyz is not None and np.isfinite(xyz).any() else None,
                score=self._read(track_id, "score", (keypoints,)),
            )

    def signal_sets(self) -> Iterator[SignalSet]:
        """Each person's signals, one after the other."""
        for track_id, head in self._heads.items():
            columns = (len(head["names"]),)
            yield SignalSet(
                track_id=track_id,
                names=head["names"],
                units=head["units"],
                time_s=self._times(track_id),
                values=self._read(track_id, "values", columns),
                sd=self._read(track_id, "sd", columns),
            )

    def _append(self, track_id: int, name: str, values: Float) -> None:
        with self._file(track_id, name).open("ab") as file:
            file.write(np.ascontiguousarray(values).data)

    def _times(self, track_id: int) -> Float:
        return _frozen(np.fromfile(self._file(track_id, "time_s"), dtype=np.float64))

    def _read(self, track_id: int, name: str, shape: tuple[int, ...]) -> Float:
        flat = np.fromfile(self._file(track_id, name), dtype=np.float32)
        return _frozen(flat.reshape(-1, *shape))

    def _file(self, track_id: int, name: str) -> Path:
        return Path(self._made.name) / f"{track_id}.{name}"


def _frozen(values: Any) -> Float:
    values.setflags(write=False)
    frozen: Float = values
    return frozen
