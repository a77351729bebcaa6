"""What the database refuses of lists of leads, and what it writes for them."""

from leads.models import Export, IndexCard, SavedView
from tests import make
from tests.promises.breaking import AT, again, delete, update


def view(**details):
    return SavedView.objects.create(name="Mine", owner=make.user(), at=AT, **details)


def export():
    return Export.objects.create(by=make.user(), format="csv", said="Everybody", leads=3, at=AT)


def card_of(lead, **said):
    return IndexCard.objects.filter(lead=lead, **said).exists()


def card_of_a_renamed():
    lead = make.lead(first_name="Solveig")
    update(lead, first_name="Marit")
    return card_of(lead, words__contains="marit")


def card_of_somebody_whose_company_is_renamed():
    lead = make.lead(account=make.account())
    update(lead.account, name=f"Aalberg {lead.pk}")
    return card_of(lead, company=f"aalberg {lead.pk}")


ILLEGAL = {
    "one_view_per_owner_and_name": lambda: again(view(), name="MINE"),
    "one_default_view_per_owner": lambda: again(view(is_default=True), name="Another"),
    "the_default_of_a_group_is_shared": lambda: view(default_for=["Sales"]),
    "who_took_what_is_never_changed": [
        lambda: update(export(), query="stage=mql"),
        lambda: delete(export()),
    ],
}
LEDGERS = {}
WRITERS = {
    "every_lead_has_an_index_card": lambda: card_of(make.lead()),
    "an_index_card_says_what_its_lead_says": card_of_a_renamed,
    "index_cards_follow_the_name_of_their_company": card_of_somebody_whose_company_is_renamed,
}
