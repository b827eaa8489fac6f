"""A small walker in 3D and tiny files of each format, made on the spot."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.records import MotionClip

# x right, y down, z away; the figure looks along -z (at a camera that stands before it).
STANDING_M = {
    "nose": (0.0, -1.60, -0.10),
    "shoulder": (0.18, -1.42, 0.0),
    "elbow": (0.20, -1.12, 0.0),
    "wrist": (0.21, -0.88, 0.0),
    "hip": (0.09, -0.93, 0.0),
    "knee": (0.09, -0.50, 0.0),
    "ankle": (0.09, -0.08, 0.0),
    "heel": (0.09, -0.02, 0.05),
    "foot_index": (0.10, -0.01, -0.18),
}
SIDES = {"left": 1.0, "right": -1.0}


def standing_m():
    """(17, 3): a figure that faces the viewer has its left on the viewer's right."""
    points = np.zeros((17, 3))
    for place, name in enumerate(BODY17.keypoints):
        side, _, joint = name.partition("_")
        x, y, z = STANDING_M[joint or name]
        points[place] = x * SIDES.get(side, 1.0), y, z
    return points


def clip(
    *,
    seconds=2.0,
    rate_hz=50.0,
    person="made:a",
    name="one",
    action="wave",
    speed_mps=0.0,
    raised_m=0.4,
    **labels,
):
    """A standing figure that waves its left hand and may walk along x."""
    time_s = np.arange(round(seconds * rate_hz) + 1) / rate_hz
    xyz_m = np.repeat(standing_m()[None], time_s.size, axis=0)
    xyz_m[..., 0] += speed_mps * time_s[:, None]
    wave = np.sin(2 * np.pi * time_s)
    elbow, wrist = BODY17.index("left_elbow"), BODY17.index("left_wrist")
    angle = raised_m * wave
    fore = xyz_m[0, wrist] - xyz_m[0, elbow]
    xyz_m[:, wrist, 1] = xyz_m[:, elbow, 1] + fore[1] * np.cos(angle)
    xyz_m[:, wrist, 2] = xyz_m[:, elbow, 2] + fore[1] * np.sin(angle)
    given = {
        "source": "made",
        "family": "made",
        "person": person,
        "sequence": f"made:{name}",
        "clip": f"made:{name}",
        "time_s": time_s,
        "xyz_m": xyz_m,
        "xy": None,
        "score": None,
        "action": action,
        "licence": "PDDL-1.0",
        "may_ship": True,
        "text": action or "",
    }
    return MotionClip(**{**given, **labels})


def flat(made):
    """The same, seen from the front without perspective."""
    return replace(made, xyz_m=None, xy=made.xyz_m[..., :2], score=np.ones(made.xyz_m.shape[:2]))


def archive(path, files):
    """A .tar.xz of name → text or bytes."""
    with tarfile.open(path, "w:xz") as out:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


# Joint, parent, offset in metres; "_end" is a bone's tip.
BVH_JOINTS = (
    ("Hips", "", (0, 0, 0)),
    *(
        row
        for side, x in (("Left", 1), ("Right", -1))
        for row in (
            (f"{side}UpLeg", "Hips", (x * 0.09, -0.08, 0)),
            (f"{side}Leg", f"{side}UpLeg", (0, -0.43, 0)),
            (f"{side}Foot", f"{side}Leg", (0, -0.42, 0)),
            (f"{side}ToeBase", f"{side}Foot", (0, -0.06, 0.12)),
            (f"{side}ToeBase_end", f"{side}ToeBase", (0, 0, 0.06)),
        )
    ),
    ("Spine", "Hips", (0, 0, 0)),
    *(
        row
        for side, x in (("Left", 1), ("Right", -1))
        for row in (
            (f"{side}Arm", "Spine", (x * 0.18, 0.45, 0)),
            (f"{side}ForeArm", f"{side}Arm", (x * 0.29, 0, 0)),
            (f"{side}Hand", f"{side}ForeArm", (x * 0.25, 0, 0)),
            (f"{side}Hand_end", f"{side}Hand", (x * 0.1, 0, 0)),
        )
    ),
    ("Head", "Spine", (0, 0.60, 0)),
    ("Head_end", "Head", (0, 0.12, 0)),
)
CMU_UNIT_M = 0.0254 / 0.45


def cmu_bvh(frames=40, *, lean_deg=0.0, order="Zrotation Yrotation Xrotation", unit=CMU_UNIT_M):
    """A BVH text with CMU's names; the trunk leans forward by `lean_deg`, the hips sway."""
    lines = ["HIERARCHY", *_bvh_joint("Hips", order=order, unit=unit)]
    moving = [name for name, _, _ in BVH_JOINTS if not name.endswith("_end")]
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: .0083333"]
    for frame in range(frames):
        row = np.zeros((len(moving), 3))
        row[moving.index("Spine"), order.split().index("Xrotation")] = lean_deg
        numbers = [0.002 * frame / unit, 1.0 / unit, 0.0, *row.ravel()]
        lines.append(" ".join(f"{number:.6f}" for number in numbers))
    return "\n".join(lines) + "\n"


