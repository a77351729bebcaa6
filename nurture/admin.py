"""The nouns of nurture in the admin, to be read: tracks are edited and published on their own pages."""

from django.contrib import admin

from nurture.models import Enrollment, Part, Step, Task, Touch, Track, TrackVersion
from people.admin import Pane, Window


class VersionPane(Pane):
    model = TrackVersion
    fields = ("number", "published_at", "published_by")
    show_change_link = True


@admin.register(Track)
class TrackAdmin(Window):
    list_display = ("name", "state", "priority", "calendar", "sender")
    list_filter = ("state",)
    list_select_related = ("calendar", "sender")
    search_fields = ("name",)
    inlines = (VersionPane,)


class StepPane(Pane):
    model = Step
    fields = ("position", "name", "wait", "unit", "at_time")
    show_change_link = True


@admin.register(TrackVersion)
class TrackVersionAdmin(Window):
    list_display = ("track", "number", "published_at", "published_by")
    list_select_related = ("track", "published_by")
    inlines = (StepPane,)


class PartPane(Pane):
    model = Part
    fields = ("number", "channel", "subject", "body", "wait_days")


@admin.register(Step)
class StepAdmin(Window):
    list_display = ("name", "version", "position", "wait", "unit")
    list_select_related = ("version__track",)
    search_fields = ("name",)
    inlines = (PartPane,)


@admin.register(Enrollment)
class EnrollmentAdmin(Window):
    list_display = ("lead", "track", "state", "reason", "at", "ended_because")
    list_filter = ("state", "track")
    list_select_related = ("lead", "track")
    search_fields = ("lead__email", "lead__last_name")


@admin.register(Touch)
class TouchAdmin(Window):
    list_display = ("lead", "step", "channel", "state", "due_at", "sent_at", "reason")
    list_filter = ("state", "channel")
    list_select_related = ("lead", "step")
    search_fields = ("lead__email", "lead__last_name", "public_id")


@admin.register(Task)
class TaskAdmin(Window):
    list_display = ("lead", "team", "due_at", "disposition", "done_by", "done_at")
    list_filter = ("disposition", "team")
    list_select_related = ("lead", "team", "done_by")
    search_fields = ("lead__email", "lead__last_name")
