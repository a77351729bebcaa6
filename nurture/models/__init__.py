"""The nouns of nurture: plans of touches, who is on them, and every touch that falls due."""

from nurture.models.edit import Edit, Pause
from nurture.models.enrollment import Enrollment
from nurture.models.step import Lane, Part, Step, Variant
from nurture.models.touch import Task, Touch
from nurture.models.track import Track, TrackVersion

__all__ = [
    "Edit",
    "Enrollment",
    "Lane",
    "Part",
    "Pause",
    "Step",
    "Task",
    "Touch",
    "Track",
    "TrackVersion",
    "Variant",
]
