"""What is left to chance in a test, so that it can happen once more: the seed is printed."""

import os
import random
import secrets

EVERYDAY = 1


def chance(story: str, *, drawn: bool = False) -> random.Random:
    """The dice of one test: every day the same ones, or drawn anew; TORTURE_SEED names those of an earlier run."""
    given = os.environ.get("TORTURE_SEED", "")
    seed = int(given) if given else secrets.randbelow(10**9) if drawn else EVERYDAY
    print(f"{story}: TORTURE_SEED={seed}", flush=True)
    return random.Random(seed)
