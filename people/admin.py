"""Django's admin as a window: nouns can be kept in order here; states, histories and ledgers only read."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth import admin as auth
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from people.models import Absence, Calendar, Company, Heartbeat, Notice, Team, User
from people.models.user import ADMINISTRATORS

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Baton"
admin.site.index_title = _("A window on everything")


class Noun(admin.ModelAdmin):
    """Something that administrators may add and change."""

    show_full_result_count = False
    list_per_page = 50

    def _administers(self, request) -> bool:
        user = request.user
        return user.is_active and user.is_staff and user.is_in(ADMINISTRATORS)

    def has_module_permission(self, request):
        return self._administers(request)

    def has_view_permission(self, request, obj=None):
        return self._administers(request)

    def has_add_permission(self, request):
        return self._administers(request)

    def has_change_permission(self, request, obj=None):
        return self._administers(request)

    def has_delete_permission(self, request, obj=None):
        return self._administers(request)


class Window(Noun):
    """Something that only verbs write: here it is read."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Pane(admin.TabularInline):
    """Rows of a window that hang on another noun."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class NewUser(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "team")


class ChangedUser(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class AbsenceInline(admin.TabularInline):
    model = Absence
    extra = 0


@admin.register(User)
class UserAdmin(Noun, auth.UserAdmin):
    form, add_form = ChangedUser, NewUser
    list_display = ("name", "email", "team", "is_active", "is_staff")
    list_filter = ("is_active", "groups", "team")
    list_select_related = ("team",)
    search_fields = ("name", "email")
    ordering = ("name",)
    readonly_fields = ("last_login", "date_joined")
    autocomplete_fields = ("team", "calendar")
    filter_horizontal = ("groups",)
    inlines = (AbsenceInline,)
    fieldsets = (
        (None, {"fields": ("name", "email", "password", "phone")}),
        (_("Work"), {"fields": ("team", "groups", "calendar", "weekly_capacity")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("name", "email", "team", "groups", "usable_password", "password1", "password2"),
            },
        ),
    )

    def has_delete_permission(self, request, obj=None):
        return False  # who leaves is made inactive; what they did stays theirs

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()


@admin.register(Team)
class TeamAdmin(Noun):
    list_display = ("name", "side", "calendar", "manager")
    list_filter = ("side",)
    list_select_related = ("calendar", "manager")
    search_fields = ("name",)
    autocomplete_fields = ("calendar", "manager")


@admin.register(Calendar)
class CalendarAdmin(Noun):
    list_display = ("name", "time_zone", "country")
    search_fields = ("name",)


@admin.register(Company)
class CompanyAdmin(Noun):
    list_display = ("name", "postal_address")

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Company.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1  # there is one company
        super().save_model(request, obj, form, change)


@admin.register(Notice)
class NoticeAdmin(Window):
    list_display = ("subject", "user", "recipient", "channel", "state", "at", "read_at")
    list_filter = ("channel", "state", "urgent")
    list_select_related = ("user",)
    search_fields = ("subject", "key")
    date_hierarchy = "at"


@admin.register(Heartbeat)
class HeartbeatAdmin(Window):
    list_display = ("name", "instance", "at")
