"""Which words of a part somebody gets: the same for ever, and shared out by weight."""

import hashlib
import uuid
from collections.abc import Sequence


def variant_of(enrollment: int, key: uuid.UUID, part: int, weights: Sequence[int]) -> int:
    """The number of the variant: a stable hash of enrollment, step key and part on the scale of weights.

    Raises ValueError where no variant has a share.
    """
    if len(weights) == 1:
        return 0
    if sum(weights) < 1:
        raise ValueError("no variant has a share")
    digest = hashlib.blake2b(f"{enrollment}.{key}.{part}".encode(), digest_size=8).digest()
    mark = int.from_bytes(digest) % sum(weights)
    for number, weight in enumerate(weights):
        mark -= weight
        if mark < 0:
            return number
    raise AssertionError("the mark lies below the sum of weights")
