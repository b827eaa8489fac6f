"""What people fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from analysis.knowledge.catalogue import load_catalogue
from sportsbr.accounts.models import Athlete, Club
from sportsbr.accounts.selectors import athletes_of, clubs_of
from sportsbr.web.cards import language

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from sportsbr.accounts.models import User


class SeveralFiles(forms.ClearableFileInput):
    """A file chooser for more than one."""

    allow_multiple_selected = True


class VideosField(forms.FileField):
    """One or more files, none of them empty."""

    widget = SeveralFiles(attrs={"accept": "video/*,.mkv,.avi,.mov,.mp4,.webm", "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Every chosen file, checked one by one."""
        chosen = data if isinstance(data, (list, tuple)) else [data]
        return [super(VideosField, self).clean(file, initial) for file in chosen or [None]]


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

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = clubs_of(user)
        club, sport, athlete = (self.fields[name] for name in ("club", "sport", "athlete"))
        if not isinstance(club, forms.ModelChoiceField):
            raise TypeError("club: expected a choice of clubs")
        if not isinstance(athlete, forms.ModelChoiceField):
            raise TypeError("athlete: expected a choice of athletes")
        club.queryset, athlete.queryset = clubs, athletes_of(user)
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
    def chosen(self) -> list[UploadedFile[Any]]:
        """The checked files."""
        return list(self.cleaned_data["videos"])
