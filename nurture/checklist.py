"""What nurture needs before leads can flow."""

from django.urls import reverse
from django.utils.translation import gettext as _

from nurture.models import TrackVersion
from people.checklist import Duty, duty


@duty(order=60)
def published() -> Duty:
    done = TrackVersion.objects.filter(published_at__isnull=False).exists()
    return Duty(_("Publish the first track"), reverse("tracks"), done)
