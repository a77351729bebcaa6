"""The statements by which arrivals become leads; `leads.intake` runs them, in this order.

They work on a temporary table of the connection that is emptied at every commit, so one form costs the
same statements as a file of 100,000 rows. `leader` is the `first` row about the same person; `new_id` is
the id that the person gets if nobody of theirs is known yet, `lead_id` whoever is known already.
"""

COLUMNS = (
    "line", "leader", "email", "phone", "postal_address", "outside_id", "first_name", "last_name", "company",
    "domain", "country", "time_zone", "source_id", "campaign_id", "custodian_id", "new_id", "at", "known_at",
    "dated", "first", "consent", "facts", "account_facts",
)  # fmt: skip

TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS arriving (
        line int, leader int, email text, phone text, postal_address text, outside_id text, first_name text,
        last_name text, company text, domain text, country text, time_zone text, source_id bigint,
        campaign_id bigint, custodian_id bigint, new_id bigint, at timestamptz, known_at timestamptz,
        dated boolean, first boolean, consent text, facts jsonb, account_facts jsonb, lead_id bigint,
        account_id bigint
    ) ON COMMIT DELETE ROWS
"""
#: For this transaction: our triggers need not find out by an error that none of them is ignored (each error
#: walks the whole queue of deferred triggers), and no statement here is worth compiling.
QUICKLY = """
    SELECT set_config('jit', 'off', true),
           set_config('pgtrigger.ignore',
                      COALESCE(NULLIF(current_setting('pgtrigger.ignore', true), ''), '{}'), true)
"""
COPY = f"COPY arriving ({', '.join(COLUMNS)}) FROM STDIN"

#: Who is known already: by e-mail or by outside id, whatever the case.
RESOLVE = """
    UPDATE arriving SET lead_id = COALESCE(by_email.id, by_outside_id.id)
    FROM arriving leader
    LEFT JOIN leads_lead by_email
           ON lower(by_email.email) = lower(leader.email) AND leader.email <> ''
          AND NOT by_email.email = '' AND by_email.merged_into_id IS NULL
    LEFT JOIN leads_lead by_outside_id
           ON lower(by_outside_id.outside_id) = lower(leader.outside_id) AND leader.outside_id <> ''
          AND NOT by_outside_id.outside_id = '' AND by_outside_id.merged_into_id IS NULL
    WHERE arriving.leader = leader.line AND COALESCE(by_email.id, by_outside_id.id) IS NOT NULL
    RETURNING arriving.line, arriving.lead_id, by_email.id <> by_outside_id.id
"""

#: Who was merged into somebody is that person, under either address.
RESOLVE_MERGED = """
    UPDATE arriving SET lead_id = COALESCE(by_email.merged_into_id, by_outside_id.merged_into_id)
    FROM arriving leader
    LEFT JOIN leads_lead by_email
           ON lower(by_email.email) = lower(leader.email) AND leader.email <> ''
          AND by_email.merged_into_id IS NOT NULL
    LEFT JOIN leads_lead by_outside_id
           ON lower(by_outside_id.outside_id) = lower(leader.outside_id) AND leader.outside_id <> ''
          AND by_outside_id.merged_into_id IS NOT NULL
    WHERE arriving.leader = leader.line AND leader.lead_id IS NULL
      AND COALESCE(by_email.merged_into_id, by_outside_id.merged_into_id) IS NOT NULL
    RETURNING arriving.line, arriving.lead_id, false
"""

#: Who gave neither is the person of that name with that phone, else with that postal address.
RESOLVE_NAMES = """
    UPDATE arriving SET lead_id = known.id
    FROM (
        SELECT leader.line, min(lead.id) AS id
        FROM arriving leader
        JOIN leads_lead lead ON {same} AND lead.merged_into_id IS NULL
         AND lower(lead.first_name) = lower(leader.first_name)
         AND lower(lead.last_name) = lower(leader.last_name)
        WHERE leader.email = '' AND leader.outside_id = '' AND leader.lead_id IS NULL
        GROUP BY leader.line
    ) known
    WHERE arriving.leader = known.line
    RETURNING arriving.line, arriving.lead_id, false
