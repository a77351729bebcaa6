"""Pages of leads."""


urlpatterns: list = []
