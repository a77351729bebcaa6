"""What happens around every page."""

import zoneinfo

from django.utils import timezone


class ReaderZone:
    """Shows every time in the reader's own zone: their calendar's, else the installation's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
        else:
            timezone.deactivate()
        return self.get_response(request)
