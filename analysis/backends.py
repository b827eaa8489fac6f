"""Backends by name: name → "module:Class", imported when asked for; outsiders add entry points."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

BUILT_IN: Final[dict[str, dict[str, str]]] = {
    "pose": {
        "blazepose": "analysis.pose.blazepose:BlazePose",
        "rtmpose": "analysis.pose.rtmpose:RTMPose",
        "rtmpose-onnx": "analysis.pose.rtmpose_onnx:RTMPoseONNX",
    },
    "actions": {
        "kinematic": "analysis.actions.kinematic:KinematicSegmenter",
        "fused": "analysis.backends:fused_segmenter",
    },
    "phraser": {
        "grounded": "analysis.feedback.phrase:grounded_writer",
        "local": "analysis.feedback.write:local_writer",
        "endpoint": "analysis.feedback.write:endpoint_writer",
    },
}


class UnknownBackendError(LookupError):
    """No backend of that name; the message lists those there are."""


def fused_segmenter(**options: Any) -> Any:
    """The fused model with training's own features: two stages, which only meet above them."""
    from analysis.actions.predict import FusedSegmenter
    from analysis.features.model_input import VERSION, from_track

    return FusedSegmenter(rows=from_track, rows_version=VERSION, **options)


def load(kind: str, *, name: str, **options: Any) -> Any:
    """Build the backend `name` of a kind ("pose", "actions", "phraser") with its options.

    A name with a colon is taken as "module:Class" itself.

    Raises:
        UnknownBackendError: nothing is registered under that name.
    """
    for entry in entry_points(group=f"sportsbr.{kind}"):
        if entry.name == name:
            return entry.load()(**options)
    known = BUILT_IN[kind]
    target = name if ":" in name else known.get(name)
    if target is None:
        raise UnknownBackendError(f"no {kind} backend {name!r}; expected one of {sorted(known)}")
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)(**options)
