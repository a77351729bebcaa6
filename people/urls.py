"""Pages of people."""

from django.urls import path

from people.views.theme import theme

urlpatterns = [
    path("theme/", theme, name="theme"),
]
