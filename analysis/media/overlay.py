"""overlay.mp4: the footage with skeletons, who is who, and a timeline of segments drawn in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.errors import DecodeFailedError
from analysis.media.frames import read_frames
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float, Footage, PoseTrack, Segment

Colour = tuple[int, int, int]  # RGB

LEFT: Final[Colour] = (64, 170, 255)  # blue and orange stay apart for colour-blind eyes
RIGHT: Final[Colour] = (255, 150, 40)
MIDDLE: Final[Colour] = (245, 245, 245)
DARK: Final[Colour] = (18, 20, 24)
TECHNIQUES: Final[tuple[Colour, ...]] = (
    (96, 200, 150),
    (240, 190, 80),
    (170, 140, 250),
    (240, 120, 130),
    (110, 190, 240),
)
MIN_SCORE: Final = 0.3  # a keypoint seen with less is not drawn
MAX_SHORTER_PX: Final = 720
CLOCK_HZ: Final = 90_000
SUBPIXEL_BITS: Final = 4


def draw_overlay(
    target: Path,
    *,
    footage: Footage,
    tracks: Sequence[PoseTrack],
    segments: Sequence[Segment],
    labels: Mapping[str, str],
    out: Path,
    progress: Callable[[float], None],
) -> None:
    """Write `out` from the normalised copy `target`, frame by frame, with the copy's own times.

    The athlete's left side is blue, the right side orange. `labels` names techniques in Latin
    letters; a technique without a label shows its key. `out` appears only when it is complete.

    Raises:
        DecodeFailedError: the copy cannot be decoded or the overlay not be encoded.
        Exception: whatever `progress` raises.
    """
    size = _picture_size(footage)
    sketch = Sketch(footage, tracks=tracks, segments=segments, labels=labels, size=size)
    partial = out.with_name(f".{out.name}.part")
    total = footage.time_s.size
    try:
        with _encoder(partial, size=size) as write:
            for index, frame in read_frames(target, start=0, stop=total):
                write(sketch.draw(frame, index=index), float(footage.time_s[index]))
                progress((index + 1) / total)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Limb:
    start: int
    stop: int
    colour: Colour


class Sketch:
    """Draws on one frame at a time; knows everything else beforehand."""

    def __init__(
        self,
        footage: Footage,
        *,
        tracks: Sequence[PoseTrack],
        segments: Sequence[Segment],
        labels: Mapping[str, str],
        size: tuple[int, int],
    ) -> None:
        self._footage, self._tracks, self._segments = footage, tracks, segments
        self._labels, self._size = labels, size
        self._scale = size[0] / footage.width_px
        self._line_px = max(2, round(min(size) / 200))
        self._text = min(size) / 720
        techniques = sorted({s.technique for s in segments})
        self._colours = {t: TECHNIQUES[i % len(TECHNIQUES)] for i, t in enumerate(techniques)}
        self._strip = self._timeline()
        # A track may begin later than the footage.
        self._ahead = [int(np.searchsorted(footage.time_s, t.time_s[0])) for t in tracks]

    def draw(self, frame: Frame, *, index: int) -> Frame:
        """A new picture (H, W, 3) RGB of the overlay's size."""
        import cv2

        picture: Frame = np.ascontiguousarray(
            cv2.resize(frame, self._size, interpolation=cv2.INTER_AREA)
        )
        for track, ahead in zip(self._tracks, self._ahead, strict=True):
            if 0 <= index - ahead < track.time_s.size:
                self._person(picture, track, index=index - ahead)
        now_s = float(self._footage.time_s[index])
        self._captions(picture, now_s=now_s)
        self._cursor(picture, now_s=now_s)
        return picture

    def _person(self, picture: Frame, track: PoseTrack, *, index: int) -> None:
        score = np.nan_to_num(track.score[index])
        xy = track.xy_px[index] * self._scale
        visible = (score >= MIN_SCORE) & np.isfinite(xy).all(axis=1)
        if not visible.any():
            return
        for limb in limbs(track.skeleton):
            if visible[limb.start] and visible[limb.stop]:
                self._line(picture, xy[limb.start], xy[limb.stop], colour=limb.colour)
        for k in {k for limb in limbs(track.skeleton) for k in (limb.start, limb.stop)}:
            if visible[k]:
                self._dot(picture, xy[k])
        low, high = xy[visible][:, 1].min(), xy[visible][:, 1].max()
        top = low - 0.08 * (high - low)  # the highest keypoint is an eye; the head goes on above
        middle = np.nanmean(xy[visible][:, 0])
        self._badge(picture, str(track.track_id), x=float(middle), y=float(top))

    def _line(self, picture: Frame, a: Float, b: Float, *, colour: Colour) -> None:
        import cv2

        start, stop = _subpixel(a), _subpixel(b)
        around = {"lineType": cv2.LINE_AA, "shift": SUBPIXEL_BITS}
        cv2.line(picture, start, stop, DARK, self._line_px + 2, **around)
        cv2.line(picture, start, stop, colour, self._line_px, **around)

    def _dot(self, picture: Frame, at: Float) -> None:
        import cv2

        radius = round(0.8 * self._line_px * 2**SUBPIXEL_BITS)
        around = {"lineType": cv2.LINE_AA, "shift": SUBPIXEL_BITS}
        cv2.circle(picture, _subpixel(at), radius, MIDDLE, -1, **around)

    def _badge(self, picture: Frame, text: str, *, x: float, y: float) -> None:
        """A number above somebody's head, kept inside the picture."""
        import cv2

        radius = max(9, round(16 * self._text))
        x = float(np.clip(x, radius, self._size[0] - radius))
        y = float(np.clip(y - 1.5 * radius, radius, self._size[1] - radius))
        centre = (round(x), round(y))
        cv2.circle(picture, centre, radius, DARK, -1, lineType=cv2.LINE_AA)
        cv2.circle(picture, centre, radius, MIDDLE, max(1, self._line_px // 2), cv2.LINE_AA)
        self._write(picture, text, x=centre[0], y=centre[1], size=0.7, centred=True)

    def _captions(self, picture: Frame, *, now_s: float) -> None:
        """What each person is doing, in the upper left corner."""
        rows = [s for s in self._segments if s.start_s <= now_s < s.end_s]
        height = max(20, round(34 * self._text))
        for row, segment in enumerate(sorted(rows, key=lambda s: s.track_id)):
            phase = next((p.name for p in segment.phases if p.start_s <= now_s < p.end_s), "")
            name = self._labels.get(segment.technique, segment.technique)
            text = f"{segment.track_id}  {name}" + (f" - {phase}" if phase else "")
            y = round(0.4 * height) + row * round(1.15 * height)
            self._plate(picture, text, y=y, height=height, colour=self._colours[segment.technique])

    def _plate(self, picture: Frame, text: str, *, y: int, height: int, colour: Colour) -> None:
        import cv2

        left, bar = round(0.4 * height), max(3, height // 6)
        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8 * self._text, 1)
        right = min(self._size[0], left + width + 5 * bar)
        picture[y : y + height, left:right] //= 3
        picture[y : y + height, left : left + bar] = colour
        self._write(picture, text, x=left + 2 * bar, y=y + height // 2, size=0.8, centred=False)

    def _write(
        self, picture: Frame, text: str, *, x: int, y: int, size: float, centred: bool
    ) -> None:
        import cv2

        scale, weight = size * self._text, max(1, round(2 * self._text))
        font = cv2.FONT_HERSHEY_SIMPLEX
        (width, height), _ = cv2.getTextSize(text, font, scale, weight)
        place = (x - width // 2 if centred else x, y + height // 2)
        cv2.putText(picture, text, place, font, scale, MIDDLE, weight, cv2.LINE_AA)

    def _timeline(self) -> Frame:
        """The strip along the bottom: one row per person with segments, darkened ground."""
        width, people = self._size[0], sorted({s.track_id for s in self._segments})
        row = max(6, round(14 * self._text))
        gap = max(2, row // 4)
        height = gap + max(1, len(people)) * (row + gap)
        strip = np.full((height, width, 3), DARK, dtype=np.uint8)
        for segment in self._segments:
            top = gap + people.index(segment.track_id) * (row + gap)
            left, right = self._x(segment.start_s), self._x(segment.end_s)
            strip[top : top + row, left : max(left + 1, right - 1)] = self._colours[
                segment.technique
            ]
        return strip

    def _x(self, at_s: float) -> int:
        time_s = self._footage.time_s
        span_s = max(self._footage.duration_s, 1e-9)
        return int(np.clip((at_s - time_s[0]) / span_s, 0, 1) * (self._size[0] - 1))

    def _cursor(self, picture: Frame, *, now_s: float) -> None:
        strip, height = self._strip, self._strip.shape[0]
        picture[-height:] = strip - strip // 4 + picture[-height:] // 4
        x, half = self._x(now_s), max(1, self._line_px // 2)
        picture[-height:, max(0, x - half) : x + half + 1] = MIDDLE


def limbs(skeleton: str) -> tuple[_Limb, ...]:
    """Edges of a skeleton with the colour of their side."""
    shape = SKELETONS[skeleton]
    return tuple(_Limb(shape.index(a), shape.index(b), _side_colour(a, b)) for a, b in shape.edges)


def _side_colour(a: str, b: str) -> Colour:
    sides = {name.split("_")[0] for name in (a, b)} & {"left", "right"}
    if sides == {"left"}:
        return LEFT
    return RIGHT if sides == {"right"} else MIDDLE


def _subpixel(point: Float) -> tuple[int, int]:
    # Far outside the picture OpenCV's fixed-point drawing would overflow.
    x, y = np.clip(point, -10_000, 20_000) * 2**SUBPIXEL_BITS
    return round(float(x)), round(float(y))


def _picture_size(footage: Footage) -> tuple[int, int]:
    scale = min(1.0, MAX_SHORTER_PX / min(footage.width_px, footage.height_px))
    return (
        max(2, 2 * round(footage.width_px * scale / 2)),
        max(2, 2 * round(footage.height_px * scale / 2)),
    )


@contextmanager
def _encoder(path: Path, *, size: tuple[int, int]) -> Iterator[Callable[[Frame, float], None]]:
    """A function that encodes (picture, time in s); the file is complete when the block ends."""
    import av

    clock = Fraction(1, CLOCK_HZ)
    options = {"movflags": "faststart", "video_track_timescale": str(CLOCK_HZ)}
    try:
        with av.open(str(path), mode="w", format="mp4", options=options) as container:
            stream: Any = container.add_stream("libx264", rate=30)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = clock
            stream.codec_context.max_b_frames = 0
            stream.options = {"preset": "veryfast", "crf": "23", "bf": "0"}

            def write(picture: Frame, time_s: float) -> None:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = round(time_s * CLOCK_HZ), clock
                container.mux(stream.encode(frame))

            yield write
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise DecodeFailedError(reason=f"overlay: {error.strerror or error}") from error
