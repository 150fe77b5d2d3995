"""The visits of people: days and columns, and how a patient becomes them."""
