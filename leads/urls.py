"""Pages of leads."""

from django.urls import path

from leads.views import directories, evidence, keys, noting
from leads.views.account_merging import (
    account_apart,
    account_duplicates,
    account_merge,
    account_merge_find,
    account_unmerge,
)
from leads.views.accounts import account, account_edit, accounts
from leads.views.activities import activities
from leads.views.assets import asset_edit, asset_file, asset_page, asset_take, assets
from leads.views.belonging import lead_account
from leads.views.bulk import bulk, bulk_begin, bulk_go, bulk_undo, bulks
from leads.views.enriching import enrichment, enrichment_remove
from leads.views.exports import exports, leads_chosen, leads_csv, leads_xlsx
from leads.views.foreseen import score_changes, score_what_if
from leads.views.forms import form_edit, forms
from leads.views.grid import score_grid
from leads.views.imports import (
    import_anew,
    import_detail,
    import_new,
    import_rejected,
    import_run,
    import_undo,
    imports,
)
from leads.views.lead import lead, learn, rate, take_over, verify
from leads.views.leads import leads
from leads.views.merging import duplicates, duplicates_look, merge, merge_find, tell_apart, unmerge
from leads.views.public_forms import confirm, form_page, form_thanks
from leads.views.saved import view_change, view_counts, view_delete, view_keep, view_save
from leads.views.scores import (
    score_new,
    score_rule,
    score_save,
    score_sheet,
    score_try,
    scores,
)
from leads.views.sources import campaign_edit, campaign_spend, source_edit, source_spend, sources
from leads.views.submissions import (
    replies,
    submission_review,
    submissions,
    submissions_csv,
    submissions_leave,
)
from leads.views.tracking import site_add, site_remove, tracking

