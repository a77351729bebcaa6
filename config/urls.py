"""Where every page lives."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("people.urls")),
    path("", include("leads.urls")),
    path("", include("nurture.urls")),
    path("", include("handoff.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "config.missing.page_not_found"
