"""Routes of the API."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from sportsbr.api import alike, people, questions, tus, views

app_name = "api"

router = SimpleRouter()
for prefix, viewset in (
    ("clubs", views.Clubs),
    ("athletes", views.Athletes),
    ("recordings", views.Recordings),
    ("runs", views.Runs),
    ("reports", views.Reports),
    ("segments", views.Segments),
    ("findings", views.Findings),
    ("feedback", views.FeedbackItems),
):
    router.register(prefix, viewset, basename=prefix)

v1 = [
    path("auth/token/", views.Token.as_view(), name="token"),
    path("me/", views.Me.as_view(), name="me"),
    path("knowledge/", views.Knowledge.as_view(), name="knowledge"),
    path("uploads/", tus.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:pk>/", tus.UploadDetail.as_view(), name="upload"),
    *people.routes,
    *alike.routes,
    *questions.routes,
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
    *router.urls,
]

urlpatterns = [
    path("api/v1/", include(v1)),
    path("problems/<slug:code>", views.Problem.as_view(), name="problem"),
]
