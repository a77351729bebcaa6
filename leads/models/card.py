import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models

#: What a lead is found and sorted by. Without case and accents, so that "odegard" finds Ødegård; the space
#: in front of every word lets two letters find the words that begin with them.
WORDS = r"""lower(unaccent(concat_ws(' ', '', lead.first_name, lead.last_name, lead.email,
    regexp_replace(lead.phone, '[^0-9+]', '', 'g'), lead.outside_id, account.name)))"""
NAME = r"""left(lower(unaccent(COALESCE(NULLIF(btrim(concat_ws(' ', lead.last_name, lead.first_name)), ''),
    NULLIF(lead.email, ''), NULLIF(lead.phone, ''), lead.outside_id))), 200)"""
COMPANY = "lower(unaccent(COALESCE(account.name, '')))"

WRITE = """
    INSERT INTO leads_indexcard (lead_id, words, name, company)
    SELECT lead.id, {words}, {name}, {company}
    FROM {leads} lead LEFT JOIN leads_account account ON account.id = lead.account_id
    ON CONFLICT (lead_id) DO UPDATE SET
        words = EXCLUDED.words, name = EXCLUDED.name, company = EXCLUDED.company
    WHERE (leads_indexcard.words, leads_indexcard.name, leads_indexcard.company)
          IS DISTINCT FROM (EXCLUDED.words, EXCLUDED.name, EXCLUDED.company);
"""


def write_cards(leads: str) -> str:
    """The statement that writes the cards of these leads: a table or a query in brackets."""
    return WRITE.format(words=WORDS, name=NAME, company=COMPANY, leads=leads)


#: Triggers of the lead: set-based when rows come in, by the row when what stands on a card changes.
OF_LEADS = [
    pgtrigger.Trigger(
        name="every_lead_has_an_index_card",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(new="arrived"),
        func=f"{write_cards('arrived')} RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="an_index_card_says_what_its_lead_says",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("first_name", "last_name", "email", "phone", "outside_id", "account_id"),
        func=f"{write_cards('(SELECT NEW.*)')} RETURN NULL;",
    ),
]
OF_COMPANY = "(SELECT * FROM leads_lead WHERE account_id = NEW.id)"
OF_ACCOUNTS = [
    pgtrigger.Trigger(
        name="index_cards_follow_the_name_of_their_company",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("name"),
        condition=pgtrigger.Condition("OLD.name IS DISTINCT FROM NEW.name"),
        func=f"{write_cards(OF_COMPANY)} RETURN NULL;",
    )
]


class IndexCard(models.Model):
    """What a lead is found and sorted by, in one line; written by the database itself."""

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="card")
    words = models.TextField()
    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200)

    class Meta:
        indexes = [
            models.Index(fields=["name", "lead"], name="card_by_name"),
            models.Index(fields=["company", "lead"], name="card_by_company"),
            GinIndex(fields=["words"], opclasses=["gin_trgm_ops"], name="card_by_words"),
        ]

    def __str__(self):
        return self.words.strip()
