"""Assets: the list and the page on which marketers keep them, and the page from which leads take them."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.validators import URLValidator
from django.db.models import Count, Max, OuterRef, Subquery
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import delivering, timeline
from leads.models import Activity, Asset, Form, Kind, Lead
from people.access import EVERYBODY, MARKETERS, only
from people.models import Company

LARGEST = 100 * 2**20
TAKEN = 25


class Draft(forms.ModelForm):
    """An asset as a marketer keeps it."""

    url = forms.URLField(
        label=gettext_lazy("Address"),
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=gettext_lazy("Where it lies elsewhere, when there is no file."),
    )

    class Meta:
        model = Asset
        fields = ("name", "kind", "summary", "interest", "level", "file", "url", "is_live")
        widgets = {"summary": forms.Textarea({"rows": 3}), "interest": forms.TextInput({"list": "interests"})}
        help_texts = {
            "interest": gettext_lazy("What it speaks of, such as Pumps. It is a lane of a lead's picture."),
            "level": gettext_lazy("Who reads it gets something out of it."),
            "is_live": gettext_lazy("Links that were sent work as long as it is."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and getattr(file, "size", 0) > LARGEST:
            raise forms.ValidationError(_("The file is larger than %(n)d MB.") % {"n": LARGEST // 2**20})
        return file


@require_safe
@only(*EVERYBODY)
def assets(request):
    downloads = Activity.objects.filter(asset=OuterRef("pk"), kind=Kind.DOWNLOAD).order_by().values("asset")
    rows = Asset.objects.annotate(
        takers=Subquery(downloads.annotate(n=Count("identity__lead", distinct=True)).values("n")),
        latest=Subquery(downloads.annotate(at=Max("at")).values("at")),
    )
    shown = {"assets": rows.order_by("-is_live", "name"), "may_edit": request.user.is_in(*MARKETERS)}
    return render(request, "leads/assets.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def asset_edit(request, public_id=None):
    asset = get_object_or_404(Asset, public_id=public_id) if public_id else None
    draft = Draft(request.POST or None, request.FILES or None, instance=asset)
    if request.method == "POST" and draft.is_valid():
        saved = draft.save()
        messages.success(request, _("“%(asset)s” is saved.") % {"asset": saved})
        return redirect("assets")
    interests = Asset.objects.exclude(interest="").order_by("interest")
    shown = {
        "asset": asset,
        "draft": draft,
        "interests": interests.values_list("interest", flat=True).distinct(),
        "there": asset and delivering.where_to_get(asset),
        "forms": asset and Form.objects.filter(asset=asset),
        "taken": asset and _taken(request, asset),
    }
    return render(request, "leads/asset_edit.html", shown, status=422 if draft.errors else 200)


def _taken(request, asset):
    """Who took it, the latest first, among those this reader may see."""
    seen = Lead.objects.visible_to(request.user)
    rows = Activity.objects.filter(asset=asset, kind=Kind.DOWNLOAD, identity__lead__in=seen)
    return timeline.read(rows.select_related("identity__lead__account"), request.GET.get("older", ""), TAKEN)


@login_not_required
@never_cache
@require_safe
def asset_page(request, public_id):
    """Opening it changes nothing: mail gateways open every link."""
    asset = get_object_or_404(Asset, public_id=public_id, is_live=True)
    key = request.GET.get("k", "")
    taker = delivering.read_key(asset, key) if asset.is_there else None
    shown = {
        "form": {"title": asset.name},
        "asset": asset,
        "key": key if taker else "",
        "asking": None if taker else Form.objects.filter(asset=asset, is_live=True).first(),
        "company": Company.current(),
    }
    return render(request, "leads/asset_page.html", shown, status=200 if taker else 410)


@csrf_exempt  # the signed key is the permission
@login_not_required
@never_cache
@require_POST
def asset_take(request, public_id):
    asset = get_object_or_404(Asset, public_id=public_id, is_live=True)
    taker = delivering.read_key(asset, request.POST.get("k", "")) if asset.is_there else None
    if taker is None:
        return redirect("asset_page", public_id)
    return redirect(delivering.take(asset, taker, at=timezone.now()))


@login_not_required
@never_cache
@require_safe
def asset_file(request, public_id):
    asset = get_object_or_404(Asset, public_id=public_id)
    if not asset.file or not delivering.opens_file(asset, request.GET.get("k", "")):
        raise Http404
    try:
        return FileResponse(asset.file.open(), as_attachment=True, filename=asset.file_name)
    except FileNotFoundError as gone:
        raise Http404 from gone
