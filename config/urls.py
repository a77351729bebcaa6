"""Where every page lives."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz
from leads import api
from leads.api import events

api.api.add_router("/events", events.router)

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("people.urls")),
    path("", include("leads.urls")),
    path("", include("nurture.urls")),
    path("", include("handoff.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api.urls())),
]

handler400 = "config.missing.bad_request"
handler403 = "config.missing.permission_denied"
handler404 = "config.missing.page_not_found"
