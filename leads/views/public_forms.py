"""What strangers see of a form: its page, the same inside a page of theirs, thanks, and confirming."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leads import asking, buckets, embedding, passes, receiving, replying, sites, visitors
from leads.delivering import key_of, page_of, read_key, where_to_get
from leads.models import Form
from leads.profiling import STRANGER
from leads.receiving import Doubt, Sender
from leads.seals import Seal
from people.models import Company
from people.whence import whence

LONGEST = 2**20  # bytes; ten thousand characters in each of a hundred boxes


@csrf_exempt  # it acts for a stranger, with nobody's authority; the seal says that the page is ours
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request, slug, embedded=False):
    at, form = timezone.now(), get_object_or_404(Form.objects.select_related("asset"), slug=slug)
    if request.method == "POST":
        answer = _too_long(request, form, embedded) or _sent(request, form, embedded, at)
    elif not form.is_live:
        raise Http404
    else:
        known = passes.known_of(passes.lead_of(request.GET.get(passes.NAME, ""), at))
        answer = _asked(request, form, *asking.shown(form, known, at), embedded=embedded)
    return embedding.let_in(answer, form) if embedded else answer


def _asked(request, form, questions, seal, *, embedded, trouble="", status=200):
    shown = {
        "form": form,
        "questions": questions,
        "seal": seal,
        "trap": receiving.TRAP,
        "browser": getattr(visitors.key_of(request), "hex", ""),
        "trouble": trouble,
        "company": Company.current(),
        "embedded": embedded,
        "line": None if embedded else sites.line_of_ours(),
    }
    return render(request, "leads/form_page.html", shown, status=status)


def _too_long(request, form, embedded):
    """More than anybody types is not even read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) <= min(LONGEST, settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
        return None
    words = _("That is more than this form takes. Please shorten it and send it again.")
    return _said(request, form, words, embedded, 413)


def _said(request, form, words, embedded, status):
    shown = {"form": form, "words": words, "embedded": embedded, "company": Company.current()}
    return render(request, "leads/form_said.html", shown, status=status)


def _sent(request, form, embedded, at):
    """Thank, or show what was typed with what is wrong; either way the sending is kept."""
    sent = asking.readable(request.POST)
    seal = Seal.read(sent.get("seal", ""), form)
    if not (form.is_live or seal):
        raise Http404
    sender = Sender(seal.page if seal else None, buckets.place(whence(request)), visitors.key_of(request))
    questions, fresh = _read(form, sent, seal, at)
    doubt = receiving.doubt(form, sent, seal, sender, at=at)
    if not doubt and questions.is_valid():
        doubt = receiving.too_often(questions, at=at)
        if not doubt and (made := _received(questions, seal, sender, at)):
            return _thanked(form, embedded, made.lead)
    doubt = doubt or Doubt(receiving.Cause.MISTAKE, _problems(questions), is_told=True)
    receiving.refuse(form, seal.in_words(sent) if seal else sent, doubt.cause, doubt.why, sender, at=at)
    return _refused(request, form, questions, fresh, doubt, embedded)


def _read(form, sent, seal, at):
    """The boxes as this page showed them, or would show them to anybody, and a seal that still holds."""
    if seal:
        boxes = asking.Questions(form, asking.asked_then(form, seal), sent, consent=seal.consent)
        return boxes, seal if not seal.is_old(at) else Seal.new(form, at, seal.asked)
    asked = asking.page(form, form.questions.select_related("field"), STRANGER, at)
    fresh = Seal.new(form, at, asking.signs(asked))
    return asking.Questions(form, asked, sent, consent=fresh.consent), fresh


def _received(questions, seal, sender, at):
    """Take it up; where that fails, what was sent is kept before the failure is heard of."""
    try:
        return receiving.receive(questions, seal, sender, at=at)
    except Exception:
        why = "It could not be taken up; the log says why"
        receiving.refuse(questions.form, questions.data, receiving.Cause.OURS, why, sender, at=at)
        raise


def _refused(request, form, questions, seal, doubt, embedded):
    if not doubt.is_told:
        return _thanked(form, embedded)
    if doubt.cause == receiving.Cause.CLOSED:
        words = _("This form was closed while you filled it in. What you sent is kept; somebody reads it.")
        return _said(request, form, words, embedded, 410)
    trouble = doubt.why if doubt.cause == receiving.Cause.UNSEALED else ""
    return _asked(request, form, questions, seal, embedded=embedded, trouble=trouble, status=422)


def _thanked(form, embedded, lead=None):
    """The same for everybody; the key says who takes what was promised."""
    there = reverse("form_embedded_thanks" if embedded else "form_thanks", args=[form.slug])
    return redirect(f"{there}?{urlencode({'k': key_of(form.asset, lead)})}" if form.asset else there)


def _problems(questions) -> str:
    return "; ".join(f"{name}: {' '.join(errors)}" for name, errors in questions.errors.items())


@login_not_required
@require_safe
def form_thanks(request, slug, embedded=False):
    form = get_object_or_404(Form.objects.select_related("asset"), slug=slug, is_live=True)
    shown = {
        "form": form,
        "there": _promised(form.asset, request.GET.get("k", "")) if form.asset else "",
        "company": Company.current(),
        "embedded": embedded,
    }
    answer = render(request, "leads/form_thanks.html", shown)
    return embedding.let_in(answer, form) if embedded else answer


def _promised(asset, key):
    """What was promised, for whoever the key names."""
    known = asset.is_there and read_key(asset, key)
    return page_of(asset, key) if known else where_to_get(asset)


@csrf_exempt  # the signed token is the permission
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request, token):
    """Opening it says what would be confirmed; the button confirms it."""
    at, reply = timezone.now(), replying.read(token)
    if reply is None:
        raise Http404
    if request.method == "POST":
        browser = asking.readable({"it": request.META.get("HTTP_USER_AGENT", "")})["it"].replace("\x00", "")
        replying.confirm(reply, came_from=buckets.place(whence(request)), browser=browser, at=at)
        reply.refresh_from_db()
    shown = {
        "reply": reply,
        "form": reply.form,
        "there": reply.form.asset and where_to_get(reply.form.asset, reply.lead),
        "is_too_late": at - reply.at > replying.GOOD_FOR,
        "company": Company.current(),
    }
    return render(request, "leads/confirm.html", shown)
