"""Pictures of the normalised copy by frame index, streamed, with memory that does not grow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.errors import DecodeFailedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float, Int

SEEK_FRAMES: Final = 30  # a key frame comes about once a second


def read_frames(target: Path, *, start: int, stop: int) -> Generator[tuple[int, Frame], None, None]:
    """Frames [start, stop) of a normalised copy as (index, RGB picture (H, W, 3) uint8).

    Seeks to the key frame before `start` and places every picture by its own time, so that any
    cutting into stretches gives the pictures of one pass. `stop` may lie beyond the end.

    Raises:
        DecodeFailedError: the copy cannot be decoded.
        ValueError: start is negative or beyond stop.
    """
    if not 0 <= start <= stop:
        raise ValueError(f"expected 0 <= start <= stop, got {start} and {stop}")
    with _opened(target) as (container, stream):
        ticks = _ticks(container, stream)
        stop = min(stop, ticks.size)
        if start >= stop:
            return
        container.seek(int(ticks[start]), stream=stream, backward=True)
        stream.thread_type = "AUTO"
        for picture in container.decode(stream):
            if picture.pts is None or picture.pts < ticks[start]:
                continue
            index = int(np.searchsorted(ticks, picture.pts))
            if index >= stop:
                return
            yield index, picture.to_ndarray(format="rgb24")


def read_some(target: Path, indices: Sequence[int]) -> Iterator[tuple[int, Frame]]:
    """The frames with these indices, each once and in rising order, as `read_frames` gives them.

    Seeks over what lies between where that saves decoding. Indices beyond the end are left out.

    Raises:
        DecodeFailedError: the copy cannot be decoded.
    """
    with _opened(target) as (container, stream):
        ticks = _ticks(container, stream)
        wanted = [i for i in sorted(set(indices)) if 0 <= i < ticks.size]
        stream.thread_type = "AUTO"
        for run in _runs(wanted):
            container.seek(int(ticks[run[0]]), stream=stream, backward=True)
            left = set(run)
            for picture in container.decode(stream):
                index = int(np.searchsorted(ticks, picture.pts)) if picture.pts is not None else -1
                if index in left:
                    left.discard(index)
                    yield index, picture.to_ndarray(format="rgb24")
                if not left or index >= run[-1]:
                    break


def _runs(indices: Sequence[int]) -> list[list[int]]:
    """Rising indices cut where two are further apart than a seek costs."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index - runs[-1][-1] <= SEEK_FRAMES:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def frame_times(target: Path) -> tuple[Float, int, int]:
    """Times (F,) s of the frames of a normalised copy, its width and height in px; no decoding.

    Raises:
        DecodeFailedError: the copy cannot be read.
    """
    with _opened(target) as (container, stream):
        ticks = _ticks(container, stream)
        base = stream.time_base
        context = stream.codec_context
        time_s = ticks * base.numerator / base.denominator
        return time_s.astype(np.float64), int(context.width), int(context.height)


@contextmanager
def _opened(target: Path) -> Iterator[tuple[Any, Any]]:
    import av

    try:
        options = {"protocol_whitelist": "file"}
        with av.open(str(target), format="mov", options=options) as container:
            if not container.streams.video:
                raise DecodeFailedError(reason="the normalised copy has no picture")
            yield container, container.streams.video[0]
    except av.FFmpegError as error:
        raise DecodeFailedError(reason=str(error.strerror or error)) from error


def _ticks(container: Any, stream: Any) -> Int:
    """Presentation times of all frames, in units of the stream's time base.

    The copy has no reordered frames, so the container's index holds them already; reading every
    packet of a long match for each of its chunks would cost far more.
    """
    if not stream.codec_context.has_b_frames:
        indexed = [entry.timestamp for entry in stream.index_entries]
        if len(indexed) == stream.frames:
            return np.array(sorted(indexed), dtype=np.int64)
    packets = (p.pts for p in container.demux(stream) if p.pts is not None and not p.is_discard)
    ticks = np.array(sorted(packets), dtype=np.int64)
    container.seek(0, stream=stream)
    return ticks
