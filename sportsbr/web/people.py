"""The people of a report on its page: who is there, and the form that says who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sportsbr.accounts.selectors import athletes_of
from sportsbr.recordings.people import Decision, apply_decisions, decide, people_of
from sportsbr.recordings.selectors import recordings_changed_by
from sportsbr.recordings.services import RunNotFinishedError
from sportsbr.reports.selectors import reports_of
from sportsbr.web.presentation import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from sportsbr.accounts.models import Athlete, User
    from sportsbr.recordings.models import Person
    from sportsbr.reports.models import Report


class PeopleForm(forms.Form):
    """For each person: an athlete, whether to report on them, and who else they are."""

    def __init__(self, *args: Any, report: Report, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.report = report
        self.people = list(people_of(report.recording))
        athletes = athletes_of(user).filter(club_id=report.recording.club_id)
        for person in self.people:
            number = person.track_id
            others = [(p.track_id, str(p.track_id)) for p in self.people if p is not person]
            self.fields[f"athlete-{number}"] = forms.ModelChoiceField(
                athletes, required=False, initial=person.athlete_id, empty_label=_("Not named")
            )
            self.fields[f"same-{number}"] = forms.TypedChoiceField(
                choices=[("", _("nobody else")), *others],
                coerce=int,
                empty_value=None,
                required=False,
                initial=person.same_as or "",
            )
            self.fields[f"chosen-{number}"] = forms.BooleanField(
                required=False, initial=person.is_chosen
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each person with the fields that are theirs."""
        return [self._row(person) for person in self.people]

    def decisions(self, *, only: int | None) -> dict[int, Decision]:
        """What was filled in; with `only`, nobody else is reported on."""
        said: Mapping[str, Any] = self.cleaned_data
        return {
            number: Decision(
                athlete=cast("Athlete | None", said[f"athlete-{number}"]),
                is_chosen=number == only if only is not None else said[f"chosen-{number}"],
                same_as=said[f"same-{number}"],
            )
            for number in (person.track_id for person in self.people)
        }

    def _row(self, person: Person) -> dict[str, Any]:
        number = person.track_id
        return {
            "number": number,
            "picture_url": reverse("api:person-picture", args=[self.report.pk, number]),
            "moment": moment(person.at_s),
            "seen_text": _("in view for %(seconds)d s") % {"seconds": max(1, round(person.seen_s))},
            "name": person.athlete.name if person.athlete is not None else "",
            "is_chosen": person.is_chosen,
            "athlete": self[f"athlete-{number}"],
            "same": self[f"same-{number}"],
            "chosen": self[f"chosen-{number}"],
        }


@require_POST
@login_required
def people(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep who is who and queue the report that follows from it."""
    user = cast("User", request.user)
    report = get_object_or_404(reports_of(user), pk=report_id)
    if not recordings_changed_by(user).filter(pk=report.recording_id).exists():
        raise PermissionDenied
    form = PeopleForm(request.POST, report=report, user=user)
    if not form.is_valid():
        messages.error(request, _("This could not be kept: reload the page and choose again."))
        return redirect("web:report", report_id)
    only = request.POST.get("only", "")
    decisions = form.decisions(only=int(only) if only.isdigit() else None)
    if not any(said.is_chosen for said in decisions.values()):
        messages.error(request, _("Choose at least one person to report on."))
        return redirect("web:report", report_id)
    decide(report.recording, by=user, decisions=decisions)
    try:
        apply_decisions(report.recording)
    except RunNotFinishedError:
        messages.info(request, _("The analysis is already under way."))
    return redirect("web:recording", report.recording_id)
