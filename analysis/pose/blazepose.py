"""BlazePose for several people at once, from the two networks that the mediapipe wheel carries."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.pose import blazepose_geometry as geometry
from analysis.pose.extract import collect
from analysis.pose.stabilise import CROP, Steady
from analysis.skeletons import BLAZEPOSE33

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.config import PoseConfig
    from analysis.pose.blazepose_geometry import Roi
    from analysis.protocols import Frame
    from analysis.schema import Float, Observations

DETECTOR: Final = "pose_detection/pose_detection.tflite"
LANDMARKER: Final = "pose_landmark/pose_landmark_full.tflite"
LANDMARK, PRESENCE, HEAT, WORLD = 0, 1, 3, 4  # the landmark network's outputs; 2 is a mask
SAME_BODY: Final = 0.5  # keypoint similarity above which two crops show one person
SAME_PLACE: Final = 0.35  # distance of centres, in sides, below which two crops are one
TILE_FROM: Final = 1.2  # pictures longer than this are also searched square by square
FINE: Final = 0.65  # side of the fine search's squares, in shorter sides of the picture
SAME_TRUNK: Final = 0.25  # in trunk lengths: ends of two trunks nearer than this are one trunk's


def model_folder() -> Path:
    """Where the installed mediapipe wheel keeps its networks; mediapipe itself is not imported.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    spec = find_spec("mediapipe")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("BlazePose needs the mediapipe 0.10.21 wheel (--no-deps is enough)")
    return Path(next(iter(spec.submodule_search_locations))) / "modules"


@dataclass(frozen=True, slots=True, eq=False)
class _Body:
    """One person in one frame, and where to look for them in the next."""

    xy_px: Float  # (33, 2)
    xyz_m: Float  # (33, 3)
    score: Float  # (33,)
    presence: float
    box_px: Float  # (4,)
    crop: Steady  # the two points (2, 2) in px that span the crop, steadied over time

    @property
    def following(self) -> Roi:
        """Where to look in the next frame."""
        return geometry.roi_from_points(self.crop.value[0], self.crop.value[1])

    def after(self, before: _Body) -> _Body:
        """The same, its crop steadied by where the body was a frame ago."""
        size_px = 2 * float(np.hypot(*(self.crop.raw[1] - self.crop.raw[0])))
        steady = before.crop.then(self.crop.raw, scale=1 / size_px, settings=CROP)
        return replace(self, crop=steady)


