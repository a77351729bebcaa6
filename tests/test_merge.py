"""What a text may say of a lead, and what nobody's name can do to a mail."""

import email
import email.policy
from datetime import UTC, datetime

import pytest

from nurture.merge import ContentError, compiled, destinations, merge, problem_with, script, values_of
from nurture.models import Part
from people.letters import address, letter
from people.models import User

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
NOBODY = {"first_name": "", "last_name": "", "name": "", "email": ""}


def values(**lead):
    return {"lead": {**NOBODY, **lead}, "fields": {"industry": "dairy & more"}, "sender": {"name": "Ines"}}


def merged(body, subject="x", **lead):
    words = compiled(subject, body)
    return merge(words, values(**lead), [f"https://b.example/{n}" for n in range(len(words.links))])


def test_the_text_is_the_markdown_and_the_html_is_its_rendering():
    mail = merged("Hello **{{ lead.first_name }}**", "Hi {{ lead.first_name }}", first_name="Ada")

    assert (mail.subject, mail.text, mail.html) == (
        "Hi Ada",
        "Hello **Ada**",
        "<p>Hello <strong>Ada</strong></p>\n",
    )


def test_a_name_is_never_markup():
    mail = merged("Hello {{ lead.first_name }}", first_name="<b>[x](http://evil.example)</b> **y**")

    assert mail.html == "<p>Hello &lt;b&gt;[x](http://evil.example)&lt;/b&gt; **y**</p>\n"


def test_html_of_the_author_is_shown_and_not_run():
    assert merged("<script>alert(1)</script>").html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_a_default_stands_where_nothing_is_known():
    assert merged('Hello {{ lead.first_name | default: "there" }}').html == "<p>Hello there</p>\n"


@pytest.mark.parametrize(
    "body",
    [
        "{{ nobody.knows }}",
        "{{ lead.password }}",
        "{{ lead.first_name.__class__.__mro__ }}",
        "{{ lead.__class__ }}",
        "{% include 'secrets' %}",
        "{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}",
        "{{ lead.first_name | upcase",
        "{{ lead.first_name | no_such_filter }}",
        "[a](https://{{ fields.industry }}/x)",
        "[a]({{ fields.industry }})",
    ],
)
def test_what_is_not_a_merge_field_is_refused(body):
    with pytest.raises(ContentError):
        merged(body)
    assert "{{" not in body or "](" in body or script_refuses(body)


def script_refuses(body):
    try:
        script(body, values())
    except ContentError:
        return True
    return False


def test_web_links_are_led_through_baton_in_both_halves_and_others_are_left():
    body = "[a](https://a.example/x?y=1&z=2) <https://c.example/> [m](mailto:a@x.example) `https://d.example`"
    words = compiled("x", body)

    mail = merged(body)

    assert destinations(words, values()) == ["https://a.example/x?y=1&z=2", "https://c.example/"]
    assert mail.text == (
        "[a](https://b.example/0) <https://b.example/1> [m](mailto:a@x.example) `https://d.example`"
    )
    assert [mail.html.count(place) for place in ("a.example/x", 'href="https://b.example/0"')] == [0, 1]


def test_what_is_merged_into_an_address_can_not_bend_it():
    words = compiled("x", "[a](https://a.example/{{ lead.name }}/end)")

    assert destinations(words, values(name="../..//evil.example?x#y")) == [
        "https://a.example/..%2F..%2F%2Fevil.example%3Fx%23y/end"
    ]


@pytest.mark.django_db
def test_a_part_says_what_is_wrong_with_it():
    def problem(**details):
        return problem_with(Part(**{"channel": "email", "subject": "x", "body": "y", **details}))

    assert [problem(), problem(body=" "), problem(subject=" "), problem(body="{{ lead.x }}")] == [
        "",
        "The text is empty.",
        "The subject is empty.",
        "lead.x is undefined",
    ]
    assert problem(channel="call", subject="", body="Ask {{ lead.name }}") == ""


@pytest.mark.django_db
def test_every_documented_name_can_be_merged():
    from leads.models import Account, Lead

    lead = Lead(first_name="Ada", email="a@x.example", account=Account(name="X", facts={"employees": 12}))

    known = values_of(lead, User(name="Ines", email="i@y.example"), "Baton AS", ["employees", "title"])

    assert known == {
        "lead": {"first_name": "Ada", "last_name": "", "name": "Ada", "email": "a@x.example"},
        "account": {"name": "X"},
        "sender": {"name": "Ines", "email": "i@y.example", "phone": ""},
        "company": {"name": "Baton AS"},
        "fields": {"employees": "12", "title": ""},
    }


# --- the message as bytes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ines Økafor", "Ines Økafor"),
        ("Ines\r\nBcc: everybody@x.example", "Ines Bcc: everybody@x.example"),
        ('O"Hara, <b>', 'O"Hara, <b>'),
        ("n" * 2000, "n" * 120),
        ("\ud800\u2028\x00", "?"),
    ],
)
def test_no_name_bends_a_mail(name, shown):
    raw = letter(
        sender=address(name, "us@y.example"),
        recipient="a@x.example",
        subject=name,
        text=f"{name}\n.\n..\nFrom here",
        html=f"<p>{name}</p>",
        message_id="<touch.1@baton>",
        at=AT,
        more={"Reply-To": address(name, "i@y.example"), "List-Unsubscribe": "<https://y.example/u/1>"},
    )

    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["From"].addresses[0].display_name == shown
    assert [message.get_all(header) for header in ("Bcc", "Cc")] == [None, None]
    assert message["List-Unsubscribe"] == "<https://y.example/u/1>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert message.get_body(["plain"]).get_content().splitlines()[-3:] == [".", "..", "From here"]
