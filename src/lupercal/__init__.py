"""Lupercal: an open platform for cell therapy in lupus. Research use only, never medical advice."""

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only. Not medical advice, not a medical device."
