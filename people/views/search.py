"""Search: a page for a few words, and the same as a fragment for the palette."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from people.access import EVERYBODY, only
from people.finding import find

LONGEST = 200


@require_safe
@only(*EVERYBODY)
def search(request):
    """Without words: where one can go and what one can do."""
    words = request.GET.get("q", "").replace("\0", "").encode(errors="replace").decode()
    words = " ".join(words.split())[:LONGEST]
    groups = find(request.user, words, timezone.now())
    template = "people/_found.html" if request.htmx else "people/search.html"
    return render(request, template, {"q": words, "groups": groups})
