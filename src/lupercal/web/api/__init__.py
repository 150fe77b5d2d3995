"""The programming interface under ``/api/v1``: the same functions as JSON, for tokens with scopes."""
