"""The pages on which marketers make forms."""

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads import embedding
from leads.forming import Draft, Overtaken
from leads.models import Form, Submission
from leads.previewing import Eyes, Preview
from people.access import EVERYBODY, MARKETERS, only


@require_safe
@only(*EVERYBODY)
def forms(request):
    counted = Form.objects.select_related("source", "owner").annotate(
        asks=Count("questions", distinct=True),
        admitted=Count("submissions", Q(submissions__outcome="admitted"), distinct=True),
        refused=Count("submissions", Q(submissions__outcome="refused"), distinct=True),
        talks=Count("submissions", Q(submissions__talk_to_sales=True), distinct=True),
        latest=Max("submissions__at"),
    )
    waiting = dict(Submission.objects.waiting().order_by().values_list("form").annotate(Count("pk")))
    rows = [(form, waiting.get(form.pk, 0)) for form in counted]
    may_edit = request.user.is_in(*MARKETERS)
    return render(request, "leads/forms.html", {"rows": rows, "may_edit": may_edit})


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def form_edit(request, slug=None):
    """The builder: every act answers with the draft as it then stands; "save" alone writes."""
    form = get_object_or_404(Form, slug=slug) if slug else None
    draft = Draft(form, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _builder(request, draft, slug)
    act = request.POST.get("act", "save")
    if act == "save":
        return _save(request, draft, slug)
    draft.do(act)
    draft.overlook_trouble()
    return _builder(request, draft, slug, version=request.POST.get("version", ""))


def _save(request, draft, slug):
    seen = request.POST.get("version", "")
    if not draft.is_valid():
        return _builder(request, draft, slug, version=seen, status=422)
    try:
        saved = draft.save(int(seen) if seen.isdecimal() and len(seen) < 10 else 0)
    except Overtaken:
        theirs = Form.objects.get(slug=slug)
        shown = {"version": theirs.version, "theirs": draft.differences(theirs), "status": 409}
        return _builder(request, draft, slug, **shown)
    messages.success(request, _("“%(form)s” is saved.") % {"form": saved.title})
    return redirect("form_edit", saved.slug)


def _builder(request, draft, slug, *, version="", theirs=None, status=200):
    eyes = Eyes(draft, request.user, draft.post)
    shown = {
        "draft": draft,
        "words": draft.words,
        "form": draft.form,
        "slug": slug,
        "version": version or (draft.form.version if draft.form else ""),
        "theirs": theirs,
        "eyes": eyes,
        "preview": Preview(draft, eyes, timezone.now()),
        "waiting": draft.form.submissions.waiting().count() if draft.form else 0,
        "snippet": embedding.snippet(draft.form) if draft.form else "",
    }
    return render(request, "leads/form_edit.html", shown, status=status)
