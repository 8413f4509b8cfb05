"""Who used the credential: counts, descent, what stands out, what it could reach. Pure."""

from irkit.exposure.usage.count import summarise
from irkit.exposure.usage.descent import Begotten, living
from irkit.exposure.usage.finding import Finding, Trace
from irkit.exposure.usage.report import Created, Derived, Summary, UsageReport

__all__ = ["Begotten", "Created", "Derived", "Finding", "Summary", "Trace", "UsageReport", "living", "summarise"]
