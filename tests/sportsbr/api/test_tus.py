from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from sportsbr.recordings import uploads
from sportsbr.recordings.models import Recording, Run, Upload

CONTENT = bytes(range(256)) * 40
CHUNK = "application/offset+octet-stream"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def create(api: APIClient, *, length: int = len(CONTENT), **extra: Any) -> Any:
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(length),
        "Upload-Metadata": f"filename {coded('发球.mp4')},sport {coded('tennis')}",
        **extra,
    }
    return api.post("/api/v1/uploads/", headers=headers)


def patch(api: APIClient, url: str, body: bytes, *, offset: int, **extra: str) -> Any:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), **extra}
    return api.patch(url, data=body, content_type=CHUNK, headers=headers)


def head(api: APIClient, url: str) -> Any:
    return api.head(url, headers={"Tus-Resumable": "1.0.0"})


def test_the_server_says_what_it_can(api: APIClient) -> None:
    answer = api.options("/api/v1/uploads/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    for extension in ("creation", "checksum", "expiration", "termination"):
        assert extension in answer.headers["Tus-Extension"].split(",")


@pytest.mark.django_db(transaction=True)
def test_pieces_become_a_recording_with_a_queued_run(api: APIClient) -> None:
    made = create(api)
    assert made.status_code == 201
    url = made.headers["Location"]
    assert patch(api, url, CONTENT[:1000], offset=0).headers["Upload-Offset"] == "1000"
    assert head(api, url).headers["Upload-Offset"] == "1000"
    done = patch(api, url, CONTENT[1000:], offset=1000)
    assert done.status_code == 204
    recording = Recording.objects.get()
    assert recording.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (recording.filename, recording.sport) == ("发球.mp4", "tennis")
    run = Run.objects.get()
    told = api.get(url).json()
    assert (told["recording"], told["run"]) == (str(recording.pk), str(run.pk))
    from django.core.files.storage import default_storage

    with default_storage.open(recording.path, "rb") as file:
        assert file.read() == CONTENT


def test_a_wrong_offset_is_a_conflict_and_changes_nothing(api: APIClient) -> None:
    url = create(api).headers["Location"]
    answer = patch(api, url, b"abc", offset=5)
    assert answer.status_code == 409
    assert answer.json()["code"] == "upload_offset_conflict"
    assert head(api, url).headers["Upload-Offset"] == "0"


@pytest.mark.parametrize("algorithm", uploads.CHECKSUMS)
def test_a_checksum_is_all_or_nothing(api: APIClient, algorithm: str) -> None:
    url = create(api).headers["Location"]
    digest = hashlib.new(algorithm, CONTENT[:100]).digest()
    header = f"{algorithm} {base64.b64encode(digest).decode()}"
    wrong = patch(api, url, b"x" * 100, offset=0, **{"Upload-Checksum": header})
    assert wrong.status_code == 460
    assert wrong.json()["code"] == "upload_checksum_mismatch"
    assert head(api, url).headers["Upload-Offset"] == "0"
    right = patch(api, url, CONTENT[:100], offset=0, **{"Upload-Checksum": header})
    assert right.headers["Upload-Offset"] == "100"


def test_a_line_that_is_cut_keeps_what_arrived(api: APIClient, tmp_path: Any) -> None:
    class Cut:
        def __init__(self) -> None:
            self.pieces = [CONTENT[:700], CONTENT[700:900]]

        def read(self, size: int) -> bytes:
            if not self.pieces:
                raise OSError("connection reset")
            return self.pieces.pop(0)

    url = create(api).headers["Location"]
    upload = Upload.objects.get()
    uploads.append(upload.pk, stream=Cut(), offset=0, checksum=None)
    assert head(api, url).headers["Upload-Offset"] == "900"


def test_more_than_announced_is_refused(api: APIClient) -> None:
    url = create(api, length=10).headers["Location"]
    assert patch(api, url, b"x" * 11, offset=0).status_code == 413
    assert head(api, url).headers["Upload-Offset"] == "0"


def test_an_empty_upload_is_refused_in_the_callers_language(api: APIClient) -> None:
    answer = create(api, length=0, **{"Accept-Language": "zh-hans"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["type"]) == ("empty_file", "/problems/empty_file")
    assert body["title"].startswith("文件是空的")


def test_a_termination_ends_it(api: APIClient) -> None:
    url = create(api).headers["Location"]
    assert api.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert head(api, url).status_code == 410
    assert patch(api, url, b"x", offset=0).status_code == 410


def test_what_nobody_went_on_with_expires(api: APIClient) -> None:
    url = create(api).headers["Location"]
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert head(api, url).status_code == 410  # before the sweeper came
    assert patch(api, url, b"x", offset=0).status_code == 410
    assert uploads.expire() == 1
    assert head(api, url).status_code == 410


@pytest.mark.parametrize("length", ["9" * 5000, "9" * 19, "-1", "1.5", "٣", "", "0x10"])
def test_a_length_that_is_no_number_of_bytes_is_refused(api: APIClient, length: str) -> None:
    answer = create(api, **{"Upload-Length": length})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert len(answer.content) < 1000
    url = create(api).headers["Location"]
    answer = patch(api, url, b"x", offset=0, **{"Upload-Offset": length})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("key", ["filename", "title", "sport", "anything"])
def test_a_nul_in_the_metadata_is_refused(api: APIClient, key: str) -> None:
    answer = create(api, **{"Upload-Metadata": f"{key} {coded('a' + chr(0) + 'b')}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Upload.objects.exists()


@pytest.mark.parametrize("method", ["head", "get"])
def test_who_asks_after_a_whole_upload_finds_it_complete(api: APIClient, method: str) -> None:
    url = create(api).headers["Location"]
    upload = Upload.objects.get()
    uploads._append_batch(upload.pk, batch=CONTENT, offset=0)  # and then the process was killed
    answer = getattr(api, method)(url, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    assert Recording.objects.get().size_bytes == len(CONTENT)


def test_a_sport_that_nobody_knows_is_refused_before_the_bytes_come(api: APIClient) -> None:
    answer = create(api, **{"Upload-Metadata": f"sport {coded('curling')}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "tennis" in str(answer.json()["errors"])


@pytest.mark.django_db(transaction=True)
def test_a_post_may_stand_for_patch_and_delete(api: APIClient) -> None:
    url = create(api).headers["Location"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    sent = api.post(url, data=CONTENT[:700], content_type=CHUNK, headers=headers)
    assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, "700")
    headers = {"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "DELETE"}
    assert api.post(url, headers=headers).status_code == 204
    assert head(api, url).status_code == 410
    assert api.post(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_clips_one_can_be_deleted(api: APIClient) -> None:
    from django.core.files.storage import default_storage

    for _ in range(2):
        patch(api, create(api).headers["Location"], CONTENT, offset=0)
    gone, kept = Recording.objects.all()
    assert api.delete(f"/api/v1/recordings/{gone.pk}/").status_code == 204
    assert not default_storage.exists(gone.path)
    with default_storage.open(kept.path, "rb") as file:
        assert file.read() == CONTENT


def test_another_protocol_version_is_refused(api: APIClient) -> None:
    answer = create(api, **{"Tus-Resumable": "0.2.2"})
    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"


def test_another_content_type_is_refused(api: APIClient) -> None:
    url = create(api).headers["Location"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    answer = api.patch(url, data=b"x", content_type="video/mp4", headers=headers)
    assert answer.status_code == 415


def test_a_too_large_upload_is_refused(api: APIClient, settings: Any) -> None:
    settings.SPORTSBR_MAX_UPLOAD_BYTES = 5
    assert create(api).status_code == 413


def test_uploads_are_the_clubs_own(api: APIClient, stranger: APIClient) -> None:
    url = create(api).headers["Location"]
    assert head(stranger, url).status_code == 404
    assert patch(stranger, url, b"x", offset=0).status_code == 404
    assert create(APIClient()).status_code == 401
