"""Figures of the pages as Vega-Lite specifications: drawn in the browser, each with its data as a table."""
