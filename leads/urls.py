"""Pages of leads."""

from django.urls import path

from leads.views.activities import activities
from leads.views.forms import form_edit, form_page, form_thanks, forms
from leads.views.imports import (
    import_detail,
    import_new,
    import_rejected,
    import_run,
    import_undo,
    imports,
)
from leads.views.lead import lead, learn, rate
from leads.views.leads import leads, leads_csv

urlpatterns = [
    path("leads/", leads, name="leads"),
    path("leads/leads.csv", leads_csv, name="leads_csv"),
    path("leads/<uuid:public_id>/", lead, name="lead"),
    path("leads/<uuid:public_id>/ratings/", rate, name="rate"),
    path("leads/<uuid:public_id>/facts/<slug:key>/", learn, name="learn"),
    path("activities/", activities, name="activities"),
    path("imports/", imports, name="imports"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/<uuid:public_id>/", import_detail, name="import_detail"),
    path("imports/<uuid:public_id>/run/", import_run, name="import_run"),
    path("imports/<uuid:public_id>/undo/", import_undo, name="import_undo"),
    path("imports/<uuid:public_id>/rejected.csv", import_rejected, name="import_rejected"),
    path("forms/", forms, name="forms"),
    path("forms/new/", form_edit, name="form_new"),
    path("forms/<slug:slug>/", form_edit, name="form_edit"),
    path("f/<slug:slug>/", form_page, name="form_page"),
    path("f/<slug:slug>/thanks/", form_thanks, name="form_thanks"),
]
