"""Bad input through every door: the page's plain form, the API's upload and the command line.

Each gives the same typed problem, told in both languages where a person reads it, and loses
nothing: what was sent stays, or was refused with nothing stored.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from analysis.__main__ import EXIT_BAD_FOOTAGE, main
from sportsbr.recordings import ledger
from sportsbr.recordings.models import Recording, State, Upload
from tests.sportsbr.web.stored import make_coach
from tests.workers.test_jobs import _no_heart, work_off
from workers import jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.test import Client

PROBLEM = "application/problem+json"
LANGUAGES = ("en", "zh-hans")


@dataclass(frozen=True)
class Case:
    code: str
    make: Callable[[Path], None]  # writes the file
    en: str
    zh: str


def ffmpeg(target: Path, *args: str, kind: str = "mp4") -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", *args, "-f", kind, str(target)]
    subprocess.run(command, check=True)


def text(target: Path) -> None:
    target.write_text("Dear diary, today we trained.\n" * 50)


def empty(target: Path) -> None:
    target.touch()


def truncated(target: Path) -> None:
    ffmpeg(target, "testsrc=size=64x48:rate=20:duration=2", "-pix_fmt", "yuv420p")
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])


def audio(target: Path) -> None:
    ffmpeg(target, "sine=duration=1", "-c:a", "aac")


def nobody(target: Path) -> None:
    ffmpeg(target, "color=gray:size=128x96:rate=10:duration=1", "-pix_fmt", "yuv420p")


def enormous(target: Path) -> None:
    """An MJPEG AVI that claims 20,000 × 10,000 pixels in its header and in every picture."""
    source = "testsrc=size=64x48:rate=20:duration=1"
    ffmpeg(target, source, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", kind="avi")
    data = target.read_bytes()
    place = data.index(b"strf") + 12  # behind BITMAPINFOHEADER's own size: width, height
    data = data[:place] + struct.pack("<ii", 20_000, 10_000) + data[place + 8 :]
    start_of_frame = b"\xff\xc0\x00\x11\x08"  # then height and width
    head, *rest = data.split(start_of_frame)
    size = struct.pack(">HH", 10_000, 20_000)
    target.write_bytes(head + b"".join(start_of_frame + size + part[4:] for part in rest))


class Bait(BaseHTTPRequestHandler):
    """What the playlist names; nobody must come for it."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)


@pytest.fixture(scope="module")
def bait() -> Iterator[str]:
    Bait.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bait)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret.ts"
    server.shutdown()
    server.server_close()


def playlist(target: Path) -> None:
    # The address is filled in by the fixture that makes the clips.
    target.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nBAIT\n#EXT-X-ENDLIST\n")


CASES = {
    "not a video": Case("not_a_video", text, "not a video we can read", "无法识别为视频"),
    "truncated": Case("truncated_video", truncated, "cut off", "缺少索引"),
    "playlist": Case("container_not_allowed", playlist, "never opened", "播放列表"),
    "audio only": Case("no_video_stream", audio, "holds no picture", "没有画面"),
    "nobody": Case("nobody_found", nobody, "No person was seen", "没有清楚地看到人"),
    "0 bytes": Case("empty_file", empty, "empty (0 bytes)", "文件是空的"),
    "200 MP": Case("frame_too_large", enormous, "20000 × 10000 (200 MP)", "上限为"),
}
KEPT = [name for name in CASES if name != "0 bytes"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, bait: str) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bad")
    found = {name: folder / f"{name.replace(' ', '-')}.mp4" for name in CASES}
    for name, path in found.items():
        CASES[name].make(path)
    found["playlist"].write_text(found["playlist"].read_text().replace("BAIT", bait))
    return found


@pytest.fixture
def site(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_DIR = tmp_path / "uploads"
    monkeypatch.setattr(ledger, "_send", lambda name, step_id: None)
    monkeypatch.setattr(jobs, "beating", _no_heart)
    return make_coach()


@pytest.fixture
def api(site: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(site[0])
    return client


def announce(api: APIClient, length: int, **more: str) -> Any:
    name = base64.b64encode(b"holiday.mp4").decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length)}
    headers["Upload-Metadata"] = f"filename {name}"
    return api.post("/api/v1/uploads/", headers={**headers, **more})


def send(api: APIClient, url: str, content: bytes, **more: str) -> Any:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", **more}
    kind = "application/offset+octet-stream"
    return api.patch(url, data=content, content_type=kind, headers=headers)


