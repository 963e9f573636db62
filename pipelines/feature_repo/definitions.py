"""What ``feast apply`` finds here; it lives in the package, so that the task
image has it too."""

from maestro_flights.definitions import *  # noqa: F401,F403
