"""What all tests share."""

import os

from hypothesis import HealthCheck, settings

# No deadlines: how long a test takes says more about the machine. The same cases each time in CI.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