def _bvh_joint(name, *, order, unit):
    offset = next(way for joint, _, way in BVH_JOINTS if joint == name)
    numbers = " ".join(f"{one / unit:.6f}" for one in offset)
    if name.endswith("_end"):
        return ["End Site", "{", f"OFFSET {numbers}", "}"]
    root = name == "Hips"
    lines = ["ROOT Hips" if root else f"JOINT {name}", "{", f"OFFSET {numbers}"]
    moves = "Xposition Yposition Zposition " if root else ""
    lines.append(f"CHANNELS {6 if root else 3} {moves}{order}")
    for child, parent, _ in BVH_JOINTS:
        if parent == name:
            lines += _bvh_joint(child, order=order, unit=unit)
    return [*lines, "}"]


ASF = """:version 1.10
:name VICON
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
{bones}:hierarchy
  begin
{links}  end
"""
BONES = {
    "lhipjoint": ("root", (0.7, -0.7, 0), 2.2, (0, 0, 0), ""),
    "lfemur": ("lhipjoint", (0.34202, -0.939693, 0), 7.3, (0, 0, 20), "rx ry rz"),
    "ltibia": ("lfemur", (0.34202, -0.939693, 0), 7.0, (0, 0, 20), "rx"),
    "lfoot": ("ltibia", (0, 0, 1), 2.3, (-90, 0, 20), "rx rz"),
    "ltoes": ("lfoot", (0, 0, 1), 1.1, (-90, 0, 20), "rx"),
    "rhipjoint": ("root", (-0.7, -0.7, 0), 2.2, (0, 0, 0), ""),
    "rfemur": ("rhipjoint", (-0.34202, -0.939693, 0), 7.3, (0, 0, -20), "rx ry rz"),
    "rtibia": ("rfemur", (-0.34202, -0.939693, 0), 7.0, (0, 0, -20), "rx"),
    "rfoot": ("rtibia", (0, 0, 1), 2.3, (-90, 0, -20), "rx rz"),
    "rtoes": ("rfoot", (0, 0, 1), 1.1, (-90, 0, -20), "rx"),
    "thorax": ("root", (0, 1, 0), 6.5, (0, 0, 0), "rx ry rz"),
    "head": ("thorax", (0, 1, 0), 3.0, (0, 0, 0), "rx ry rz"),
    "lclavicle": ("thorax", (1, 0.2, 0), 3.2, (0, 0, 0), "ry rz"),
    "lhumerus": ("lclavicle", (1, 0, 0), 5.0, (180, 30, 90), "rx ry rz"),
    "lradius": ("lhumerus", (1, 0, 0), 3.4, (180, 30, 90), "rx"),
    "lwrist": ("lradius", (1, 0, 0), 1.5, (180, 30, 90), "ry"),
    "rclavicle": ("thorax", (-1, 0.2, 0), 3.2, (0, 0, 0), "ry rz"),
    "rhumerus": ("rclavicle", (-1, 0, 0), 5.0, (180, -30, -90), "rx ry rz"),
    "rradius": ("rhumerus", (-1, 0, 0), 3.4, (180, -30, -90), "rx"),
    "rwrist": ("rradius", (-1, 0, 0), 1.5, (180, -30, -90), "ry"),
}


def asf():
    """A skeleton of an adult in the Acclaim format."""
    bones = ""
    for number, (name, (_, way, long, axis, dof)) in enumerate(BONES.items()):
        bones += f"  begin\n    id {number + 1}\n    name {name}\n"
        bones += "    direction {} {} {}\n".format(*way)
        bones += f"    length {long}\n" + "    axis {} {} {} XYZ\n".format(*axis)
        bones += f"    dof {dof}\n" if dof else ""
        bones += "  end\n"
    above = dict.fromkeys(parent for parent, *_ in BONES.values())
    links = "".join(
        f"    {p} {' '.join(n for n, b in BONES.items() if b[0] == p)}\n" for p in above
    )
    return ASF.format(bones=bones, links=links)


def amc(frames=60, *, bend_deg=0.0, walk_m=0.0):
    """Rows for `asf`: the left knee bends, the root walks along z."""
    unit = 0.0254 / 0.45
    text = "#!OML:ASF x\n:FULLY-SPECIFIED\n:DEGREES\n"
    for frame in range(frames):
        text += f"{frame + 1}\nroot 0 {1.0 / unit} {walk_m * frame / frames / unit} 0 0 0\n"
        for name, (_, _, _, _, dof) in BONES.items():
            if dof:
                numbers = [0.0] * len(dof.split())
                if name == "ltibia":
                    numbers = [bend_deg * (1 + 0.001 * frame)]
                text += f"{name} {' '.join(map(str, numbers))}\n"
    return text
