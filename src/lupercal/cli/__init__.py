"""The command line: arguments become calls; no rule lives here."""
