"""The fields that ship with Baton; customers add their own beside them."""

from leads.models import Field

TEXT, NUMBER, CHOICE, DATE, MONEY = (
    Field.Type.TEXT, Field.Type.NUMBER, Field.Type.CHOICE, Field.Type.DATE, Field.Type.MONEY,
)  # fmt: skip
LEAD, ACCOUNT = Field.About.LEAD, Field.About.ACCOUNT

#: key, label, about, type, choices
FIELDS: tuple[tuple[str, str, str, str, list[str]], ...] = (
    ("title", "Job title", LEAD, TEXT, []),
    ("job_function", "Job function", LEAD, CHOICE,
     ["Operations", "Engineering", "Purchasing", "Finance", "IT", "Marketing", "General management"]),
    ("buying_role", "Role in buying", LEAD, CHOICE,
     ["Decider", "Recommends", "Uses it", "Researches", "Signs off"]),
    ("interest", "Interest", LEAD, TEXT, []),
    ("budget", "Budget", LEAD, TEXT, []),
    ("authority_words", "Authority", LEAD, TEXT, []),
    ("need_words", "Need", LEAD, TEXT, []),
    ("timeline", "Timeline", LEAD, TEXT, []),
    ("buys_by", "Wants to buy by", LEAD, DATE, []),
    ("comment", "What they wrote", LEAD, TEXT, []),
    ("landing_page", "Landing page", LEAD, TEXT, []),
    ("industry", "Industry", ACCOUNT, TEXT, []),
    ("employees", "Employees", ACCOUNT, NUMBER, []),
    ("revenue", "Yearly revenue", ACCOUNT, MONEY, []),
    ("city", "City", ACCOUNT, TEXT, []),
)  # fmt: skip


def ensure(using: str = "default", **kwargs) -> None:
    """The standard fields exist after every migrate and every flush; labels that people changed stay."""
    for key, label, about, kind, choices in FIELDS:
        Field.objects.using(using).get_or_create(
            key=key,
            defaults={"label": label, "about": about, "type": kind, "choices": choices, "standard": True},
        )
