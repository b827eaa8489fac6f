"""Which container a file really is, from its first bytes alone, never from its name."""

from __future__ import annotations

from typing import Final

from analysis.errors import ContainerNotAllowedError, EmptyFileError, NotAVideoError

HEAD_BYTES: Final = 4096
EXPECTED: Final = "MP4, MOV, MKV, WebM, AVI, MPEG-TS"

# What ffmpeg calls the demuxers that are let in: none of them opens a second file.
DEMUXERS: Final = {
    "mov": "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska": "matroska,webm",
    "avi": "avi",
    "mpegts": "mpegts",
}

_MOV_ATOMS: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid")
_EBML: Final = b"\x1a\x45\xdf\xa3"
_TS_PACKETS: Final = ((188, 0), (192, 4))  # packet length, place of the sync byte

# Texts that name other files, told apart from plain text because the message should say so.
_PLAYLISTS: Final = (
    (b"#extm3u", "HLS/M3U playlist"),
    (b"ffconcat version", "concat list"),
    (b"file ", "concat list"),
    (b"<mpd", "DASH manifest"),
    (b"<smoothstreamingmedia", "Smooth Streaming manifest"),
    (b"<smil", "SMIL playlist"),
    (b"<asx", "ASX playlist"),
    (b"<playlist", "XSPF playlist"),
    (b"[playlist]", "PLS playlist"),
    (b"[reference]", "ASF reference"),
    (b"v=0\r\n", "SDP session"),
    (b"v=0\n", "SDP session"),
    (b"rtsptext", "RTSP reference"),
)

_OTHERS: Final = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)


def sniff(head: bytes) -> str:
    """The key of DEMUXERS that fits the first HEAD_BYTES bytes of a file.

    Raises:
        EmptyFileError: no bytes.
        ContainerNotAllowedError: a playlist or manifest, which would name other files.
        NotAVideoError: anything else.
    """
    if not head:
        raise EmptyFileError
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    if head.startswith(_EBML):
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] in {b"AVI ", b"AVIX"}:
        return "avi"
    if _is_transport_stream(head):
        return "mpegts"
    playlist = _playlist(head)
    if playlist:
        raise ContainerNotAllowedError(found=playlist, expected=EXPECTED)
    raise NotAVideoError(found=_other(head), expected=EXPECTED)


def _is_transport_stream(head: bytes) -> bool:
    for length, place in _TS_PACKETS:
        syncs = head[place::length]
        if len(head) >= 3 * length and set(syncs) == {0x47}:
            return True
    return False


def _playlist(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, name in _PLAYLISTS:
        if text.startswith(mark) or (mark.startswith(b"<") and mark in text and text[:1] == b"<"):
            return name
    return None


def _other(head: bytes) -> str:
    for mark, name in _OTHERS:
        if head.startswith(mark):
            return name
    return "text" if _is_text(head) else "unknown data"


def _is_text(head: bytes) -> bool:
    try:
        head[: HEAD_BYTES - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut inside the last character is no reason to call a text binary.
        return error.start > len(head) - 8
    return b"\0" not in head
