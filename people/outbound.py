"""May mail leave this installation? A restored copy of the database must not write to anybody.

Who sends notes when it was last alive, and on which instance: the database server's own identity with the
name of the place. A copy has another identity, or finds that its last sign of life is hours old; then
everything outbound is held until a manager says that this is the one that counts.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from people.duty import ClockTimestamp
from people.models import Heartbeat

SENDER = "sender"
SILENCE = timedelta(hours=6)
IDENTITY = """
    SELECT system_identifier || '.' || (SELECT oid FROM pg_database WHERE datname = current_database())
    FROM pg_control_system()
"""


def instance() -> str:
    """Which installation this is: this database on this server, reached as this place."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        return f"{cursor.fetchone()[0]} {settings.INSTANCE}"[:80]


def held() -> str:
    """Why nothing may leave just now, in words; empty when mail may go."""
    last = Heartbeat.objects.filter(name=SENDER).annotate(now=ClockTimestamp()).first()
    if last is None:
        return ""
    if last.instance != instance():
        return _("This looks like a copy of another installation.")
    if last.now - last.at > SILENCE and not settings.EMAIL_IS_A_SINK:
        return _("Nothing was sent for more than six hours, so this may be a restored copy.")
    return ""


def beat() -> bool:
    """Note that the sender is alive and say whether it may send; while held nothing is noted."""
    if held():
        return False
    confirm()
    return True


def confirm() -> None:
    """A person says, or the sender knows, that this is the installation that counts."""
    Heartbeat.objects.update_or_create(name=SENDER, defaults={"instance": instance(), "at": ClockTimestamp()})
