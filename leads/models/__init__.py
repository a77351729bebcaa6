"""The nouns of leads: who they are, what they did, what is known of them, and who holds them."""

from leads.models.account import Account, AccountMove, AccountStanding
from leads.models.account_merge import AccountDomain, AccountMerge, AccountSuspicion, AccountUnmerge
from leads.models.activity import OURS, Activity, Counted, Grade, Kind, Recent
from leads.models.asset import Asset
from leads.models.bulk import BulkAction, BulkReversal, BulkRow
from leads.models.card import IndexCard
from leads.models.consent import Channel, Consent, Suppression
from leads.models.custody import Custodian, Custody, CustodyChange
from leads.models.directory import Directory, DirectoryAnswer
from leads.models.enriching import Lookup, LookupEntry, LookupTable
from leads.models.export import Export
from leads.models.fact import Fact, Field, Rating, Saying
from leads.models.form import Bucket, Form, Question
from leads.models.grading import Burst, Gateway, Grading, Knock, Rule
from leads.models.identity import Identity
from leads.models.imports import Import, Mapping, RejectedRow, Replacement
from leads.models.key import ApiKey
from leads.models.lead import Lead
from leads.models.merge import Merge, Suspicion, Unmerge
from leads.models.score import RuleGroup, Score, ScoreRule, ScoreSheet
from leads.models.signal import Signal, Tally
from leads.models.site import Site, Traffic
from leads.models.source import Campaign, Source, Spend
from leads.models.stage import Stage, StageChange
from leads.models.submission import Reply, Review, Submission
from leads.models.view import SavedView
from leads.models.whatif import WhatIf

__all__ = [
    "OURS", "Account", "AccountDomain", "AccountMerge", "AccountMove", "AccountStanding",
    "AccountSuspicion", "AccountUnmerge", "Activity", "ApiKey", "Asset", "Bucket", "BulkAction",
    "BulkReversal", "BulkRow", "Burst", "Campaign", "Channel", "Consent", "Counted", "Custodian",
    "Custody", "CustodyChange", "Directory", "DirectoryAnswer", "Export", "Fact", "Field", "Form",
    "Gateway", "Grade", "Grading", "Identity", "Import", "IndexCard", "Kind", "Knock", "Lead", "Lookup",
    "LookupEntry", "LookupTable", "Mapping", "Merge", "Question", "Rating", "Recent", "RejectedRow",
    "Replacement", "Reply", "Review", "Rule", "RuleGroup", "SavedView", "Saying", "Score", "ScoreRule",
    "ScoreSheet", "Signal", "Site", "Source", "Spend", "Stage", "StageChange", "Submission",
    "Suppression", "Suspicion", "Tally", "Traffic", "Unmerge", "WhatIf",
]  # fmt: skip
