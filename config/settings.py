"""Every setting of Baton, read from the environment; docs/settings.md has the table."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- who we are -------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or embedded.secret_key()
SITE_URL = env.str("SITE_URL", default=embedded.site_url()).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])  # networks whose X-Forwarded-For is believed
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
COMPANY = env.str("COMPANY", default="")
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="")
CURRENCY = env.str("CURRENCY", default="EUR")
CONTACT_CAP = env.str("CONTACT_CAP", default="")  # "3/7": at most 3 mails in 7 days; empty means no cap
FORM_LIMITS = env.str("FORM_LIMITS", default="60/6/60")  # an hour, from one place, address and domain
API_LIMIT = env.int("API_LIMIT", default=600)  # requests in an hour with one key
LOOKUP_PRIVATE = env.bool("LOOKUP_PRIVATE", default=False)  # directories inside this house may be asked
TRACK_OPENS = env.bool("TRACK_OPENS", default=True)  # a picture of one dot in each mail
LEASE_SECONDS = env.int("LEASE_SECONDS", default=120)  # of a claim; longer than any task may run
INSTANCE = env.str("INSTANCE", default="") or urlsplit(SITE_URL).hostname or ""  # differs on a restored copy
SAMPLES_DIR = Path(env.str("SAMPLES_DIR", default=str(BASE_DIR.parent / "shared" / "data")))

# --- servers ----------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="") or embedded.database_url()
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", default=DATABASE_URL)
BROKER_URL = env.str("BROKER_URL", default="") or embedded.broker_url()
CACHE_URL = env.str("CACHE_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="") or embedded.email_url()
EMAIL_IS_A_SINK = not env.str("EMAIL_URL", default="")  # nothing leaves this machine

# Short statements gain nothing from compiling; a trigger that finds no list of triggers to ignore raises
# and catches an error at every row.
SESSION = "-c jit=off -c pgtrigger.ignore={}"
DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            "application_name": env.str("BATON_PROCESS", default="baton"),
            "options": SESSION,
        },
    }
}
if env.bool("DATABASE_POOL", default=False):  # the web only: workers hold short transactions on their own
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 20, "timeout": 15}
    DATABASES["default"]["OPTIONS"]["options"] = SESSION + (
        " -c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=30000"
    )
REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
CACHES = {
    # Throttles count here: in Postgres, so that signing in needs no other server.
    "default": {"BACKEND": REDIS_CACHE, "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "people_cache"},
    # News of the moment, seen across transactions; nothing depends on it.
    "soft": {"BACKEND": REDIS_CACHE, "LOCATION": CACHE_URL or BROKER_URL}
    if (CACHE_URL or BROKER_URL).startswith("redis")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 30
MAIL_LINES = env.int("MAIL_LINES", default=8)  # of each worker to the mail server
MAIL_GROUP = env.int("MAIL_GROUP", default=32)  # mails that a killed worker leaves in doubt at most
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="baton@localhost")
OUTBOX_DIR = Path(env.str("OUTBOX_DIR", default=str(embedded.HOME / "outbox")))

# --- the application --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "lucide",
    "pgtrigger",
    "config",
    "people",
    "leads",
    "nurture",
    "handoff",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.ReaderZone",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "people.templatetags.baton",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- signing in -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "people.signing_in.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "people.sessions"

# --- safety -----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
TRACKING_ASKS = env.bool("TRACKING_ASKS", default=True)  # our own forms report only where the reader said yes
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000  # six for each column of a file of leads
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# --- language, time, files --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(embedded.HOME / "media")))
MEDIA_URL = "/media/"