"""
SAME_PHONE = "lead.phone = leader.phone AND leader.phone <> '' AND NOT lead.phone = ''"
SAME_ADDRESS = "leader.phone = '' AND lower(lead.postal_address) = lower(leader.postal_address)"

REFUSE = "DELETE FROM arriving WHERE line = ANY(%(lines)s)"

#: A company is its domain; without one, its name.
MAKE_ACCOUNTS = """
    WITH company AS (
        SELECT DISTINCT ON (lower(domain), CASE WHEN domain = '' THEN lower(company) END)
               COALESCE(NULLIF(company, ''), domain) AS name, domain
        FROM arriving WHERE domain <> '' OR company <> ''
        ORDER BY lower(domain), CASE WHEN domain = '' THEN lower(company) END, company = '', line
    )
    INSERT INTO leads_account (public_id, name, domain, facts, is_target, imported_by_id, at)
    SELECT gen_random_uuid(), company.name, lower(company.domain), '{}', false, %(batch)s, %(at)s
    FROM company
    WHERE NOT EXISTS (SELECT FROM leads_account known
                      WHERE company.domain <> '' AND NOT known.domain = ''
                        AND lower(known.domain) = lower(company.domain))
      AND NOT EXISTS (SELECT FROM leads_accountdomain alias
                      WHERE company.domain <> '' AND lower(alias.domain) = lower(company.domain))
      AND NOT EXISTS (SELECT FROM leads_account known
                      WHERE company.domain = '' AND lower(known.name) = lower(company.name))
    ON CONFLICT DO NOTHING
"""
JOIN_ACCOUNTS = """
    UPDATE arriving SET account_id = COALESCE(known.merged_into_id, known.id)
    FROM (SELECT domain, id, merged_into_id FROM leads_account WHERE NOT domain = ''
          UNION ALL
          SELECT alias.domain, account.id, account.merged_into_id
          FROM leads_accountdomain alias JOIN leads_account account ON account.id = alias.account_id) known
    WHERE arriving.domain <> '' AND lower(known.domain) = lower(arriving.domain)
"""
JOIN_NAMED_ACCOUNTS = """
    UPDATE arriving SET account_id = known.id
    FROM (SELECT lower(name) AS name, min(COALESCE(merged_into_id, id)) AS id FROM leads_account
          WHERE lower(name) IN (SELECT lower(company) FROM arriving WHERE domain = '' AND company <> '')
          GROUP BY lower(name)) known
    WHERE arriving.domain = '' AND arriving.company <> '' AND known.name = lower(arriving.company)
"""

#: A new lead, the thread of their activities, their tally, who holds them and their first stage.
CREATE = """
    WITH created AS (
        INSERT INTO leads_lead (
            id, public_id, email, phone, postal_address, outside_id, first_name, last_name, country,
            time_zone, stage, facts, refused, closed_cause, at, known_at, account_id, source_id,
            campaign_id, imported_by_id)
        SELECT new_id, gen_random_uuid(), email, phone, postal_address, outside_id, first_name, last_name,
               country, time_zone, 'lead', arriving.facts,
               CASE WHEN gone.id IS NULL THEN '[]' ELSE '["email"]' END::jsonb,
               '', arriving.at, known_at, account_id, source_id, campaign_id, %(batch)s
        FROM arriving
        LEFT JOIN leads_suppression gone
               ON gone.channel = 'email' AND lower(gone.address) = lower(email) AND email <> ''
        WHERE lead_id IS NULL AND first
        ORDER BY line
        ON CONFLICT DO NOTHING
        RETURNING id, at, known_at
    ), identity AS (
        INSERT INTO leads_identity (key, lead_id, at, joined_at)
        SELECT gen_random_uuid(), id, at, at FROM created
    ), tally AS (
        INSERT INTO leads_tally (lead_id, sums) SELECT id, '{}' FROM created
    ), custody AS (
        INSERT INTO leads_custody (
            lead_id, custodian_id, side, next_action, next_action_at, reason, since)
        SELECT created.id, custodian_id, 'marketing', 'enroll', %(at)s, %(reason)s, %(at)s
        FROM created JOIN arriving ON new_id = created.id AND first
    ), stage AS (
        INSERT INTO leads_stagechange (
            lead_id, from_stage, to_stage, trigger, by_id, imported_by_id, at, known_at)
        SELECT id, '', 'lead', %(reason)s, %(by)s, %(batch)s, at, known_at FROM created
    )
    SELECT id FROM created
