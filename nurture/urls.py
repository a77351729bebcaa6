"""Pages of nurture."""


urlpatterns: list = []
