"""The workbench: a clinic's day in the browser. Pages call the same functions as the command line."""
