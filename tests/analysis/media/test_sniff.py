from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import (
    AnalysisError,
    ContainerNotAllowedError,
    EmptyFileError,
    NotAVideoError,
)
from analysis.media.sniff import DEMUXERS, sniff


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x01", "matroska"),
        (b"RIFF\x10\0\0\0AVI LIST", "avi"),
        ((b"\x47" + b"\xff" * 187) * 4, "mpegts"),
        ((b"\0\0\0\0\x47" + b"\xff" * 187) * 4, "mpegts"),
    ],
)
def test_containers_are_told_by_their_first_bytes(head: bytes, container: str) -> None:
    assert sniff(head) == container


@pytest.mark.parametrize(
    "head",
    [
        b"#EXTM3U\n#EXT-X-VERSION:3\n",
        b"\xef\xbb\xbf  \n#extm3u\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"file '/etc/passwd'\n",
        b"<?xml version='1.0'?>\n<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>",
        b"<smil><body/></smil>",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
        b"[playlist]\nFile1=/etc/passwd\n",
    ],
)
def test_what_names_other_files_is_refused_as_such(head: bytes) -> None:
    with pytest.raises(ContainerNotAllowedError):
        sniff(head)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "unknown data"),
        ("深蹲笔记\n".encode() * 2000, "text"),
        (bytes(range(256)), "unknown data"),
    ],
)
def test_anything_else_is_named_and_refused(head: bytes, found: str) -> None:
    with pytest.raises(NotAVideoError) as caught:
        sniff(head[:4096])
    assert caught.value.params["found"] == found


def test_no_bytes_are_an_empty_file() -> None:
    with pytest.raises(EmptyFileError):
        sniff(b"")


@given(st.binary(max_size=600))
def test_any_bytes_give_a_container_or_a_typed_error(head: bytes) -> None:
    try:
        answer = sniff(head)
    except AnalysisError as error:
        answer = error.code
    assert answer in {*DEMUXERS, "empty_file", "not_a_video", "container_not_allowed"}
