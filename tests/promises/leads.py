"""What the database refuses of leads: who they are, where they came from, who holds them."""

from leads import custody
from leads.models import (
    AccountMove,
    AccountStanding,
    ApiKey,
    Campaign,
    Consent,
    Custodian,
    CustodyChange,
    Lead,
    Mapping,
    Site,
    Source,
    Spend,
    StageChange,
    Suppression,
    Traffic,
)
from tests import make
from tests.promises.breaking import AT, LATER, TIMES, Ledger, again, delete, settled, twice, update


def with_domain(domain):
    return make.account(domain=domain)


def with_email(email):
    return make.lead(email=email)


def with_outside_id(outside_id):
    return make.lead(outside_id=outside_id)


def suppress(address):
    return Suppression.objects.create(channel="email", address=address, reason="Bounced", at=AT)


def campaign(name):
    return Campaign.objects.create(name=name)


def site(origin):
    return Site.objects.create(origin=origin, at=AT)


def mapping():
    return Mapping.objects.create(what="leads", headers="email", name="fair.csv", at=AT)


def spend(*, of=None, **told):
    kept = {"source": make.source(), "month": AT.date().replace(day=1), "amount": 100, "at": AT}
    return Spend.objects.create(campaign=of and campaign(of), **{**kept, **told})


def consent():
    return Consent.objects.create(lead=make.lead(), channel="email", given=True, evidence="Form", **TIMES)


def closed():
    lead = make.lead()
    custody.close([lead.pk], cause="Gone", at=AT)
    return settled(lead)


def held():
    return settled(make.lead().custody)


def nobody_holds_it():
    return Lead.objects.create(email="new@customer.example", **TIMES)


def hold_a_closed_one():
    was = make.lead().custody
    custody.close([was.pk], cause="Gone", at=AT)
    settled(was).save(force_insert=True)


def standing():
    rep = make.rep()
    told = {"is_target": True, "owner": rep, "by": rep, **TIMES}
    return AccountStanding.objects.create(account=make.account(), **told)


def account_move():
    between = {"was": make.account(), "now": make.account()}
    return AccountMove.objects.create(lead=make.lead(), by=make.user(), at=AT, **between)


def hand_of_sales():
    return Custodian.of(make.rep(), "sales")


def stage_change():
    make.lead().move_to("mql", trigger="Score", at=AT)
    return StageChange.objects.get()


def custodian(**details):
    return Custodian.objects.create(side="marketing", name="Hand", **details)


def rated(criterion):
    return [lambda: update(make.lead(), **{criterion: 0}), lambda: update(make.lead(), **{criterion: 4})]


def is_a_new_hand_remembered():
    lead, rep = make.lead(), make.rep()
    what_next = {"next_action": "contact", "next_action_at": LATER, "reason": "Accepted"}
    custody.hold([lead.pk], Custodian.of(rep, "sales"), at=LATER, **what_next)
    hands = CustodyChange.objects.filter(lead=lead).order_by("at")
    return list(hands.values_list("owner", "at")) == [(None, AT), (rep.pk, LATER)]


def key(**said):
    told = {
        "name": "Webinars",
        "scopes": ["events:write"],
        "digest": "x",
        "by": make.user(),
        "at": AT,
        **said,
    }
    return ApiKey.objects.create(**told)


ILLEGAL = {
    "one_key_per_secret": lambda: again(key()),
    "a_key_may_do_something_that_there_is": [lambda: key(scopes=[]), lambda: key(scopes=["everything"])],
    "a_key_is_revoked_by_somebody": [lambda: key(revoked_at=AT), lambda: key(revoked_by=make.user())],
    "a_revoked_key_stays_revoked": lambda: update(
        key(revoked_at=AT, revoked_by=make.user()), revoked_at=None, revoked_by=None
    ),
    "one_account_per_domain": lambda: twice(with_domain, "acme.example", "ACME.example"),
    "one_account_per_name_without_domain": lambda: twice(make.account, "Acme", "ACME"),
    "one_suppression_per_address": lambda: twice(suppress, "ann@acme.example", "Ann@Acme.example"),
    "one_live_lead_per_email": lambda: twice(with_email, "ann@acme.example", "Ann@Acme.example"),
    "one_live_lead_per_outside_id": lambda: twice(with_outside_id, "crm-7", "CRM-7"),
    "a_lead_can_be_reached": lambda: update(make.lead(), email=""),
    "a_lead_is_closed_if_and_only_if_there_is_a_cause": [
        lambda: update(make.lead(), closed_cause="Gone"),
        lambda: update(closed(), closed_cause=""),
    ],
    "need_is_rated_1_to_3": rated("need"),
    "timeframe_is_rated_1_to_3": rated("timeframe"),
    "authority_is_rated_1_to_3": rated("authority"),
    "profile_is_rated_1_to_3": rated("profile"),
    "every_open_lead_has_exactly_one_custody": [
        nobody_holds_it,
        lambda: update(closed(), closed_at=None, closed_cause=""),
        lambda: update(settled(make.lead()), closed_at=AT, closed_cause="Gone"),
    ],
    "a_lead_loses_its_custody_only_when_it_closes": [lambda: delete(held()), hold_a_closed_one],
    "a_custodian_has_a_user_if_and_only_if_it_is_a_person": [
        lambda: custodian(kind="person"),
        lambda: custodian(kind="track", user=make.user()),
    ],
    "one_hand_per_person_and_side": lambda: again(custodian(kind="person", user=make.user())),
    "sales_custody_if_and_only_if_an_owner": [
        lambda: update(held(), side="sales", custodian=hand_of_sales()),
        lambda: update(held(), owner=make.rep()),
    ],
    "custody_is_on_the_side_of_its_hand": [
        lambda: update(held(), custodian=hand_of_sales()),
        lambda: update(held(), side="sales", owner=make.rep()),
    ],
    "a_hand_stays_on_its_side": lambda: update(hand_of_sales(), side="marketing"),
    "every_next_action_has_a_reason": lambda: update(held(), reason=""),
    "one_source_per_name": lambda: twice(lambda name: Source.objects.create(name=name), "Fair", "FAIR"),
    "one_site_per_origin": lambda: again(site("https://www.example.com")),
    "a_site_is_an_origin_as_browsers_send_it": [
        lambda: site("https://www.example.com/"),
        lambda: site("https://WWW.example.com"),
        lambda: site("www.example.com"),
    ],
    "traffic_is_counted_once_per_place_slot_and_outcome": lambda: again(
        Traffic.objects.create(origin="", slot=AT, outcome="taken", events=1, last_at=AT)
    ),
    "one_campaign_per_name": lambda: twice(campaign, "Spring", "SPRING"),
    "one_mapping_per_kind_and_headers": lambda: again(mapping()),
    "one_spend_per_campaign_and_month": lambda: again(spend(of="Spring")),
    "one_spend_per_source_and_month_beside_its_campaigns": lambda: again(spend()),
    "a_spend_is_of_a_month": lambda: spend(month=AT.date()),
    "a_spend_is_not_negative": lambda: spend(amount=-1),
}
LEDGERS = {
    "account_moves_are_never_changed": Ledger(account_move, erasable={"was_id": None, "now_id": None}),
    "account_standings_are_never_changed": Ledger(standing, erasable={"owner_id": None, "by_id": None}),
    "consents_are_never_changed": Ledger(consent),
    "stage_changes_are_never_changed": Ledger(stage_change),
    "custody_changes_are_never_changed": Ledger(lambda: CustodyChange.objects.get(lead=make.lead())),
}
WRITERS = {"custody_remembers_every_hand": is_a_new_hand_remembered}
