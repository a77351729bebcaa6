"""Pages of nurture."""

from django.urls import path

from nurture.views import builder, lanes, outbox, public, publishing, tracks, worklist

urlpatterns = [
    path("tracks/", tracks.tracks, name="tracks"),
    path("tracks/new/", tracks.track_new, name="track_new"),
    path("tracks/import/", tracks.track_import, name="track_import"),
    path("tracks/<uuid:public_id>/", tracks.track, name="track"),
    path("tracks/<uuid:public_id>/save/", tracks.track_save, name="track_save"),
    path("tracks/<uuid:public_id>/clone/", tracks.track_clone, name="track_clone"),
    path("tracks/<uuid:public_id>/export/", tracks.track_export, name="track_export"),
    path("tracks/<uuid:public_id>/publish/", publishing.track_publish, name="track_publish"),
    path("tracks/<uuid:public_id>/pause/", publishing.track_pause, name="track_pause"),
    path("tracks/<uuid:public_id>/resume/", publishing.track_resume, name="track_resume"),
    path("tracks/<uuid:public_id>/edit/", builder.track_edit, name="track_edit"),
    path("tracks/<uuid:public_id>/undo/", builder.track_undo, name="track_undo"),
    path("tracks/<uuid:public_id>/criteria/", builder.criteria_save, name="criteria_save"),
    path("tracks/<uuid:public_id>/steps/", builder.step_add, name="step_add"),
    path("tracks/<uuid:public_id>/steps/branch/", builder.branch_add, name="branch_add"),
    path("tracks/<uuid:public_id>/steps/paste/", builder.step_paste, name="step_paste"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/save/", builder.step_save, name="step_save"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/move/", builder.step_move, name="step_move"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/remove/", builder.step_remove, name="step_remove"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/clone/", builder.step_clone, name="step_clone"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/copy/", builder.step_copy, name="step_copy"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/lanes/", lanes.lane_add, name="lane_add"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/lanes/<int:number>/", lanes.lane_save, name="lane_save"),
    path(
        "tracks/<uuid:public_id>/steps/<uuid:key>/lanes/<int:number>/remove/",
        lanes.lane_remove,
        name="lane_remove",
    ),
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/decide/", worklist.decide, name="decide"),
    path("worklist/<uuid:public_id>/", worklist.task, name="task"),
    path("worklist/<uuid:public_id>/finish/", worklist.task_finish, name="task_finish"),
    path("c/<str:token>/", public.follow, name="follow"),
    path("o/<str:token>.gif", public.opened, name="opened"),
    path("u/<str:token>/", public.unsubscribe, name="unsubscribe"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<str:name>/", outbox.outbox_mail, name="outbox_mail"),
]
