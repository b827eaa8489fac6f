from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from analysis.errors import EmptyFileError
from sportsbr.accounts.services import OtherClubError
from sportsbr.recordings import intake
from sportsbr.recordings.models import Recording
from tests.factories import AthleteFactory, ClubFactory


@pytest.mark.parametrize("total", [99, 100, 101, 1000])
def test_a_form_keeps_nothing_beyond_the_limit_and_tells_the_size(settings, total):
    settings.SPORTSBR_MAX_UPLOAD_BYTES = 100
    handler = intake.BoundedFile()
    handler.new_file("videos", "a.mp4", "video/mp4", None)
    for start in range(0, total, 10):
        piece = b"x" * min(10, total - start)
        assert handler.receive_data_chunk(piece, start) is None
    file = handler.file_complete(total)
    kept = Path(file.temporary_file_path()).stat().st_size
    assert file.size == total
    assert kept == min(total, 110)  # told from one of the limit by its length
    file.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", EmptyFileError), (b"x" * 11, intake.UploadTooLargeError), (b"x", OtherClubError)],
)
def test_what_is_refused_leaves_nothing(settings, tmp_path, content, error):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SPORTSBR_MAX_UPLOAD_BYTES = 10
    source = tmp_path / "a.mp4"
    source.write_bytes(content)
    with pytest.raises(error):
        intake.take_in(
            source,
            key=uuid.uuid4(),
            club=ClubFactory(),
            user=None,
            filename="a.mp4",
            title="",
            sport="",
            athlete=AthleteFactory() if error is OtherClubError else None,
        )
    assert not Recording.objects.exists()
    assert not (tmp_path / "media").exists()