class BlazePose:
    """PoseEstimator: detector, landmarks on each turned crop, crops followed from frame to frame.

    `models` names both files with their sha256.
    """

    skeleton: str = BLAZEPOSE33.name

    def __init__(self, config: PoseConfig) -> None:
        self._config = config
        self._threads = config.threads or len(os.sched_getaffinity(0))
        folder = model_folder()
        self.models: Mapping[str, str] = {
            Path(name).name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in (DETECTOR, LANDMARKER)
        }
        self._paths = {name: folder / name for name in (DETECTOR, LANDMARKER)}
        self._loaded: dict[str, _Network] = {}
        self._anchors = geometry.anchors()

    @property
    def runs(self) -> Mapping[str, int]:
        """How often each network has been run so far, for benchmarks."""
        return {Path(name).name: network.runs for name, network in self._loaded.items()}

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        """Everybody in a stretch of frames; a stretch starts without memory."""
        before: list[_Body] = []
        since, rounds = self._config.detect_every_frames, 0
        seen: list[tuple[int, _Body]] = []
        for index, frame in frames:
            bodies = self._follow(frame, before)
            due = since >= self._config.detect_every_frames
            if due or not bodies or len(bodies) < len(before):
                rounds += due
                bodies = self._add_newcomers(frame, bodies, fine=due and rounds % 2 == 0)
                since = 0
            since += 1
            before = bodies
            seen.extend((index, body) for body in bodies)
        return collect(
            skeleton=self.skeleton,
            keypoints=len(BLAZEPOSE33.keypoints),
            frame=[index for index, _ in seen],
            box_px=[body.box_px for _, body in seen],
            xy_px=[body.xy_px for _, body in seen],
            xyz_m=[body.xyz_m for _, body in seen],
            score=[body.score for _, body in seen],
        )

    def _follow(self, frame: Frame, before: Sequence[_Body]) -> list[_Body]:
        """Everybody of the frame before, as far as they are still there."""
        bodies = []
        for last in before:
            body = self._landmarks(frame, last.following)
            if body is not None:
                bodies.append(body.after(last))
        return without_doubles(bodies)

    def _add_newcomers(self, frame: Frame, bodies: list[_Body], *, fine: bool) -> list[_Body]:
        for roi in self._detect(frame, fine=fine):
            if len(bodies) >= self._config.max_people:
                break
            if any(_same_place(roi, body.following) for body in bodies):
                continue
            newcomer = self._landmarks(frame, roi)
            # Once more on the crop its own landmarks span: the detector's is coarse.
            better = newcomer and self._landmarks(frame, newcomer.following)
            if better is not None:
                bodies = without_doubles([*bodies, better])
        return bodies

    def _detect(self, frame: Frame, *, fine: bool) -> list[Roi]:
        """Crops of everybody the detector finds, surest first."""
        found: list[tuple[float, Roi]] = []
        height, width = frame.shape[:2]
        squares = fine_squares if fine else coarse_squares
        for left, top, side in squares(width_px=width, height_px=height):
            points, scores = self._detect_in(frame, left=left, top=top, side=side)
            found.extend(
                (float(score), geometry.roi_from_points(point[0], point[1]))
                for point, score in zip(points, scores, strict=True)
            )
        found.sort(key=lambda pair: -pair[0])
        rois: list[Roi] = []
        for _, roi in found:
            inside = 0 <= roi.x_px < width and 0 <= roi.y_px < height
            if inside and roi.side_px > 1 and not any(_same_place(roi, other) for other in rois):
                rois.append(roi)
        return rois

    def _detect_in(self, frame: Frame, *, left: int, top: int, side: int) -> tuple[Float, Float]:
        """Points (N, 4, 2) in px of the picture and scores (N,) of one square of it."""
        import cv2

        scale = geometry.DETECTOR_PX / side
        matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
        size = (geometry.DETECTOR_PX, geometry.DETECTOR_PX)
        square = cv2.warpAffine(frame, matrix, size, flags=cv2.INTER_LINEAR)
        network = self._network(DETECTOR)
        network.run(square.astype(np.float32) / 127.5 - 1)
        raw, logits = network.output(0), network.output(1)
        boxes, points, scores = geometry.decode(
            raw[0],
            logits[0, :, 0],
            centres=self._anchors,
            min_score=self._config.min_detection_score,
        )
        points, scores = geometry.blend(boxes, points, scores)
        return points * side + np.array([left, top]), scores

    def _landmarks(self, frame: Frame, roi: Roi) -> _Body | None:
        """The person in a crop, or None when the network sees nobody there."""
        import cv2

        size = (geometry.LANDMARK_PX, geometry.LANDMARK_PX)
        square = cv2.warpAffine(
            frame,
            geometry.crop_matrix(roi),
            size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        network = self._network(LANDMARKER)
        network.run(np.multiply(square, 1 / 255, dtype=np.float32))
        presence = float(network.output(PRESENCE)[0, 0])
        if presence < self._config.min_presence:
            return None
        flat, heat, world = (network.output(name) for name in (LANDMARK, HEAT, WORLD))
        values = flat.reshape(geometry.LANDMARKS, 5)
        xy = geometry.refine(values[:, :2].astype(np.float64) / geometry.LANDMARK_PX, heat[0])
        xy_px = geometry.to_picture(xy, roi)
        crop = Steady.start(xy_px[geometry.BODY : geometry.BODY + 2])
        height, width = frame.shape[:2]
        body = xy_px[: geometry.BODY]
        side_px = geometry.roi_from_points(crop.raw[0], crop.raw[1]).side_px
        if not 1 < side_px < 8 * max(height, width):
            return None
        likely = geometry.sigmoid(values[: geometry.BODY, 3:])
        turned = geometry.turn_back(world.reshape(geometry.LANDMARKS, 3)[: geometry.BODY], roi)
        return _Body(
            xy_px=body,
            xyz_m=turned,
            score=likely[:, 0] * likely[:, 1],
            presence=presence,
            box_px=geometry.bounding_box(body, width_px=width, height_px=height),
            crop=crop,
        )

    def _network(self, name: str) -> _Network:
        """Loaded when first used: who only asks for `models` need not wait."""
        if name not in self._loaded:
            self._loaded[name] = _Network(self._paths[name], threads=self._threads)
        return self._loaded[name]


class _Network:
    """One .tflite file."""

    def __init__(self, path: Path, *, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [d["index"] for d in self._interpreter.get_output_details()]
        self.runs = 0

    def run(self, picture: Any) -> None:
        """Put one float picture (H, W, 3) through."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        self.runs += 1

    def output(self, place: int) -> Any:
        """A copy of one output of the last run, by its place in the file."""
        return self._interpreter.get_tensor(self._outputs[place])


def coarse_squares(*, width_px: int, height_px: int) -> list[tuple[int, int, int]]:
    """Squares (left, top, side) to search: the whole picture, then overlapping parts of a long one.

    The detector shrinks its square to 224 px, so that in a wide picture people become tiny.
    """
    longer, shorter = max(width_px, height_px), min(width_px, height_px)
    whole = ((width_px - longer) // 2, (height_px - longer) // 2, longer)
    if longer < TILE_FROM * shorter:
        return [whole]
    return [whole, *_tiles(width_px=width_px, height_px=height_px, side=shorter)]


def fine_squares(*, width_px: int, height_px: int) -> list[tuple[int, int, int]]:
    """Smaller overlapping squares, for people far from the camera."""
    side = round(FINE * min(width_px, height_px))
    return _tiles(width_px=width_px, height_px=height_px, side=side)


def _tiles(*, width_px: int, height_px: int, side: int) -> list[tuple[int, int, int]]:
    """Squares that cover the picture and overlap, so that nobody stands on a border of all."""
    columns = math.ceil(1.5 * (width_px - side) / side) + 1
    rows = math.ceil(1.5 * (height_px - side) / side) + 1
    lefts = np.linspace(0, width_px - side, num=columns).astype(int)
    tops = np.linspace(0, height_px - side, num=rows).astype(int)
    return [(int(left), int(top), side) for top in tops for left in lefts]


def without_doubles(bodies: Sequence[_Body]) -> list[_Body]:
    """One body per person: of two that lie on each other the first stays (it was there before)."""
    kept: list[_Body] = []
    for body in bodies:
        if not any(_same_body(body, other) for other in kept):
            kept.append(body)
    return kept


def _same_body(a: _Body, b: _Body) -> bool:
    low, high = b.box_px[:2], b.box_px[2:]
    area = max(1.0, float(np.prod(high - low)))
    if geometry.keypoint_similarity(a.xy_px, b.xy_px, area_px2=area) > SAME_BODY:
        return True
    # Two readings of one body may differ in every limb, but not in where the trunk is.
    ends = [geometry.trunk(body.xy_px) for body in (a, b)]
    length = float(np.hypot(*(ends[1][1] - ends[1][0])))
    return bool((np.hypot(*(ends[0] - ends[1]).T) < SAME_TRUNK * length).all())


def _same_place(a: Roi, b: Roi) -> bool:
    distance = float(np.hypot(a.x_px - b.x_px, a.y_px - b.y_px))
    smaller, larger = sorted((a.side_px, b.side_px))
    return distance < SAME_PLACE * smaller / 2 and smaller > 0.5 * larger
