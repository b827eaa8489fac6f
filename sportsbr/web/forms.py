"""What people fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from analysis.errors import EmptyFileError, explain
from analysis.knowledge.catalogue import load_catalogue
from sportsbr.accounts.models import Athlete, Club
from sportsbr.accounts.selectors import athletes_changed_by, clubs_worked_in
from sportsbr.recordings.intake import UploadTooLargeError, require_size
from sportsbr.recordings.services import MAX_CAPTURE_FPS, MIN_CAPTURE_FPS
from sportsbr.web.cards import language

if TYPE_CHECKING:
    from django.core.files.uploadedfile import TemporaryUploadedFile

    from sportsbr.accounts.models import User


class SeveralFiles(forms.ClearableFileInput):
    """A file chooser for more than one."""

    allow_multiple_selected = True


class VideosField(forms.FileField):
    """One or more files, none of them empty or larger than allowed."""

    widget = SeveralFiles(attrs={"accept": "video/*,.mkv,.avi,.mov,.mp4,.webm", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Every chosen file, checked one by one."""
        chosen = data if isinstance(data, (list, tuple)) else [data]
        return [self._clean_one(file, initial) for file in chosen or [None]]

    def _clean_one(self, file: Any, initial: Any) -> Any:
        if file:
            _require_size(int(file.size or 0))
        return super().clean(file, initial)


def _require_size(size_bytes: int) -> None:
    """The limits that hold at every door, in a form's words.

    Raises:
        ValidationError: empty or too large; its code is the problem's.
    """
    try:
        require_size(size_bytes)
    except EmptyFileError as error:
        raise ValidationError(
            explain(error.code, lang=language(), params=error.params), code=error.code
        ) from error
    except UploadTooLargeError as error:
        raise ValidationError(
            _("This file is larger than allowed: %(size)s, at most %(limit)s."),
            code=error.code,
            params={
                "size": filesizeformat(size_bytes),
                "limit": filesizeformat(settings.SPORTSBR_MAX_UPLOAD_BYTES),
            },
        ) from error


def capture_rate_field() -> forms.FloatField:
    """How many frames per real second were filmed; empty: as played."""
    return forms.FloatField(
        label=_("Slow motion: frames per second while filming"),
        help_text=_("Only for slow motion, such as 120 or 240; leave empty otherwise."),
        required=False,
        min_value=MIN_CAPTURE_FPS,
        max_value=MAX_CAPTURE_FPS,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any", "placeholder": "–"}),
    )


class CaptureRateForm(forms.Form):
    """The answer to whether footage is slow motion."""

    capture_fps = capture_rate_field()


class UploadForm(forms.Form):
    """Videos with what is known of them."""

    videos = VideosField(label=_("Videos"))
    club = forms.ModelChoiceField(
        Club.objects.none(), label=_("Club"), empty_label=None, to_field_name="slug"
    )
    sport = forms.ChoiceField(label=_("Sport"), required=False)
    athlete = forms.ModelChoiceField(
        Athlete.objects.none(), label=_("Athlete"), required=False, empty_label=_("Not chosen")
    )
    capture_fps = capture_rate_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = clubs_worked_in(user)
        club, sport, athlete = (self.fields[name] for name in ("club", "sport", "athlete"))
        if not isinstance(club, forms.ModelChoiceField):
            raise TypeError("club: expected a choice of clubs")
        if not isinstance(athlete, forms.ModelChoiceField):
            raise TypeError("athlete: expected a choice of athletes")
        club.queryset, athlete.queryset = clubs, athletes_changed_by(user)
        if len(clubs) == 1:
            club.widget, club.initial = forms.HiddenInput(), clubs[0].slug
        if isinstance(sport, forms.ChoiceField):
            names = [(s.key, s.name[language()]) for s in load_catalogue().sports()]
            sport.choices = [("", _("Find out from the video")), *names]

    def clean(self) -> dict[str, Any]:
        """An athlete belongs to the club of the video."""
        cleaned: dict[str, Any] = super().clean() or {}
        athlete, club = cleaned.get("athlete"), cleaned.get("club")
        if athlete is not None and club is not None and athlete.club_id != club.pk:
            raise ValidationError(_("This athlete belongs to another club."))
        return cleaned

    @property
    def chosen(self) -> list[TemporaryUploadedFile]:
        """The checked files."""
        return list(self.cleaned_data["videos"])