urlpatterns = [
    path("scores/", scores, name="scores"),
    path("scores/new/", score_new, name="score_new"),
    path("scores/what-if/<uuid:public_id>/", score_what_if, name="score_what_if"),
    path("scores/<int:pk>/", score_sheet, name="score_sheet"),
    path("scores/<int:pk>/what-if/", score_try, name="score_try"),
    path("scores/<int:pk>/save/", score_save, name="score_save"),
    path("scores/<int:pk>/grid/", score_grid, name="score_grid"),
    path("scores/<int:pk>/changes/", score_changes, name="score_changes"),
    path("scores/<int:pk>/lines/new/", score_rule, name="score_rule_new"),
    path("scores/<int:pk>/lines/<int:rule>/", score_rule, name="score_rule"),
    path("leads/", leads, name="leads"),
    path("leads/leads.csv", leads_csv, name="leads_csv"),
    path("leads/leads.xlsx", leads_xlsx, name="leads_xlsx"),
    path("leads/chosen/", leads_chosen, name="leads_chosen"),
    path("leads/views/", view_save, name="view_save"),
    path("leads/views/counts/", view_counts, name="view_counts"),
    path("leads/views/<uuid:public_id>/keep/", view_keep, name="view_keep"),
    path("leads/views/<uuid:public_id>/change/", view_change, name="view_change"),
    path("leads/views/<uuid:public_id>/delete/", view_delete, name="view_delete"),
    path("bulk/", bulks, name="bulks"),
    path("bulk/begin/", bulk_begin, name="bulk_begin"),
    path("bulk/<uuid:public_id>/", bulk, name="bulk"),
    path("bulk/<uuid:public_id>/go/", bulk_go, name="bulk_go"),
    path("bulk/<uuid:public_id>/undo/", bulk_undo, name="bulk_undo"),
    path("exports/", exports, name="exports"),
    path("leads/<uuid:public_id>/", lead, name="lead"),
    path("leads/<uuid:public_id>/note/", noting.note, name="note"),
    path("leads/<uuid:public_id>/ratings/", rate, name="rate"),
    path("leads/<uuid:public_id>/ratings/proposed/", take_over, name="take_over"),
    path("leads/<uuid:public_id>/facts/<slug:key>/", learn, name="learn"),
    path("leads/<uuid:public_id>/facts/<slug:key>/verify/", verify, name="verify"),
    path("leads/<uuid:public_id>/account/", lead_account, name="lead_account"),
    path("leads/<uuid:public_id>/merge/", merge_find, name="merge_find"),
    path("leads/<uuid:public_id>/merge/<uuid:other>/", merge, name="merge"),
    path("duplicates/", duplicates, name="duplicates"),
    path("duplicates/look/", duplicates_look, name="duplicates_look"),
    path("duplicates/<uuid:public_id>/apart/", tell_apart, name="tell_apart"),
    path("merges/<uuid:public_id>/undo/", unmerge, name="unmerge"),
    path("accounts/", accounts, name="accounts"),
    path("accounts/duplicates/", account_duplicates, name="account_duplicates"),
    path("accounts/duplicates/<uuid:public_id>/apart/", account_apart, name="account_apart"),
    path("accounts/merges/<uuid:public_id>/undo/", account_unmerge, name="account_unmerge"),
    path("accounts/<uuid:public_id>/merge/", account_merge_find, name="account_merge_find"),
    path("accounts/<uuid:public_id>/merge/<uuid:other>/", account_merge, name="account_merge"),
    path("accounts/<uuid:public_id>/", account, name="account"),
    path("accounts/<uuid:public_id>/edit/", account_edit, name="account_edit"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/gateways/", evidence.gateways, name="gateways"),
    path("evidence/gateways/add/", evidence.gateway_add, name="gateway_add"),
    path("evidence/gateways/<int:pk>/switch/", evidence.gateway_switch, name="gateway_switch"),
    path("evidence/quarantine/", evidence.quarantine_by_hand, name="quarantine"),
    path("evidence/<uuid:public_id>/", evidence.burst, name="burst"),
    path("evidence/<uuid:public_id>/release/", evidence.release, name="release"),
    path("evidence/<uuid:public_id>/release/undo/", evidence.release_undo, name="release_undo"),
    path("activities/", activities, name="activities"),
    path("assets/", assets, name="assets"),
    path("assets/new/", asset_edit, name="asset_new"),
    path("assets/<uuid:public_id>/", asset_edit, name="asset_edit"),
    path("a/<uuid:public_id>/", asset_page, name="asset_page"),
    path("a/<uuid:public_id>/take/", asset_take, name="asset_take"),
    path("a/<uuid:public_id>/file/", asset_file, name="asset_file"),
    path("imports/", imports, name="imports"),
    path("imports/new/", import_new, name="import_new"),
    path("imports/<uuid:public_id>/", import_detail, name="import_detail"),
    path("imports/<uuid:public_id>/anew/", import_anew, name="import_anew"),
    path("imports/<uuid:public_id>/run/", import_run, name="import_run"),
    path("imports/<uuid:public_id>/undo/", import_undo, name="import_undo"),
    path("imports/<uuid:public_id>/rejected.csv", import_rejected, name="import_rejected"),
    path("enrichment/directories/new/", directories.directory_new, name="directory_new"),
    path("enrichment/directories/<int:pk>/remove/", directories.directory_remove, name="directory_remove"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<int:pk>/revoke/", keys.revoke, name="key_revoke"),
    path("enrichment/", enrichment, name="enrichment"),
    path("enrichment/remove/", enrichment_remove, name="enrichment_remove"),
    path("sources/", sources, name="sources"),
    path("sources/<int:pk>/", source_edit, name="source_edit"),
    path("sources/<int:pk>/spend/", source_spend, name="source_spend"),
    path("campaigns/<int:pk>/", campaign_edit, name="campaign_edit"),
    path("campaigns/<int:pk>/spend/", campaign_spend, name="campaign_spend"),
    path("tracking/", tracking, name="tracking"),
    path("tracking/sites/", site_add, name="site_add"),
    path("tracking/sites/<int:pk>/remove/", site_remove, name="site_remove"),
    path("forms/", forms, name="forms"),
    path("forms/new/", form_edit, name="form_new"),
    path("forms/<slug:slug>/", form_edit, name="form_edit"),
    path("forms/<slug:slug>/submissions/", submissions, name="submissions"),
    path("forms/<slug:slug>/submissions/leave/", submissions_leave, name="submissions_leave"),
    path("forms/<slug:slug>/submissions.csv", submissions_csv, name="submissions_csv"),
    path("forms/<slug:slug>/submissions/<uuid:public_id>/", submission_review, name="submission_review"),
    path("forms/<slug:slug>/replies/", replies, name="replies"),
    path("f/<slug:slug>/", form_page, name="form_page"),
    path("f/<slug:slug>/thanks/", form_thanks, name="form_thanks"),
    path("f/<slug:slug>/embedded/", form_page, {"embedded": True}, name="form_embedded"),
    path("f/<slug:slug>/embedded/thanks/", form_thanks, {"embedded": True}, name="form_embedded_thanks"),
    path("confirm/<str:token>/", confirm, name="confirm"),
]
