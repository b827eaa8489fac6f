from __future__ import annotations

import hashlib
import io
import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from analysis.errors import EmptyFileError
from sportsbr.recordings import ledger, uploads
from sportsbr.recordings.models import Recording, Run, State, Step, Upload
from tests.factories import AthleteFactory, ClubFactory, UserFactory

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40
LENGTH_BYTES = len(CONTENT)


@pytest.fixture(autouse=True)
def folders(tmp_path, settings, monkeypatch):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(ledger, "_send", lambda name, step_id: None)


def announced(length_bytes=LENGTH_BYTES, **metadata) -> Upload:
    return uploads.create_upload(
        ClubFactory(),
        user=UserFactory(),
        length_bytes=length_bytes,
        filename="../../etc/clip.mp4",
        metadata=metadata,
    )


def append(upload, piece, *, offset, checksum=None) -> Upload:
    return uploads.append(upload.pk, stream=io.BytesIO(piece), offset=offset, checksum=checksum)


def test_the_last_byte_makes_a_recording_with_a_queued_run():
    upload = append(announced(title="Serve", sport="tennis"), CONTENT[:100], offset=0)
    assert (upload.state, upload.offset_bytes) == (Upload.Status.OPEN, 100)
    upload = append(upload, CONTENT[100:], offset=100)
    recording = upload.recording
    assert (recording.title, recording.sport) == ("Serve", "tennis")
    assert recording.filename == "clip.mp4"
    assert recording.sha256 == hashlib.sha256(CONTENT).hexdigest()
    with default_storage.open(recording.path) as file:
        assert file.read() == CONTENT
    run = recording.runs.get()
    assert (run.state, run.steps.get().kind) == (State.QUEUED, Step.Kind.PREPARE)


def test_completing_twice_makes_one_recording():
    upload = append(announced(), CONTENT, offset=0)
    again = uploads.complete(upload.pk)
    assert again.recording == upload.recording
    assert (Recording.objects.count(), Run.objects.count()) == (1, 1)


def test_another_offset_is_refused_and_nothing_is_kept():
    upload = announced()
    with pytest.raises(uploads.OffsetConflictError, match="expected offset 0, got 5"):
        append(upload, b"abc", offset=5)
    assert uploads.path_of(upload).read_bytes() == b""


def test_a_wrong_checksum_keeps_nothing_and_the_piece_can_come_again():
    upload = append(announced(), CONTENT[:50], offset=0)
    digest = hashlib.sha1(CONTENT[50:]).digest()
    with pytest.raises(uploads.ChecksumMismatchError):
        append(upload, b"x" * len(CONTENT[50:]), offset=50, checksum=("sha1", digest))
    upload.refresh_from_db()
    assert upload.offset_bytes == 50
    assert uploads.path_of(upload).stat().st_size == 50
    upload = append(upload, CONTENT[50:], offset=50, checksum=("sha1", digest))
    assert upload.state == Upload.Status.COMPLETE


def test_more_than_announced_is_refused():
    upload = announced(10)
    with pytest.raises(uploads.UploadTooLargeError):
        append(upload, b"x" * 11, offset=0)
    assert uploads.path_of(upload).read_bytes() == b""


def test_an_empty_or_too_long_file_is_refused_at_once(settings):
    with pytest.raises(EmptyFileError):
        announced(0)
    with pytest.raises(uploads.UploadTooLargeError):
        announced(settings.SPORTSBR_MAX_UPLOAD_BYTES + 1)


class CutOff:
    """Some bytes, then a broken line."""

    def __init__(self, content: bytes) -> None:
        self._left = [content]

    def read(self, size: int) -> bytes:
        if not self._left:
            raise ConnectionResetError
        return self._left.pop()


def test_what_came_before_the_line_broke_is_kept():
    upload = uploads.append(announced().pk, stream=CutOff(b"abc"), offset=0, checksum=None)
    assert upload.offset_bytes == 3
    assert uploads.path_of(upload).read_bytes() == b"abc"


