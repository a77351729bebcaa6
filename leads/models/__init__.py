"""The nouns of leads: who they are, what they did, what is known of them, and who holds them."""

from leads.models.account import Account, AccountStanding
from leads.models.activity import OURS, Activity, Counted, Grade, Kind
from leads.models.asset import Asset
from leads.models.consent import Channel, Consent, Suppression
from leads.models.custody import Custodian, Custody, CustodyChange
from leads.models.fact import Fact, Field, Rating, Saying
from leads.models.form import Form, Question, Submission
from leads.models.identity import Identity
from leads.models.imports import Import, RejectedRow
from leads.models.lead import Lead, Stage, StageChange
from leads.models.score import Score, ScoreRule, ScoreSheet, Signal, Tally
from leads.models.source import Campaign, Source

__all__ = [
    "OURS", "Account", "AccountStanding", "Activity", "Asset", "Campaign", "Channel", "Consent", "Counted",
    "Custodian", "Custody", "CustodyChange", "Fact", "Field", "Form", "Grade", "Identity", "Import", "Kind",
    "Lead", "Question", "Rating", "RejectedRow", "Saying", "Score", "ScoreRule", "ScoreSheet", "Signal",
    "Source", "Stage", "StageChange", "Submission", "Suppression", "Tally",
]  # fmt: skip
