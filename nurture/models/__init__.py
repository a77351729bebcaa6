"""The nouns of nurture: plans of touches, who is on them, and every touch that falls due."""

from nurture.models.enrollment import Enrollment
from nurture.models.touch import Task, Touch
from nurture.models.track import Part, Step, Track, TrackVersion

__all__ = ["Enrollment", "Part", "Step", "Task", "Touch", "Track", "TrackVersion"]
