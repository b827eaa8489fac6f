from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from analysis.errors import LANGUAGES, ModelDamagedError, ModelUnreachableError, explain
from analysis.model_fetch import TRIES, fetch
from analysis.models import ModelFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = bytes(range(256)) * 4096  # a mebibyte


@dataclass
class Publisher:
    """What a loopback server offers, and what it was asked for."""

    files: dict[str, bytes]
    address: str = ""
    breaks: list[int] = field(default_factory=list)  # bytes after which each answer breaks off
    ranges: list[str] = field(default_factory=list)
    honours_ranges: bool = True

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        content = self.files.get(request.path.rsplit("/", 1)[-1])
        if content is None:
            request.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if not self.honours_ranges:
            start = 0
        if start >= len(content):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        stop = start + self.breaks.pop(0) if self.breaks else len(content)
        request.wfile.write(content[start:stop])


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    offered = Publisher(files={"net.onnx": CONTENT})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    offered.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield offered
    server.shutdown()
    thread.join()
    server.server_close()


def model(publisher: Publisher, *, content: bytes = CONTENT) -> ModelFile:
    return ModelFile(
        key="net",
        name="net.onnx",
        url=f"{publisher.address}/net.onnx",
        licence="Apache-2.0",
        publisher="us",
        sha256=hashlib.sha256(content).hexdigest(),
    )


def test_a_file_is_fetched_once(publisher: Publisher, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = tmp_path / "models"
    path = fetch(model(publisher), folder=folder, progress=lambda a, b: told.append((a, b)))
    assert path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(model(publisher), folder=folder) == path
    assert publisher.ranges == [""]
    assert [file.name for file in folder.iterdir()] == ["net.onnx"]


def test_a_download_that_breaks_off_is_gone_on_with(publisher: Publisher, tmp_path: Path) -> None:
    publisher.breaks = [300_000, 200_000]
    path = fetch(model(publisher), folder=tmp_path)
    assert path.read_bytes() == CONTENT
    assert publisher.ranges == ["", "bytes=300000-", "bytes=500000-"]


def test_what_an_earlier_try_left_is_used(publisher: Publisher, tmp_path: Path) -> None:
    publisher.breaks = [100_000] * TRIES
    with pytest.raises(ModelUnreachableError, match="broke off"):
        fetch(model(publisher), folder=tmp_path)
    assert not (tmp_path / "net.onnx").exists()
    assert fetch(model(publisher), folder=tmp_path).read_bytes() == CONTENT
    assert publisher.ranges[-1] == f"bytes={TRIES * 100_000}-"


def test_a_server_without_ranges_starts_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.honours_ranges, publisher.breaks = False, [400_000]
    assert fetch(model(publisher), folder=tmp_path).read_bytes() == CONTENT


def test_a_left_over_longer_than_the_file_is_dropped(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "net.onnx.part").write_bytes(CONTENT + b"more")
    assert fetch(model(publisher), folder=tmp_path).read_bytes() == CONTENT


def test_another_hash_is_refused_and_leaves_nothing(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["net.onnx"] = b"something else"
    with pytest.raises(ModelDamagedError) as caught:
        fetch(model(publisher), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    for lang in LANGUAGES:
        told = explain(caught.value.code, lang=lang, params=caught.value.params)
        assert hashlib.sha256(b"something else").hexdigest() in told


def test_the_hash_in_a_checkpoints_name_is_compared(publisher: Publisher, tmp_path: Path) -> None:
    prefix = hashlib.sha256(CONTENT).hexdigest()[:8]
    for name in (f"net-{prefix}_20230605.pth", "net-01234567_20230605.pth"):
        publisher.files[name] = CONTENT
        entry = replace(model(publisher), name=name, url=f"{publisher.address}/{name}", sha256="")
        if prefix in name:
            assert fetch(entry, folder=tmp_path).name == name
        else:
            with pytest.raises(ModelDamagedError, match="01234567"):
                fetch(entry, folder=tmp_path)


def test_a_damaged_file_in_the_folder_is_told_and_kept(
    publisher: Publisher, tmp_path: Path
) -> None:
    (tmp_path / "net.onnx").write_bytes(b"old")
    with pytest.raises(ModelDamagedError, match="Remove it"):
        fetch(model(publisher), folder=tmp_path)
    assert (tmp_path / "net.onnx").read_bytes() == b"old"


def test_an_offline_machine_is_told_plainly(publisher: Publisher, tmp_path: Path) -> None:
    entry = replace(model(publisher), url="http://127.0.0.1:9/net.onnx")
    with pytest.raises(ModelUnreachableError, match="offline") as caught:
        fetch(entry, folder=tmp_path)
    assert "--from" in explain(caught.value.code, lang="zh-hans", params=caught.value.params)
    assert list(tmp_path.iterdir()) == []


def zipped(content: bytes, *names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("deploy.json", "{}")
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


def in_archive(publisher: Publisher) -> ModelFile:
    url = f"{publisher.address}/net.zip"
    return replace(model(publisher), name="rtm.onnx", url=url, member="end2end.onnx")


def test_a_file_comes_out_of_its_archive(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["net.zip"] = zipped(CONTENT, "20230831/rtmpose/end2end.onnx")
    path = fetch(in_archive(publisher), folder=tmp_path)
    assert path.name == "rtm.onnx"
    assert path.read_bytes() == CONTENT
    assert [file.name for file in tmp_path.iterdir()] == ["rtm.onnx"]


@pytest.mark.parametrize("archive", [b"no zip", zipped(CONTENT), zipped(b"other", "end2end.onnx")])
def test_a_wrong_archive_is_refused(publisher: Publisher, tmp_path: Path, archive: bytes) -> None:
    publisher.files["net.zip"] = archive
    with pytest.raises(ModelDamagedError):
        fetch(in_archive(publisher), folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_takes_the_publishers_place(publisher: Publisher, tmp_path: Path) -> None:
    elsewhere = replace(model(publisher), url="http://127.0.0.1:9/net.onnx")
    found = fetch(elsewhere, folder=tmp_path / "a", source=f"{publisher.address}/mirror/")
    assert found.read_bytes() == CONTENT
    packed = replace(in_archive(publisher), url="http://127.0.0.1:9/net.zip")
    publisher.files["net.zip"] = zipped(CONTENT, "end2end.onnx")
    assert fetch(packed, folder=tmp_path / "b", source=publisher.address).is_file()
    # A folder that another machine fetched into holds what came out of the archive.
    assert fetch(packed, folder=tmp_path / "c", source=str(tmp_path / "b")).is_file()
    with pytest.raises(ModelUnreachableError, match="not found"):
        fetch(packed, folder=tmp_path / "d", source=str(tmp_path / "nowhere"))
