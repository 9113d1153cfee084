"""What a scanner found, and how bad it is."""

from typing import NamedTuple

SEVERITIES = ("info", "low", "medium", "high", "critical")
# What fails the audit.
BAR = SEVERITIES.index("medium")


class Finding(NamedTuple):
    severity: str
    what: str
    where: str

    def is_failure(self):
        return SEVERITIES.index(self.severity) >= BAR

    def __str__(self):
        return f"{self.severity}: {self.what}: {self.where}"


class ScannerFailed(Exception):
    """A scanner did not do its work, so that nothing can be said of what it looked at."""
