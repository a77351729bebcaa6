"""What the database refuses of leads' deeds, answers and points."""

from leads.models import (
    Activity,
    Asset,
    Burst,
    Counted,
    Directory,
    Fact,
    Field,
    Gateway,
    Grading,
    Lookup,
    LookupEntry,
    LookupTable,
    Rating,
    RuleGroup,
    Score,
    ScoreRule,
    WhatIf,
)
from tests import make, make_scores
from tests.promises.breaking import AT, TIMES, Ledger, again, delete, update


def activity():
    thread = make.lead().identities.get()
    told = {"details": {"title": "Pumps"}, "utm": {"source": "fair"}}
    return Activity.objects.create(id=1, identity=thread, kind="visit", dedupe_key="1", **told, **TIMES)


def burst(**details):
    return Burst.objects.create(**{"rule": "links", "at": AT, **details})


def grading(**said):
    thread = make.lead().identities.get()
    told = {"activity_id": 1, "activity_at": AT, "before": 2, "grade": 1, "rule": "links", **said}
    return Grading.objects.create(identity=thread, **told, **TIMES)


def gateway(pattern="scanbot"):
    return Gateway.objects.create(name="Theirs", what="agent", pattern=pattern, at=AT)


def counted():
    return Counted.objects.create(lead=make.lead(), signal=make_scores.signal(), unit="Monday", at=AT)


def fact(**about):
    asked = Field.objects.get_or_create(key="hobby", defaults={"label": "Hobby"})[0]
    return Fact.objects.create(field=asked, value="Chess", saying=2, **about, **TIMES)


def rating(value=2):
    return Rating.objects.create(lead=make.lead(), criterion="need", value=value, **TIMES)


def rule(**about):
    return make_scores.sheet().rules.create(label="Rule", points=1, **about)


def score(**details):
    return Score.objects.create(
        lead=make.lead(), sheet=make_scores.sheet(), **{"points": 1, "at": AT, **details}
    )


def directory(address="https://directory.example/{domain}", **said):
    told = {"name": "Register", "mapping": {}, "at": AT, **said}
    return Directory.objects.create(address=address, **told)


def entry(key="aas.example"):
    table = LookupTable.objects.create(name="own.csv", key="domain", at=AT)
    return LookupEntry.objects.create(table=table, key=key, answers={})


def lookup(**told):
    return Lookup.objects.create(
        **{"lead": make.lead(), "adapter": "table", "at": AT, "outcome": "nothing", **told}
    )


def frozen():
    held = make_scores.group(make_scores.rule({}, 10), make_scores.rule({}, 20))
    sheet = make_scores.sheet(*held)
    update(sheet, frozen_at=AT)
    return sheet


def group(cap=30):
    return RuleGroup.objects.create(sheet=make_scores.sheet(), name="Visits", cap=cap)


def move_a_rule_to_a_frozen_sheet():
    made = make_scores.sheet(make_scores.rule({}))
    update(made.rules.get(), sheet=frozen())


def is_a_changed_signal_to_be_counted():
    signal = make_scores.signal()
    update(signal, half_life_days=3)
    signal.refresh_from_db()
    return (signal.counted_to, signal.waits_for) == (0, None)


