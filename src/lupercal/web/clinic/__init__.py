"""The clinic's pages over the registry: people, visits, plans, products, in the order of a day."""
