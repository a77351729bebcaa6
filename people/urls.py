"""Pages of people."""

from django.urls import path

from people.views.home import home
from people.views.notices import notices, read, read_all
from people.views.search import search
from people.views.setup import setup
from people.views.styleguide import styleguide
from people.views.theme import theme

urlpatterns = [
    path("", home, name="home"),
    path("setup/", setup, name="setup"),
    path("notices/", notices, name="notices"),
    path("notices/<uuid:public_id>/read/", read, name="notice_read"),
    path("notices/read/", read_all, name="notices_read"),
    path("search/", search, name="search"),
    path("theme/", theme, name="theme"),
    path("styleguide/", styleguide, name="styleguide"),
]
