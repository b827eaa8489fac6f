"""Addresses of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from sportsbr.web import alike, people, questions, views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("language/", set_language, name="set-language"),
    path("recordings/", views.recordings, name="recordings"),
    path("map/", alike.segment_map, name="map"),
    path("upload/", views.upload, name="upload"),
    path("recordings/<uuid:recording_id>/", views.recording, name="recording"),
    path("recordings/<uuid:recording_id>/state/", views.state, name="state"),
    path("recordings/<uuid:recording_id>/cancel/", views.cancel, name="cancel"),
    path("recordings/<uuid:recording_id>/retry/", views.retry, name="retry"),
    path("recordings/<uuid:recording_id>/filming/", views.filming, name="filming"),
    path("recordings/<uuid:recording_id>/capture-rate/", views.capture_rate, name="capture-rate"),
    path("reports/<uuid:report_id>/", views.report, name="report"),
    path("reports/<uuid:report_id>/people/", people.people, name="people"),
    path(
        "reports/<uuid:report_id>/segments/<str:segment_id>/similar/", alike.similar, name="similar"
    ),
    path("reports/<uuid:report_id>/questions/", questions.questions, name="questions"),
    path("reports/<uuid:report_id>/answers/", questions.answers, name="answers"),
    path("reports/<uuid:report_id>/corrections/", views.correct, name="correct"),
]