def test_a_whole_upload_whose_process_died_becomes_a_recording_all_the_same():
    upload = announced()
    uploads._append_batch(upload.pk, batch=CONTENT, offset=0)  # and then the process was killed
    assert uploads.expire() == 0
    upload.refresh_from_db()
    assert upload.state == Upload.Status.COMPLETE
    assert upload.recording.sha256 == hashlib.sha256(CONTENT).hexdigest()


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def pieces(*wanted, end=b""):
    """A stream of these pieces; an exception among them is raised."""

    class Stream:
        left = [*wanted]

        def read(self, size: int) -> bytes:
            piece = self.left.pop(0) if self.left else end
            if isinstance(piece, BaseException):
                raise piece
            return piece

    return Stream()


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(uploads, "BATCH_BYTES", 100)


def test_a_killed_process_loses_only_the_last_batch(small_batches):
    upload = announced()
    stream = pieces(CONTENT[:60], CONTENT[60:120], CONTENT[120:150], Killed())
    with pytest.raises(Killed):
        uploads.append(upload.pk, stream=stream, offset=0, checksum=None)
    upload.refresh_from_db()
    assert upload.offset_bytes == 120
    upload = append(upload, CONTENT[120:], offset=120)
    assert upload.recording.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_slow_line_is_committed_by_the_clock(monkeypatch):
    monkeypatch.setattr(uploads, "BATCH_S", -1.0)
    upload = announced()
    with pytest.raises(Killed):
        uploads.append(upload.pk, stream=pieces(b"a", b"b", Killed()), offset=0, checksum=None)
    upload.refresh_from_db()
    assert upload.offset_bytes == 2


def test_of_two_that_write_the_later_to_commit_stops(small_batches):
    upload = announced()

    class Overtaken:
        turn = 0

        def read(self, size: int) -> bytes:
            self.turn += 1
            if self.turn == 2:  # the first batch is in; a second request goes on from there
                append(upload, CONTENT[100:300], offset=100)
            return CONTENT[(self.turn - 1) * 100 : self.turn * 100] if self.turn < 9 else b""

    with pytest.raises(uploads.OffsetConflictError, match="expected offset 300, got 100"):
        uploads.append(upload.pk, stream=Overtaken(), offset=0, checksum=None)
    upload = append(upload, CONTENT[300:], offset=300)
    assert upload.recording.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_more_than_announced_does_not_complete_the_upload(small_batches):
    upload = announced(250)
    stream = pieces(b"x" * 100, b"x" * 100, b"x" * 50, b"x")
    with pytest.raises(uploads.UploadTooLargeError):
        uploads.append(upload.pk, stream=stream, offset=0, checksum=None)
    upload.refresh_from_db()
    assert (upload.offset_bytes, upload.state) == (200, Upload.Status.OPEN)


def test_bytes_that_were_never_counted_are_overwritten():
    upload = append(announced(), CONTENT[:10], offset=0)
    with uploads.path_of(upload).open("ab") as file:
        file.write(b"of a request that died")
    upload = append(upload, CONTENT[10:], offset=10)
    assert upload.recording.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_terminated_upload_is_gone(django_capture_on_commit_callbacks):
    upload = append(announced(), b"abc", offset=0)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.terminate(upload.pk)
    assert not uploads.path_of(upload).exists()
    with pytest.raises(uploads.UploadGoneError):
        append(upload, b"d", offset=3)


def test_what_nobody_went_on_with_expires_and_the_rest_stays():
    late, fresh = announced(), announced()
    Upload.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(uploads.UploadGoneError):
        append(late, b"abc", offset=0)
    assert uploads.expire() == 1
    assert not uploads.path_of(late).exists()
    assert append(fresh, b"abc", offset=0).offset_bytes == 3


def test_another_clubs_athlete_is_not_taken():
    upload = append(announced(athlete=str(AthleteFactory().pk)), CONTENT, offset=0)
    assert upload.recording.athlete is None


def test_a_name_that_is_no_athlete_is_not_taken():
    upload = append(announced(athlete="somebody"), CONTENT, offset=0)
    assert upload.recording.athlete is None


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=6))
def test_however_it_is_cut_the_bytes_are_the_same(cuts):
    upload = announced()
    borders = [0, *sorted(cuts), len(CONTENT)]
    for start, stop in itertools.pairwise(borders):
        if start < stop:
            upload = append(upload, CONTENT[start:stop], offset=start)
    assert Path(default_storage.path(upload.recording.path)).read_bytes() == CONTENT
