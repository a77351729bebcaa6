"""How far a run is, told through the cache, for nobody sees into its transaction."""

from contextlib import suppress

from django.core.cache import caches
from redis.exceptions import RedisError

from leads.models import Import

KEPT = 3600


def tell(batch: Import, rows: int) -> None:
    """Say how far we are; without a cache nobody hears it and nothing else changes."""
    with suppress(RedisError, OSError):
        caches["soft"].set(f"import-{batch.pk}", rows, KEPT)


def of(batch: Import) -> int:
    """The rows that have been through."""
    with suppress(RedisError, OSError):
        return caches["soft"].get(f"import-{batch.pk}") or 0
    return 0
