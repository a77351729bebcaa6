"""Pages: Django on WSGI threads."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Request(WSGIRequest):
    """What was asked, read as UTF-8 whatever it says it were: it could name an alphabet that nobody reads."""

    def _set_content_type_params(self, meta):
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            self.content_type, self.content_params = "", {}


class Pages(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Pages()
