"""Public forms: the page a stranger sees, and the pages on which marketers make them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leads import asking
from leads.forming import FormDraft
from leads.models import Form
from people.access import EVERYBODY, MARKETERS, only
from people.models import Company

TRAP = "leave_empty"
LATEST = 20


@csrf_exempt  # it acts for a stranger, with nobody's authority; the seal says that the page is ours
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request, slug):
    form = get_object_or_404(Form, slug=slug, is_live=True)
    if request.method == "POST":
        return _sent(request, form, timezone.now())
    seal = asking.Seal.new(form, timezone.now())
    return _asked(request, form, asking.Questions(form), seal)


def _asked(request, form, questions, seal, *, trouble="", status=200):
    shown = {
        "form": form,
        "questions": questions,
        "seal": seal,
        "trap": TRAP,
        "trouble": trouble,
        "company": Company.current(),
    }
    return render(request, "leads/form_page.html", shown, status=status)


def _sent(request, form, at):
    """Thank, or show what was typed with what is wrong; either way the sending is kept."""
    sent = asking.readable(request.POST)
    questions, seal = asking.Questions(form, sent), asking.Seal.read(sent.get("seal", ""), form)
    if sent.get(TRAP):
        asking.refuse(form, sent, "The box that people don't see was filled in", at=at)
        return redirect("form_thanks", form.slug)
    trouble = seal.doubt(at) if seal else _("Please look it over and send it again.")
    if not trouble and questions.is_valid() and _received(questions, seal, at):
        return redirect("form_thanks", form.slug)
    asking.refuse(form, sent, trouble or _problems(questions), at=at)
    fresh = seal if seal and at - seal.at < asking.OLDEST else asking.Seal.new(form, at)
    return _asked(request, form, questions, fresh, trouble=trouble, status=422)


def _received(questions, seal, at):
    """Take it up; where that fails, what was sent is kept before the failure is heard of."""
    try:
        return asking.receive(questions, seal, at=at)
    except Exception:
        asking.refuse(questions.form, questions.data, "It could not be taken up; the log says why", at=at)
        raise


def _problems(questions) -> str:
    return "; ".join(f"{name}: {' '.join(errors)}" for name, errors in questions.errors.items())


@login_not_required
@require_safe
def form_thanks(request, slug):
    form = get_object_or_404(Form, slug=slug, is_live=True)
    return render(request, "leads/form_thanks.html", {"form": form, "company": Company.current()})


@require_safe
@only(*EVERYBODY)
def forms(request):
    counted = Form.objects.select_related("source").annotate(
        asks=Count("questions", distinct=True),
        admitted=Count("submissions", Q(submissions__outcome="admitted"), distinct=True),
        refused=Count("submissions", Q(submissions__outcome="refused"), distinct=True),
        talks=Count("submissions", Q(submissions__talk_to_sales=True), distinct=True),
        latest=Max("submissions__at"),
    )
    may_edit = request.user.is_in(*MARKETERS)
    return render(request, "leads/forms.html", {"forms": counted, "may_edit": may_edit})


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def form_edit(request, slug=None):
    form = get_object_or_404(Form, slug=slug) if slug else None
    draft = FormDraft(request.POST or None, instance=form)
    if request.method == "POST" and draft.is_valid():
        saved = draft.save()
        messages.success(request, _("“%(form)s” is saved.") % {"form": saved.title})
        return redirect("forms")
    sent = form.submissions.select_related("lead")[:LATEST] if form else ()
    shown = {"draft": draft, "form": form, "slug": slug, "sent": sent}
    return render(request, "leads/form_edit.html", shown, status=422 if draft.errors else 200)
