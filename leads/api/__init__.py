"""The API under /api/v1/: who is let in, how often, and how trouble is told. Upper apps add their routers.

Every refusal is one object: a title, a status, what is wrong in words, and, where rows or fields are meant,
which. Nothing of a request that is refused as a whole is kept.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from leads import buckets
from leads.holding import NobodyToHold
from leads.models import ApiKey
from people.whence import whence

LARGEST = 2 << 20  # bytes of a request
TITLES = {
    400: "Not JSON",
    401: "No key",
    403: "Not allowed",
    404: "Not found",
    409: "Not possible now",
    413: "Too much at once",
    422: "Not understood",
    429: "Too often",
}


class Trouble(Schema):
    """One thing that is wrong: of which row, counted from 0, and which field."""

    row: int | None = None
    field: str = ""
    problem: str


class Problem(Schema):
    """Why a request was refused."""

    title: str
    status: int
    detail: str
    errors: list[Trouble] = []


class Api(NinjaAPI):
    """Ours has no pages of its own, so its addresses need no name space."""

    def get_root_path(self, path_params: dict[str, Any]) -> str:
        return "/api/v1/"


class Refused(HttpError):
    """A request that is refused as a whole, with what is wrong in its rows."""

    def __init__(self, status: int, detail: str, errors: list[Trouble] | None = None):
        super().__init__(status, detail)
        self.errors = tuple(errors or ())


class Bearer(HttpBearer):
    """`Authorization: Bearer` with the secret of a key."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        at = timezone.now()
        said = request.headers.get("Content-Length") or "0"
        if not said.isdecimal() or len(said) > 9 or int(said) > LARGEST:
            raise Refused(413, _("A request may have %d MB.") % (LARGEST >> 20))
        key = ApiKey.objects.of(token, at=at)
        counted = f"key:{key.pk}" if key else f"wrong key:{buckets.place(whence(request))}"
        if not buckets.draw({counted: buckets.api_limit()}, at=at):
            raise Refused(429, _("Too many requests within an hour; a few are allowed again each minute."))
        return key


api = Api(
    title="Baton",
    version="1.0.0",
    description="What other programs tell Baton. docs/api.md says how to begin.",
    docs_url=None,
    auth=Bearer(),
)


def allow(request: HttpRequest, scope: str) -> ApiKey:
    """The key of this request, where it may do this."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    if scope not in key.scopes:
        raise Refused(403, _("This key may not do that: it lacks %s.") % scope)
    return key


def answer(request: HttpRequest, status: int, detail: str, errors: tuple[Trouble, ...] = ()) -> HttpResponse:
    told = Problem(title=TITLES.get(status, "Refused"), status=status, detail=detail, errors=list(errors))
    made = api.create_response(request, told.model_dump(), status=status)
    if status == 401:
        made["WWW-Authenticate"] = "Bearer"
    if status == 429:
        made["Retry-After"] = "60"
    return made


@api.exception_handler(HttpError)
def refused(request, trouble):
    detail = str(trouble)
    if trouble.status_code == 401:
        detail = _("Send Authorization: Bearer and the secret of a key that was not revoked.")
    return answer(request, trouble.status_code, detail, getattr(trouble, "errors", ()))


@api.exception_handler(ValidationError)
def not_understood(request, trouble):
    errors = tuple(
        Trouble(field=".".join(str(part) for part in one["loc"][2:]), problem=one["msg"])
        for one in trouble.errors
    )
    return answer(request, 422, _("The request does not have the form that it should have."), errors)


@api.exception_handler(Http404)
def not_found(request, trouble):
    return answer(request, 404, _("There is nothing at this address."))


@api.exception_handler(RequestDataTooBig)
def too_big(request, trouble):
    return answer(request, 413, _("A request may have %d MB.") % (LARGEST >> 20))


@api.exception_handler(NobodyToHold)
def nobody_to_hold(request, trouble):
    return answer(request, 409, str(trouble))


@login_not_required
def nowhere(request, rest=""):
    return not_found(request, None)


def urls() -> list[URLPattern]:
    """The addresses of all routers; the key is the permission, so nobody need sign in."""
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    for one in found:
        login_not_required(one.callback)
    return [*found, path("<path:rest>", nowhere, name="api_nowhere"), path("", nowhere, name="api_root")]
