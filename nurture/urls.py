"""Pages of nurture."""

from django.urls import path

from nurture.views import outbox, public, tracks, worklist

urlpatterns = [
    path("tracks/", tracks.tracks, name="tracks"),
    path("tracks/new/", tracks.track_new, name="track_new"),
    path("tracks/<uuid:public_id>/", tracks.track, name="track"),
    path("tracks/<uuid:public_id>/edit/", tracks.track_edit, name="track_edit"),
    path("tracks/<uuid:public_id>/save/", tracks.track_save, name="track_save"),
    path("tracks/<uuid:public_id>/publish/", tracks.track_publish, name="track_publish"),
    path("tracks/<uuid:public_id>/pause/", tracks.track_pause, name="track_pause"),
    path("tracks/<uuid:public_id>/steps/", tracks.step_save, name="step_save"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/move/", tracks.step_move, name="step_move"),
    path("tracks/<uuid:public_id>/steps/<uuid:key>/remove/", tracks.step_remove, name="step_remove"),
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
