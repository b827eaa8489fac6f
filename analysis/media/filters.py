"""How ffmpeg is asked to make the upright copy: filters and clock, as text."""

from __future__ import annotations

import subprocess
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import MediaConfig
    from analysis.media.probe import MediaInfo

CLOCK_HZ: Final = 90_000  # ticks per second: exact for 24, 25, 30, 50, 60 and 29.97 frames/s
JUMP_S: Final = 0.5  # a clock that steps back further was set anew; less is one picture's slip
TONE_MAPPERS: Final = frozenset({"zscale", "tonemap"})
REFERENCE_WHITE_NITS: Final = 203  # ITU-R BT.2408: diffuse white of PQ and HLG programmes
_TRANSFERS: Final = {"pq": "smpte2084", "hlg": "arib-std-b67"}

# FFmpeg's own VP8 and VP9 do not always find their feet again after a spoilt picture.
_SECOND_DECODERS: Final = {"vp9": "libvpx-vp9", "vp8": "libvpx"}

Span = tuple[float, float]  # seconds from the first picture


@cache
def known_filters(program: str) -> frozenset[str]:
    """Names of the filters that this ffmpeg was built with."""
    rows = _listed(program, "-filters")
    return frozenset(row[1] for row in rows if len(row) >= 3 and "->" in row[2])


def second_decoder(codec: str, *, program: str) -> str | None:
    """Another decoder for footage that the usual one gives up on; None: this ffmpeg has none."""
    other = _SECOND_DECODERS.get(codec)
    return other if other in known_decoders(program) else None


@cache
def known_decoders(program: str) -> frozenset[str]:
    """Names of the decoders that this ffmpeg was built with."""
    return frozenset(row[1] for row in _listed(program, "-decoders") if len(row) >= 2)


def _listed(program: str, what: str) -> list[list[str]]:
    done = subprocess.run(
        [program, "-hide_banner", "-v", "error", what],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return [line.split() for line in done.stdout.splitlines()]


def filter_chain(
    info: MediaInfo,
    *,
    known: frozenset[str],
    config: MediaConfig,
    damaged: Sequence[Span] = (),
) -> str:
    """Upright SDR pictures of even size with square pixels, on a clock that only rises.

    ffmpeg turns the picture by its tag before these filters see it. `damaged` spans are left out.
    """
    width, height = copy_size_px(
        width_px=info.width_px, height_px=info.height_px, max_shorter_px=config.max_height_px
    )
    deinterlacer = "bwdif" if "bwdif" in known else "yadif"
    return ",".join(
        [
            *([f"{deinterlacer}=mode=send_frame:deint=interlaced"] if info.interlaced else []),
            # What lies under transparency is arbitrary; players show black.
            *(["premultiply=inplace=1"] if info.alpha and "premultiply" in known else []),
            f"scale={width}:{height}:flags=bicubic:out_range=tv",
            *(_tone_mapping(info.hdr) if is_tone_mapped(info, known=known) else []),
            "setsar=1",
            "format=yuv420p",
            *_clock(step_s=1 / info.nominal_fps if info.nominal_fps > 0 else 1 / 30),
            *_without(damaged),
        ]
    )


def is_tone_mapped(info: MediaInfo, *, known: frozenset[str]) -> bool:
    """Whether this footage is high dynamic range and this ffmpeg can bring it down."""
    return bool(info.hdr) and known >= TONE_MAPPERS


def copy_size_px(*, width_px: int, height_px: int, max_shorter_px: int) -> tuple[int, int]:
    """Even width and height of the copy: scaled down, never up, so that the shorter side fits."""
    scale = min(1.0, max_shorter_px / min(width_px, height_px))
    return _even(width_px * scale), _even(height_px * scale)


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))


def _tone_mapping(transfer: str) -> list[str]:
    """To linear light with diffuse white at 1, down to BT.709 (Möbius' curve), and back."""
    source = f"tin={_TRANSFERS[transfer]}:pin=2020:min=2020_ncl"
    return [
        f"zscale={source}:t=linear:npl={REFERENCE_WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=p=709",
        "tonemap=tonemap=mobius:desat=0",
        "zscale=t=709:m=709:r=tv",
    ]


def _clock(*, step_s: float) -> list[str]:
    """Times counted from the first picture.

    Where the clock jumps back it goes on from where it was, one step later: ld(0) is what has been
    added so far, ld(1) the last time that came, ld(2) whether one came. A picture that is late
    by less than a jump is left out.
    """
    back, step = round(JUMP_S * CLOCK_HZ), max(1, round(step_s * CLOCK_HZ))
    added = f"st(0,ld(0)+if(ld(2)*lt(PTS-ld(1),-{back}),ld(1)-PTS+{step},0))"
    repaired = f"if(isnan(PTS),NAN,PTS-STARTPTS+{added}+0*st(1,PTS)+0*st(2,1))"
    return [
        f"settb=1/{CLOCK_HZ}",
        f"setpts='{repaired}'",
        "select='isnan(prev_selected_pts)+gt(pts,prev_selected_pts)'",
    ]


def _without(damaged: Sequence[Span]) -> list[str]:
    if not damaged:
        return []
    inside = "+".join(f"between(t,{start_s:.5f},{stop_s:.5f})" for start_s, stop_s in damaged)
    return [f"select='not({inside})'", "setpts=PTS-STARTPTS"]