ILLEGAL = {
    "an_asset_is_of_level_1_to_3": lambda: Asset.objects.create(name="Deep", kind="ebook", level=4),
    "an_event_is_one_activity": lambda: again(activity(), id=2),
    "a_burst_is_made_by_hand_if_and_only_if_by_somebody": [
        lambda: burst(rule="hand"),
        lambda: burst(by=make.user()),
    ],
    "a_grading_is_by_a_rule_or_by_somebody_who_says_why": [
        lambda: grading(rule=""),
        lambda: grading(by=make.user(), why="I know"),
        lambda: grading(rule="", by=make.user()),
    ],
    "a_word_is_taken_back_by_somebody": lambda: grading(undoes=grading()),
    "a_grading_names_a_grade": [lambda: grading(grade=0), lambda: grading(grade=4)],
    "a_gateway_is_known_by_a_pattern_once": lambda: again(gateway()),
    "a_gateway_is_known_by_something": lambda: gateway(""),
    "a_signal_counts_each_unit_of_a_lead_once": lambda: again(counted()),
    "a_fact_is_about_one_lead_or_one_account": [
        fact,
        lambda: fact(lead=make.lead(), account=make.account()),
    ],
    "a_table_says_one_thing_of_each_key": lambda: again(entry()),
    "a_key_is_in_small_letters": lambda: entry("Aas.example"),
    "one_lookup_per_lead_and_adapter": lambda: again(lookup()),
    "one_directory_per_name": lambda: again(directory()),
    "a_directory_is_asked_behind_its_host": [
        lambda: directory(address="https://{domain}/"),
        lambda: directory(address="https://a{domain}.example/?{email}"),
        lambda: directory(address="file:///{domain}"),
        lambda: directory(address="https://directory.example/"),
        lambda: directory(address="https://me@directory.example/{domain}"),
    ],
    "a_secret_has_its_header": [lambda: directory(secret="x"), lambda: directory(header="Authorization")],
    "a_directory_says_one_thing_of_each_key": lambda: again(
        directory().answers.create(key="aas.example", answers={}, at=AT)
    ),
    "a_lookup_that_failed_says_why": [lambda: lookup(outcome="failed"), lambda: lookup(trouble="Away")],
    "a_lookup_learned_something_or_did_not": lambda: lookup(outcome="learned"),
    "a_rating_is_1_to_3_or_unknown": [lambda: rating(0), lambda: rating(4)],
    "a_half_life_is_a_day_at_least": lambda: make_scores.signal(half_life_days=0.9),
    "a_window_is_a_day_at_least": lambda: make_scores.signal(window_days=0),
    "a_machine_earns_nothing": lambda: make_scores.signal(least_grade=1),
    "slots_count_from_1": lambda: update(make_scores.signal(), slot=0),
    "one_sheet_per_name_and_number": lambda: again(make_scores.sheet()),
    "a_rule_speaks_of_a_characteristic_or_of_a_signal": [
        rule,
        lambda: rule(condition={"field": "country"}, signal=make_scores.signal()),
    ],
    "one_score_per_lead_and_sheet": lambda: again(score()),
    "what_is_counted_is_told": lambda: WhatIf.objects.create(
        sheet=make_scores.sheet(), before={}, after={}, marks=[], state="done", at=AT
    ),
    "a_score_is_its_fit_and_its_engagement": lambda: score(points=10, fit=4, engagement=5),
    "one_group_per_sheet_and_name": lambda: again(group()),
    "a_group_may_earn_a_point_at_least": lambda: group(cap=0),
    "one_likely_event_may_earn_a_point_at_least": lambda: make_scores.sheet(likely_each=0),
    "a_frozen_sheet_never_changes": lambda: update(frozen(), likely_cap=7),
    "rules_of_a_frozen_sheet_never_change": [
        lambda: frozen().rules.update(points=99),
        lambda: delete(frozen().rules.first()),
    ],
    "groups_of_a_frozen_sheet_never_change": lambda: update(frozen().groups.get(), cap=99),
    "a_frozen_sheet_gets_no_new_rules": [
        lambda: ScoreRule.objects.create(sheet=frozen(), label="Three", condition={}, points=1),
        move_a_rule_to_a_frozen_sheet,
    ],
}
LEDGERS = {
    "activities_are_never_changed": Ledger(activity, erasable={"details": None, "utm": None}),
    "gradings_are_never_changed": Ledger(
        lambda: grading(rule="", by=make.user(), why="I know"), erasable={"why": "erased"}
    ),
    "facts_are_never_changed": Ledger(lambda: fact(lead=make.lead()), erasable={"value": None}),
    "ratings_are_never_changed": Ledger(rating),
}
WRITERS = {"a_signal_that_counts_differently_counts_anew": is_a_changed_signal_to_be_counted}