"""

#: Who was closed and has been in touch since: not who was closed before the contact that we know of.
RETURNED = """
    SELECT lead.id, custodian_id, lead.stage
    FROM arriving JOIN leads_lead lead ON lead.id = lead_id
    WHERE lead.closed_at < arriving.at AND lead.at < arriving.at AND dated AND first
"""

LOCK_ACCOUNTS = """
    SELECT FROM leads_account
    WHERE id IN (SELECT account_id FROM arriving WHERE account_facts <> '{}') ORDER BY id FOR NO KEY UPDATE
"""
LOCK_LEADS = """
    SELECT FROM leads_lead
    WHERE id IN (SELECT lead_id FROM arriving) ORDER BY id FOR NO KEY UPDATE
"""

#: What is said anew. A form's answer counts however often it is given, but once for one instant. A file
#: repeats what an earlier one said, so its row adds nothing where the answer that stands says the same,
#: or came with a file that said the same too (a company's rows may contradict each other).
APPEND = """
    INSERT INTO leads_fact (
        lead_id, account_id, field_id, value, saying, by_id, imported_by_id, at, known_at)
    SELECT {lead}, {account}, field.id, said.value, %(saying)s, %(by)s, %(batch)s, said.at,
           said.known_at
    FROM (
        SELECT {once} line, lead_id, new_id, account_id, at, known_at, told.key, told.value
        FROM arriving CROSS JOIN LATERAL jsonb_each(arriving.{facts}) told (key, value)
        {order}
    ) said
    JOIN leads_field field ON field.key = said.key
    LEFT JOIN LATERAL (
        SELECT value, at, imported_by_id FROM leads_fact fact
        WHERE fact.{subject}_id = said.{subject}_id AND fact.field_id = field.id
          AND fact.saying = %(saying)s AND fact.at <= said.at
        ORDER BY fact.at DESC, fact.id DESC LIMIT 1
    ) stands ON true
    WHERE (stands.value IS NULL
       OR NOT (stands.value = said.value AND (stands.at = said.at OR %(batch)s IS NOT NULL)
               OR EXISTS (
                   SELECT FROM leads_fact fact
                   WHERE fact.{subject}_id = said.{subject}_id AND fact.field_id = field.id
                     AND fact.saying = %(saying)s AND fact.value = said.value
                     AND (fact.at = said.at OR fact.imported_by_id = stands.imported_by_id))))
      AND NOT (said.key = ANY(%(blanks_only)s) AND EXISTS (
          SELECT FROM leads_fact fact
          WHERE fact.{subject}_id = said.{subject}_id AND fact.field_id = field.id
            AND fact.value IS NOT NULL))
      AND NOT (said.key = ANY(%(new_only)s) AND EXISTS (
          SELECT FROM leads_{subject} known
          WHERE known.id = said.{subject}_id AND known.imported_by_id IS DISTINCT FROM %(batch)s))
    ORDER BY line
    RETURNING lead_id, account_id, field_id
"""
APPEND_LEADS = APPEND.format(
    lead="COALESCE(lead_id, new_id)", account="NULL", facts="facts", subject="lead", once="", order=""
)
APPEND_ACCOUNTS = APPEND.format(
    lead="NULL",
    account="account_id",
    facts="account_facts",
    subject="account",
    once="DISTINCT ON (account_id, told.key, told.value, at)",
    order="ORDER BY account_id, told.key, told.value, at, line DESC",  # many rows say the same of a company
)

#: Whose rows said something about these companies.
TOLD_OF = """
    SELECT COALESCE(lead_id, new_id) FROM arriving
    WHERE account_id = ANY(%(accounts)s) AND account_facts <> '{}'
"""

CONSENT = """
    INSERT INTO leads_consent (lead_id, channel, given, evidence, by_id, imported_by_id, at, known_at)
    SELECT DISTINCT ON (COALESCE(lead_id, new_id))
           COALESCE(lead_id, new_id), 'email', true, consent, %(by)s, %(batch)s, arriving.at,
           arriving.known_at
    FROM arriving JOIN leads_lead lead ON lead.id = COALESCE(lead_id, new_id)
    WHERE consent <> '' AND NOT lead.refused ? 'email'
      AND NOT EXISTS (SELECT FROM leads_consent given
                      WHERE given.lead_id = lead.id AND given.channel = 'email' AND given.given)
    ORDER BY COALESCE(lead_id, new_id), line
    RETURNING lead_id
"""
