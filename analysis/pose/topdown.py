"""Several people, one at a time: boxes from a detector, a pose in every box, boxes followed on.

What both RTMPose backends share. The network that looks at the crops is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from analysis.pose import topdown_geometry as geometry
from analysis.pose.extract import collect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from analysis.config import PoseConfig
    from analysis.protocols import Frame, PersonDetector
    from analysis.schema import Float, Observations
    from analysis.skeletons import Skeleton

    Single = NDArray[np.float32]
    Crops = NDArray[np.uint8]  # (N, H, W, 3) RGB

SAME_PERSON: Final = 0.3  # overlap from which a detection is somebody followed already
LOOK_AGAIN: Final = 0.6  # overlap of expected and found box below which the crop is taken again


class CropNetwork(Protocol):
    """Answers a batch of crops."""

    def run(self, crops: Crops) -> tuple[Single, Single]:
        """SimCC of x (N, K, bins) and of y (N, K, bins) for N crops."""
        ...


@dataclass(frozen=True, slots=True)
class CropFormat:
    """What a network takes and how its answer is read."""

    skeleton: Skeleton
    size_px: tuple[int, int]  # width, height of a crop
    bins_per_px: float  # SimCC's split ratio


@dataclass(slots=True)
class _Person:
    """Somebody being followed: the box last seen and how its middle moves."""

    box_px: Float  # (4,)
    frame: int
    velocity_px: Float = field(default_factory=lambda: np.zeros(2))  # per frame
    lost: bool = False

    def expected(self, frame: int) -> Float:
        """Where the box should be in another frame, as large as it was last seen."""
        return np.asarray(self.box_px + np.tile(self.velocity_px * (frame - self.frame), 2))

    def seen(self, box_px: Float, *, frame: int) -> None:
        """Move on to a box found in a later frame."""
        moved = (box_px[:2] + box_px[2:] - self.box_px[:2] - self.box_px[2:]) / 2
        # Half of it: the middle of a box jitters with every limb.
        self.velocity_px = (self.velocity_px + moved / max(1, frame - self.frame)) / 2
        self.box_px, self.frame = box_px, frame


@dataclass(frozen=True, slots=True, eq=False)
class _Crop:
    """One look at one person in one frame."""

    person: _Person
    frame: int
    picture: Frame
    box_px: Float


@dataclass(frozen=True, slots=True, eq=False)
class _Pose:
    """What a look saw."""

    xy_px: Float  # (K, 2)
    score: Float  # (K,)
    box_px: Float | None  # around the keypoints; None when too few were seen


class TopDown:
    """Detects every so many frames and follows in between.

    Between detections each person's box comes from the keypoints seen last, moved on at its own
    velocity. `follow_frames` frames are looked at in one go, so that one batch spans frames and
    people; where the keypoints then lie elsewhere than expected, the crop is taken again around
    them. How a batch is split does not change what is seen.
    """

    def __init__(
        self,
        *,
        detector: PersonDetector,
        network: CropNetwork,
        crop_format: CropFormat,
        config: PoseConfig,
    ) -> None:
        self._detector = detector
        self._network = network
        self._format = crop_format
        self._config = config

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        """Everybody in a stretch of frames; a stretch starts without memory."""
        stream = iter(frames)
        every = max(1, self._config.detect_every_frames)
        ahead = max(1, self._config.follow_frames)
        people: list[_Person] = []
        rows: list[tuple[int, _Pose]] = []
        since = 0  # frames since people were looked for; 0: look now
        while block := list(islice(stream, min(ahead, every - since))):
            if since == 0:
                people = self._with_newcomers(people, frame=block[0][0], picture=block[0][1])
            rows.extend(self._followed(people, block))
            remaining = [person for person in people if not person.lost]
            somebody_lost = len(remaining) < len(people)
            people = remaining
            since += len(block)
            if since >= every or somebody_lost or not people:
                since = 0
        return self._collected(rows)

    def _with_newcomers(
        self, people: Sequence[_Person], *, frame: int, picture: Frame
    ) -> list[_Person]:
        """Those followed, and whom the detector finds beside them, surest first."""
        boxes, _ = self._detector.detect(picture)
        known = np.array([p.expected(frame) for p in people]).reshape(-1, 4)
        everybody = list(people)
        for box in boxes:
            if len(everybody) >= self._config.max_people:
                break
            if not (geometry.overlap(box[None], known) >= SAME_PERSON).any():
                everybody.append(_Person(box, frame))
        return everybody

    def _followed(
        self, people: Sequence[_Person], block: Sequence[tuple[int, Frame]]
    ) -> list[tuple[int, _Pose]]:
        """Poses of everybody in a few frames; who is not seen in one is lost from there on."""
        looks = [
            [_Crop(person, index, picture, person.expected(index)) for person in people]
            for index, picture in block
        ]
        first = iter(self._looked([crop for crops in looks for crop in crops]))
        rows: list[tuple[int, _Pose]] = []
        for crops in looks:
            pairs = [(crop, next(first)) for crop in crops]
            pairs = self._again([(crop, pose) for crop, pose in pairs if not crop.person.lost])
            kept: list[_Pose] = []
            for crop, pose in pairs:
                twice = any(geometry.same_body(pose.xy_px, other.xy_px) for other in kept)
                if pose.box_px is None or twice or not self._sure(pose):
                    crop.person.lost = True
                    continue
                crop.person.seen(pose.box_px, frame=crop.frame)
                kept.append(pose)
            rows.extend((crops[0].frame, pose) for pose in kept)
        return rows

    def _again(self, pairs: Sequence[tuple[_Crop, _Pose]]) -> list[tuple[_Crop, _Pose]]:
        """Look once more where the crop was not where the body is.

        The keypoints that were found say where; with none, the frame before does, which is known
        by now.
        """
        answers = list(pairs)
        crops: dict[int, _Crop] = {}
        for i, (crop, pose) in enumerate(pairs):
            if pose.box_px is None or not self._sure(pose):
                box = crop.person.expected(crop.frame)
            elif _moved(crop, pose.box_px):
                box = pose.box_px
            else:
                continue
            crops[i] = _Crop(crop.person, crop.frame, crop.picture, box)
        for (i, crop), pose in zip(crops.items(), self._looked(list(crops.values())), strict=True):
            answers[i] = (crop, pose)
        return answers

    def _sure(self, pose: _Pose) -> bool:
        return float(pose.score.mean()) >= self._config.min_follow_score

    def _looked(self, crops: Sequence[_Crop]) -> list[_Pose]:
        """One pose per crop, `batch_crops` at a time."""
        size = max(1, self._config.batch_crops)
        poses: list[_Pose] = []
        for start in range(0, len(crops), size):
            poses.extend(self._batch(crops[start : start + size]))
        return poses

    def _batch(self, crops: Sequence[_Crop]) -> list[_Pose]:
        import cv2

        size = self._format.size_px
        maps = [geometry.crop_matrix(crop.box_px, size_px=size) for crop in crops]
        cut: Crops = np.stack(
            [
                cv2.warpAffine(crop.picture, matrix, size, flags=cv2.INTER_LINEAR)
                for crop, matrix in zip(crops, maps, strict=True)
            ],
            dtype=np.uint8,
        )
        x, y = self._network.run(cut)
        if self._config.mirrored_too:
            pairs = self._format.skeleton.pairs
            other = self._network.run(np.ascontiguousarray(cut[:, :, ::-1]))
            turned_x, turned_y = geometry.mirrored_back(*other, pairs=pairs)
            x, y = np.mean([x, turned_x], axis=0), np.mean([y, turned_y], axis=0)
        xy, score = geometry.decode_simcc(x, y, bins_per_px=self._format.bins_per_px)
        return [
            self._pose(crop, geometry.to_picture(xy[i], maps[i]), score[i])
            for i, crop in enumerate(crops)
        ]

    def _pose(self, crop: _Crop, xy_px: Float, score: Float) -> _Pose:
        height, width = crop.picture.shape[:2]
        box_px = geometry.body_box(xy_px, score, size_px=(width, height))
        return _Pose(xy_px=xy_px, score=score, box_px=box_px)

    def _collected(self, rows: Sequence[tuple[int, _Pose]]) -> Observations:
        keypoints = len(self._format.skeleton.keypoints)
        return collect(
            skeleton=self._format.skeleton.name,
            keypoints=keypoints,
            frame=[index for index, _ in rows],
            box_px=[pose.box_px for _, pose in rows if pose.box_px is not None],
            xy_px=[pose.xy_px for _, pose in rows],
            xyz_m=[np.full((keypoints, 3), np.nan)] * len(rows),
            score=[pose.score for _, pose in rows],
        )


def _moved(crop: _Crop, box_px: Float) -> bool:
    """Whether the body lies elsewhere than its crop was cut."""
    return bool(geometry.overlap(crop.box_px[None], box_px[None])[0, 0] < LOOK_AGAIN)
