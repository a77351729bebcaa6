"""The nouns of people: who works here, when, and what they are told."""

from people.models.calendar import Absence, Calendar
from people.models.company import Company
from people.models.heartbeat import Heartbeat
from people.models.notice import Notice
from people.models.team import Side, Team
from people.models.user import User

__all__ = ["Absence", "Calendar", "Company", "Heartbeat", "Notice", "Side", "Team", "User"]
