"""Pages: parse, ask a selector or a service, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sportsbr.accounts import attempts
from sportsbr.accounts.selectors import clubs_worked_in
from sportsbr.recordings.people import names_of
from sportsbr.recordings.selectors import recordings_changed_by, recordings_of
from sportsbr.recordings.services import (
    RunNotFinishedError,
    analyse_as_slow_motion,
    cancel_run,
    retry_run,
    run_with_correction,
)
from sportsbr.reports.selectors import reports_of
from sportsbr.web.cards import asks_capture_rate, card_of, filming_of, language
from sportsbr.web.forms import CaptureRateForm, UploadForm
from sportsbr.web.people import PeopleForm
from sportsbr.web.presentation import present
from sportsbr.web.questions import questions_context
from sportsbr.web.receive import receive
from sportsbr.web.words import FILE_NAMES, FILES

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from sportsbr.accounts.models import User
    from sportsbr.recordings.models import Recording, Run

PER_PAGE = 24


class SignIn(LoginView):
    """By e-mail and password; somebody signed in goes on to the recordings."""

    template_name = "web/sign_in.html"
    authentication_form = AuthenticationForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, unless too many wrong passwords came lately."""
        email = request.POST.get("username", "")
        wait_s = attempts.wait_s(email=email, address=attempts.address_of(request))
        if not wait_s:
            return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=self.authentication_form(request), wait_s=wait_s)
        context["wait_minutes"] = -(-wait_s // 60)
        answer = render(request, self.template_name, context, status=429)
        answer.headers["Retry-After"] = str(wait_s)
        return answer


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _recording(request: HttpRequest, recording_id: UUID) -> Recording:
    """A recording that the reader may see; any other is not found."""
    found = recordings_of(_user(request)).prefetch_related("artifacts")
    return get_object_or_404(found, pk=recording_id)


def _may_change(request: HttpRequest, recording: Recording) -> bool:
    return recordings_changed_by(_user(request)).filter(pk=recording.pk).exists()


def _newest_run(request: HttpRequest, recording_id: UUID) -> Run | None:
    """The newest run of a recording that the reader may change."""
    recording = _recording(request, recording_id)
    if not _may_change(request, recording):
        raise PermissionDenied
    return recording.runs.order_by("-created_at").first()


@require_GET
def home(_request: HttpRequest) -> HttpResponse:
    """The recordings are where a coach starts."""
    return redirect("web:recordings")


@require_GET
@login_required
def recordings(request: HttpRequest) -> HttpResponse:
    """Everything of the reader's clubs, newest first."""
    found = recordings_of(_user(request)).prefetch_related("artifacts")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    cards = [card_of(recording) for recording in page]
    return render(request, "web/recordings.html", {"page": page, "cards": cards})


@require_GET
@login_required
def recording(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """One recording: how its analysis goes, or why it did not."""
    found = _recording(request, recording_id)
    may_change = _may_change(request, found)
    context = {"card": card_of(found), "filming": filming_of(found), "may_change": may_change}
    return render(request, "web/recording.html", context)


@require_GET
@login_required
def filming(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """What the filming check found; asked for until it has been made."""
    found = _recording(request, recording_id)
    context = {"filming": filming_of(found), "may_change": _may_change(request, found)}
    return render(request, "web/filming.html", context)


@require_GET
@login_required
def state(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The part of a card that moves; a page about one recording is loaded anew at the end."""
    card = card_of(_recording(request, recording_id))
    whole_page = "page" in request.GET
    answer = render(request, "web/state.html", {"card": card, "whole_page": whole_page})
    if whole_page and not card.is_moving:
        answer["HX-Redirect"] = card.url
    return answer


@require_http_methods(["GET", "POST"])
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Choose videos; the script sends them piece by piece, a plain form at once."""
    user = _user(request)
    if not clubs_worked_in(user).exists():
        raise PermissionDenied
    if request.method == "GET":
        return render(request, "web/upload.html", {"form": UploadForm(user=user)})
    form = UploadForm(request.POST, request.FILES, user=user)
    if not form.is_valid():
        return render(request, "web/upload.html", {"form": form}, status=422)
    known = {key: form.cleaned_data[key] for key in ("club", "sport", "athlete", "capture_fps")}
    kept = [receive(file, user=user, **known) for file in form.chosen]
    if len(kept) == 1:
        return redirect("web:recording", kept[0].pk)
    return redirect("web:recordings")


@require_POST
@login_required
def cancel(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Stop the newest analysis; a finished one stays as it is."""
    run = _newest_run(request, recording_id)
    if run is not None:
        cancel_run(run)
    return redirect("web:recording", recording_id)


@require_POST
@login_required
def retry(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Analyse once more."""
    run = _newest_run(request, recording_id)
    try:
        if run is not None:
            retry_run(run)
    except RunNotFinishedError:
        messages.info(request, _("The analysis is already under way."))
    return redirect("web:recording", recording_id)


@require_POST
@login_required
def capture_rate(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Slow motion: remember how it was filmed, and analyse anew."""
    found = _recording(request, recording_id)
    if not _may_change(request, found):
        raise PermissionDenied
    form = CaptureRateForm(request.POST)
    if form.is_valid():
        analyse_as_slow_motion(found, capture_fps=form.cleaned_data["capture_fps"])
    else:
        messages.error(request, _("Give the frames per second as a number, such as 240."))
    return redirect("web:recording", recording_id)


@require_GET
@login_required
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """What was found, with the video that shows it."""
    found = get_object_or_404(
        reports_of(_user(request)).select_related("recording__athlete"), pk=report_id
    )
    may_change = _may_change(request, found.recording)
    there = set(found.recording.artifacts.values_list("kind", flat=True)) | {"report"}
    files_url = reverse("web:report", args=[report_id]).replace("/reports/", "/api/v1/reports/")
    context = {
        "title": found.recording.title,
        "recording_id": found.recording_id,
        "asks_capture_rate": asks_capture_rate(found.document["notices"])
        and _may_change(request, found.recording),
        "athlete": found.recording.athlete.name if found.recording.athlete else "",
        "video_url": f"/api/v1/recordings/{found.recording_id}/video/",
        "poses_url": f"{files_url}files/player/",
        "charts_url": f"{files_url}files/charts/",
        "may_change": _may_change(request, found.recording),
        "corrections_url": reverse("web:correct", args=[report_id]),
        "files": [
            {"url": f"{files_url}files/{kind}/", "text": text, "name": FILE_NAMES[kind]}
            for kind, text in FILES.items()
            if kind in there
        ],
        "report": present(
            found.document,
            lang=language(),
            names=names_of(found.recording) if may_change else None,
        ),
        "report_id": report_id,
        "questions": questions_context(found, user=_user(request)),
        # Athletes and parents see their own report, but not everybody else in the picture.
        "people": PeopleForm(report=found, user=_user(request)) if may_change else None,
    }
    return render(request, "web/report.html", context)


@require_POST
@login_required
def correct(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Keep a reading that the analysis put right, or put it right again, in a new analysis."""
    found = get_object_or_404(reports_of(_user(request)), pk=report_id)
    key = request.POST.get("correction_id", "")
    if key not in {row["correction_id"] for row in found.document.get("corrections", [])}:
        raise Http404
    if not _may_change(request, found.recording):
        raise PermissionDenied
    made = request.POST.get("make") == "yes"
    run_with_correction(found.run, correction_id=key, made=made)
    return redirect("web:recording", found.recording_id)
