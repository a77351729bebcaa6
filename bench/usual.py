"""What dispatch is compared with: Django templates, EmailMultiAlternatives and one row for each message.

The table holds what the mail needs and when it was sent, and nothing else happens: no claim, no history, no
next step. Sending in a loop over one connection, or in one Celery task each with a connection of its own.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from celery import Celery
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template import Context, Engine
from django.utils import timezone
from markdown_it import MarkdownIt

from bench import mail_data

MAKE = """
    DROP TABLE IF EXISTS bench_mail;
    CREATE TABLE bench_mail (
        id bigint PRIMARY KEY, email text, first_name text, account text, industry text, line text,
        sent_at timestamptz);
    INSERT INTO bench_mail
    SELECT lead.id, email, first_name, account.name, account.facts->>'industry', lead.facts->>'line'
    FROM leads_lead lead JOIN leads_account account ON account.id = lead.account_id
    ORDER BY lead.id LIMIT %s;
"""
READ = "SELECT id, email, first_name, account, industry, line FROM bench_mail WHERE id = %s"
TEXT = Engine().from_string(mail_data.BODY.replace("https://www.example.com/cases", "{{ follow }}"))
HTML = Engine().from_string(
    MarkdownIt().render(mail_data.BODY.replace("https://www.example.com/cases", "{{ follow }}"))
)
SUBJECT = Engine().from_string(mail_data.SUBJECT)

app = Celery("usual", broker=os.environ.get("BENCH_BROKER", "redis://127.0.0.1:6379/8"))
app.conf.update(
    task_ignore_result=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True
)


def make(messages: int) -> list[int]:
    """As many rows that wait; their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [messages])
        cursor.execute("SELECT id FROM bench_mail ORDER BY id")
        return [number for (number,) in cursor.fetchall()]


def send(number: int, line=None) -> None:
    """One message, over this connection or one of its own."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [number])
        _id, email, first_name, account, industry, lead_line = cursor.fetchone()
    token = signing.dumps(number, salt="follow")
    known = Context(
        {
            "lead": {"first_name": first_name},
            "account": {"name": account},
            "fields": {"industry": industry, "line": lead_line},
            "sender": {"name": "Ruth Amaro", "phone": "+47 22 22 22 22"},
            "company": {"name": "Kessel & Strand"},
            "follow": f"{settings.SITE_URL}/c/{token}",
        }
    )
    stop = f"<{settings.SITE_URL}/u/{signing.dumps(number, salt='unsubscribe')}>"
    message = EmailMultiAlternatives(
        SUBJECT.render(known), TEXT.render(known), settings.DEFAULT_FROM_EMAIL, [email], connection=line,
        headers={"List-Unsubscribe": stop, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )  # fmt: skip
    message.attach_alternative(HTML.render(known), "text/html")
    message.send()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bench_mail SET sent_at = %s WHERE id = %s", [timezone.now(), number])


@app.task
def deliver(number: int) -> None:
    send(number)
