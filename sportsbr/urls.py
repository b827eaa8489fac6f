"""Where everything answers."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("sportsbr.ops.urls")),
    path("", include("sportsbr.api.urls")),
    path("", include("sportsbr.web.urls")),
]
