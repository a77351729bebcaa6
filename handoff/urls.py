"""Pages of handoff."""


urlpatterns: list = []
