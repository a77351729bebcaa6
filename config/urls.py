"""Where every page lives."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("people.urls")),
    path("", include("leads.urls")),
    path("", include("nurture.urls")),
    path("", include("handoff.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
