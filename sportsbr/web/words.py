"""Words that are not in a template: those of the script, of signals, stages and advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def script_words() -> dict[str, str]:
    """What the custom elements say, by the names in `frontend/src/words.ts`."""
    return {
        "play": _("Play"),
        "pause": _("Pause"),
        "back": _("One frame back"),
        "forward": _("One frame forward"),
        "speed": _("Speed"),
        "skeleton": _("Skeleton"),
        "loop": _("Repeat"),
        "fullscreen": _("Full screen"),
        "poses_missing": _(
            "The skeleton is not available for this report; the video plays without it."
        ),
        "charts_missing": _("The angle curves are not available for this report."),
        "video_missing": _(
            "The video cannot be played. It may have been deleted, or the connection was lost."
        ),
        "whole": _("Whole video"),
        "athlete": _("Athlete"),
        "timeline": _("Timeline"),
        "cut": _("Cut"),
        "no_signals": _("Choose at least one curve."),
        "waiting": _("Waiting"),
        "left": _("{time} left"),
        "finished": _("Uploaded"),
        "failed": _("Stopped: {reason}"),
        "retry": _("Try again"),
        "offline": _(
            "the connection was lost. What was sent is kept; try again to go on from there."
        ),
        "resumed": _("Going on where it stopped"),
        "open": _("Open"),
        "several": _("{count} videos chosen"),
        "decided": _("When it was decided"),
        "map": _("Map of repetitions"),
        "map_empty": _(
            "No repetition was named by the learned model yet. Analyse a recording with it."
        ),
        "map_waiting": _("The map is being drawn."),
        "map_missing": _("The map is not available at the moment."),
    }


SIGNALS: Final[dict[str, _StrPromise]] = {
    "ankle_dorsiflexion": gettext_lazy("ankle dorsiflexion"),
    "knee_flexion": gettext_lazy("knee bend"),
    "hip_flexion": gettext_lazy("hip bend"),
    "shoulder_flexion": gettext_lazy("shoulder bend"),
    "elbow_flexion": gettext_lazy("elbow bend"),
    "shank_angle": gettext_lazy("shin angle"),
    "thigh_angle": gettext_lazy("thigh angle"),
    "upper_arm_angle": gettext_lazy("upper arm angle"),
    "forearm_angle": gettext_lazy("forearm angle"),
    "foot_angle": gettext_lazy("foot angle"),
    "trunk_angle": gettext_lazy("trunk angle"),
    "head_angle": gettext_lazy("head angle"),
    "pelvis_angle": gettext_lazy("pelvis tilt"),
    "shoulders_angle": gettext_lazy("shoulder line"),
    "trunk_lean": gettext_lazy("trunk lean"),
    "pelvis_height": gettext_lazy("pelvis height"),
    "wrist_height": gettext_lazy("wrist height"),
    "foot_height": gettext_lazy("foot height"),
    "feet_height": gettext_lazy("height of both feet"),
    "wrist_speed": gettext_lazy("wrist speed"),
    "ankle_speed": gettext_lazy("ankle speed"),
    "knee_speed": gettext_lazy("knee speed"),
    "elbow_speed": gettext_lazy("elbow speed"),
    "pelvis_speed": gettext_lazy("pelvis speed"),
    "pelvis_vertical_speed": gettext_lazy("vertical pelvis speed"),
    "movement_energy": gettext_lazy("amount of movement"),
    "body_yaw": gettext_lazy("body turn"),
    "knee_valgus": gettext_lazy("knee falling inwards"),
    "ankle_ahead": gettext_lazy("ankle ahead of the hips"),
    "wrist_ahead": gettext_lazy("wrist ahead of the hips"),
    "elbow_height": gettext_lazy("elbow height"),
    "trunk_twist": gettext_lazy("turn of the shoulders against the hips"),
    "stance_width": gettext_lazy("width of the stance"),
    "head_height": gettext_lazy("head height"),
    "head_across": gettext_lazy("head sideways"),
    "pelvis_across": gettext_lazy("pelvis sideways"),
}
_SUFFIXES: Final = {"_3d": " (3D)", "_m_s": " (m/s)", "_m": " (m)"}


def signal_names() -> dict[str, str]:
    """Every signal's name in the page's language, both sides and all variants."""
    names: dict[str, str] = {}
    for key, text in SIGNALS.items():
        for suffix, shown in {"": "", **_SUFFIXES}.items():
            names[key + suffix] = f"{text}{shown}"
            names[f"left_{key}{suffix}"] = _("left %(part)s") % {"part": f"{text}{shown}"}
            names[f"right_{key}{suffix}"] = _("right %(part)s") % {"part": f"{text}{shown}"}
    return names


STAGES: Final[dict[str, _StrPromise]] = {
    "prepare": gettext_lazy("Reading the video"),
    "observe": gettext_lazy("Looking for people in every frame"),
    "conclude": gettext_lazy("Measuring and writing the report"),
}

STATES: Final[dict[str, _StrPromise]] = {
    "queued": gettext_lazy("Queued"),
    "running": gettext_lazy("Analysing"),
    "done": gettext_lazy("Report ready"),
    "failed": gettext_lazy("Not analysed"),
    "cancelled": gettext_lazy("Cancelled"),
    "none": gettext_lazy("Not started"),
}

_FILE_ADVICE = gettext_lazy("Upload the original file from the phone or camera, as MP4 or MOV.")
ADVICE: Final[dict[str, _StrPromise]] = {
    "not_a_video": _FILE_ADVICE,
    "container_not_allowed": _FILE_ADVICE,
    "no_video_stream": _FILE_ADVICE,
    "decode_failed": gettext_lazy(
        "Play the file on your own device. If it plays, export it again as MP4 and upload that."
    ),
    "truncated_video": gettext_lazy("Copy the file from the camera again and upload it once more."),
    "empty_file": gettext_lazy("Copy the file from the camera again and upload it once more."),
    "frame_too_large": gettext_lazy("Export the video at 4K or smaller and upload that."),
    "video_too_long": gettext_lazy("Cut the video into shorter parts and upload them."),
    "video_too_short": gettext_lazy("Film the whole movement, a second before and after it too."),
    "nobody_found": gettext_lazy(
        "Film again with the athlete larger in the picture, from head to toe, in good light."
    ),
    **dict.fromkeys(
        ("backend_not_installed", "model_missing", "model_damaged", "model_refused"),
        gettext_lazy(
            "Nothing is wrong with the video. Show this to whoever runs this site, then try again."
        ),
    ),
}
ANYTHING_ELSE: Final = gettext_lazy(
    "The fault is on our side and the video is kept. Try again; if it happens again, tell us the "
    "number above."
)
INTERNAL: Final = gettext_lazy("Something went wrong while analysing (number %(reference)s).")
FILES: Final[dict[str, _StrPromise]] = {
    "report": gettext_lazy("Report (JSON)"),
    "signals_csv": gettext_lazy("Angles and speeds (CSV)"),
    "poses_npz": gettext_lazy("Poses (NumPy)"),
    "overlay": gettext_lazy("Video with skeleton (MP4)"),
}
FILE_NAMES: Final = {
    "report": "report.json",
    "signals_csv": "signals.csv",
    "poses_npz": "poses.npz",
    "overlay": "overlay.mp4",
}
