"""Whether the people found in real clips are those that a person sees.

`python bench/footage_people.py [--json] [--seconds S] [--only NAME ...] [FOLDER]` runs each clip of
the folder (`../shared/footage` unless named) as an upload is run: probe, normalise, BlazePose,
tracks, clothes. SEEN holds what somebody who looked at each clip saw, with the shots.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

from analysis.config import AnalysisConfig
from analysis.media.frames import read_some
from analysis.pipeline import Chunk, observe, prepare
from analysis.pose.look import looks
from analysis.pose.track import follow
from analysis.schema import Footage

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "footage"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees in a clip."""

    people: int
    cuts: int = 0
    note: str = ""


SEEN: Final = {
    "balance_cam01_portrait60.mp4": Seen(1),
    "balance_cam02_vp9.mp4": Seen(1),
    "balance_cam03.mp4": Seen(1),
    "balance_multi_cam01.mp4": Seen(2, note="and a bystander"),
    "jump_outdoor_vp9.mp4": Seen(2, note="who jumps, and somebody who walks by below"),
    "squat_golden_5fps.mp4": Seen(1),
    "bball_two_gym_240p.mp4": Seen(2),
    "soccer_kick_1080p25.mp4": Seen(1),
    "run_side_silhouette.mp4": Seen(1),
    "squat_portrait_mirror.mp4": Seen(1, note="and her mirror image"),
    "aerobics_three_10fps.avi": Seen(3),
    "golf_phone_portrait.mp4": Seen(1, note="and spectators"),
    "boxing_match_cuts.mp4": Seen(3, cuts=12, note="two boxers, a referee; crowd, end card"),
    "ski_cuts.mp4": Seen(2, cuts=2, note="in red and in black; two cross-fades"),
    "skate_kickflip100_rot.mov": Seen(1),
    "skate_kickflip110_rot90.mov": Seen(1),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the analysis finds in it."""

    people: int
    cuts: int
    too_brief: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the clips, print a table, end with one line of JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--seconds", type=float, default=None, help="of each clip; all if not told")
    parser.add_argument("--only", nargs="*", default=None, help="names of clips")
    given = parser.parse_args(arguments)
    clips = {}
    print(f"{'clip':32s} people seen / found   cuts seen / found   too brief")
    for name, seen in SEEN.items():
        if (given.only and name not in given.only) or not (given.folder / name).exists():
            continue
        found = run(given.folder / name, seconds=given.seconds)
        clips[name] = {
            "people_seen": seen.people,
            "people_found": found.people,
            "cuts_seen": seen.cuts,
            "cuts_found": found.cuts,
            "right": seen.people == found.people,
        }
        print(
            f"{name:32s} {seen.people:8d} / {found.people:<8d} {seen.cuts:11d} / {found.cuts:<8d}"
            f" {found.too_brief:8d}   {seen.note}",
            flush=True,
        )
    right = sum(bool(clip["right"]) for clip in clips.values())
    print(f"people_right: {right} of {len(clips)}")
    if given.json:
        print(json.dumps({"clips": clips, "people_right": right, "clips_run": len(clips)}))
    return 0


def run(path: Path, *, seconds: float | None = None) -> Found:
    """The people and the cuts in the first `seconds` of a clip."""
    config = AnalysisConfig()
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(path, workdir=Path(folder), config=config, progress=_quiet)
        times = prepared.footage.time_s
        if seconds is not None:
            times = times[times < seconds]
        chunk = Chunk(0, 0, times.size)
        seen = observe(prepared.video, chunk=chunk, config=config, progress=_quiet)
        footage = Footage(
            sha256=prepared.footage.sha256,
            width_px=prepared.footage.width_px,
            height_px=prepared.footage.height_px,
            time_s=times,
        )
        followed = follow(
            seen,
            footage=footage,
            config=config.pose,
            look=lambda rows: looks(
                read_some(prepared.video, seen.frame[rows].tolist()), observations=seen, rows=rows
            ),
        )
    return Found(len(followed.people), int(seen.cut.size), followed.too_brief)


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""


if __name__ == "__main__":
    raise SystemExit(main())
