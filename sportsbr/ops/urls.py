"""Whether the site lives, for supervisors and load balancers."""

from __future__ import annotations

from django.urls import path

from sportsbr.ops import views

urlpatterns = [
    path("healthz", views.alive),
    path("readyz", views.ready),
]
