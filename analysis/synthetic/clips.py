"""The clips that the project shows itself with."""

from __future__ import annotations

from analysis.synthetic.body import ADULT, Body
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import InTurn, Squats


def demo(body: Body = ADULT) -> InTurn:
    """The project's own clip: five squats, the fourth clearly too shallow, then three jumps."""
    squats = Squats(body=body, depths_deg=(112.0, 116.0, 114.0, 62.0, 113.0))
    return InTurn(parts=(squats, Jumps(body=body, heights_m=(0.34, 0.38, 0.36))), name="demo")