def submit(client: Client, path: Path, *, club: str, lang: str) -> Any:
    form = {"videos": SimpleUploadedFile("holiday.mp4", path.read_bytes()), "club": club}
    return client.post(reverse("web:upload"), form, headers={"Accept-Language": lang})


def stored(recording: Recording) -> bytes:
    with default_storage.open(recording.path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("name", CASES)
def test_the_command_line_tells_it_and_ends_with_3(
    clips: dict[str, Path], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = clips[name].read_bytes()
    # One in each language; the table of wordings itself is tested with the errors.
    lang = LANGUAGES[list(CASES).index(name) % 2]
    status = main([str(clips[name]), "--out", str(tmp_path / "out"), "--lang", lang])
    assert status == EXIT_BAD_FOOTAGE == 3
    told = capsys.readouterr().err
    assert (CASES[name].zh if lang == "zh-hans" else CASES[name].en) in told.replace("\n", " ")
    assert "Traceback" not in told
    assert clips[name].read_bytes() == before
    assert not (tmp_path / "out" / "report.json").exists()
    assert Bait.asked == []


def test_the_process_itself_ends_with_3(clips: dict[str, Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "analysis", str(clips["playlist"]), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert CASES["playlist"].en in done.stderr
    assert Bait.asked == []


@pytest.mark.parametrize("name", KEPT)
def test_the_page_and_the_api_tell_it_and_keep_what_was_sent(
    clips: dict[str, Path], name: str, site: Any, client: Client, api: APIClient
) -> None:
    case, path, (user, club) = CASES[name], clips[name], site
    client.force_login(user)
    assert submit(client, path, club=club.slug, lang="en").status_code == 302
    recording = Recording.objects.get()
    run = work_off(recording.runs.get())
    assert (run.state, run.problem["code"]) == (State.FAILED, case.code)
    for lang, words in (("en", case.en), ("zh-hans", case.zh)):
        headers = {"Accept-Language": lang}
        page = client.get(reverse("web:recording", args=[recording.pk]), headers=headers)
        assert words in page.content.decode()
        answer = api.get(f"/api/v1/runs/{run.pk}/report/", headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)
        assert (answer.json()["code"], answer.json()["status"]) == (case.code, 422)
        assert words in answer.json()["title"]
    assert stored(recording) == path.read_bytes()

    # The other door takes the same bytes; what becomes of them was seen above.
    sent = send(api, announce(api, path.stat().st_size).headers["Location"], path.read_bytes())
    assert sent.status_code == 204
    second = Recording.objects.exclude(pk=recording.pk).get()
    assert second.sha256 == recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (second.filename, second.runs.get().state) == ("holiday.mp4", State.QUEUED)
    assert Bait.asked == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_bytes_are_refused_at_once_and_nothing_is_stored(
    clips: dict[str, Path], lang: str, site: Any, client: Client, api: APIClient, tmp_path: Path
) -> None:
    case, (user, club) = CASES["0 bytes"], site
    words = case.zh if lang == "zh-hans" else case.en
    client.force_login(user)
    page = submit(client, clips["0 bytes"], club=club.slug, lang=lang)
    assert page.status_code == 422
    assert words in page.content.decode()
    [error] = page.context["form"].errors.as_data()["videos"]
    assert error.code == case.code
    answer = announce(api, 0, **{"Accept-Language": lang})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM)
    assert answer.json()["code"] == case.code
    assert words in answer.json()["title"]
    assert not Recording.objects.exists()
    assert not Upload.objects.exists()
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_checksum_keeps_none_and_the_right_bytes_come_again(
    clips: dict[str, Path], lang: str, site: Any, api: APIClient
) -> None:
    content = clips["nobody"].read_bytes()
    url = announce(api, len(content)).headers["Location"]
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    checked = {"Upload-Checksum": f"sha256 {digest}", "Accept-Language": lang}
    answer = send(api, url, content[:-1] + b"?", **checked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (460, PROBLEM)
    assert answer.json()["code"] == "upload_checksum_mismatch"
    assert ("校验和" if lang == "zh-hans" else "checksum") in answer.json()["title"]
    assert api.head(url, headers={"Tus-Resumable": "1.0.0"}).headers["Upload-Offset"] == "0"
    assert not Recording.objects.exists()
    assert send(api, url, content, **checked).status_code == 204
    assert stored(Recording.objects.get()) == content
