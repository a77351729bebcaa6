"""What `/t/` is compared with: a plain Django view under WSGI with one INSERT, in a project of its own.

The middleware is what `startproject` writes, and the statement is written by hand, which flatters it.
"""

import json
import os
from datetime import UTC, datetime

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.ROOT_URLCONF = "bench.plain"
settings.MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # without it the apps don't start
]

INSERT = """
    INSERT INTO leads_activity (at, known_at, identity_id, kind, grade, about, dedupe_key, details)
    SELECT %s, %s, id, 'visit', 2, %s, %s, %s FROM leads_identity WHERE key = %s
"""


@csrf_exempt
def plain(request):
    event = json.loads(request.body)
    at = datetime.fromtimestamp(event["t"] / 1000, UTC)
    details = json.dumps({"title": event["n"], "referrer": event["r"]})
    key = f"{event['v']}.{event['i']}"
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [at, timezone.now(), event["u"], key, details, event["v"]])
    return HttpResponse(status=204)


urlpatterns = [path("plain/", plain), path("accounts/login/", lambda request: HttpResponse("here"))]
application = get_wsgi_application()
