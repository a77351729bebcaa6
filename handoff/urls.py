"""Pages of handoff."""

from django.urls import path

from handoff.views import agreements, inbox, pursuing, sla

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("handoff/<uuid:public_id>/", inbox.handoff, name="handoff"),
    path("handoff/<uuid:public_id>/accept/", inbox.accept, name="accept"),
    path("handoff/<uuid:public_id>/reject/", inbox.reject, name="reject"),
    path("handoff/<uuid:public_id>/undo/", inbox.undo, name="undo"),
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/draft/<int:team>/", agreements.draft_standard, name="draft_standard"),
    path("agreements/<uuid:public_id>/points/", agreements.draft_points, name="draft_points"),
    path("agreements/<uuid:public_id>/", agreements.agreement, name="agreement"),
    path("agreements/<uuid:public_id>/sign/", agreements.sign, name="sign"),
    path("sla/", sla.sla, name="sla"),
    path("sla/leads/", sla.sla_behind, name="sla_behind"),
    path("handoff/<uuid:public_id>/call/", pursuing.log_call, name="log_call"),
    path("handoff/<uuid:public_id>/opportunity/", pursuing.opportunity_open, name="opportunity_open"),
    path("opportunity/<uuid:public_id>/end/", pursuing.opportunity_end, name="opportunity_end"),
]
