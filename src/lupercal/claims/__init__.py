"""Is what a page promises known? Claims as data, the ledger's rows on each, and a verdict that follows by rule."""
