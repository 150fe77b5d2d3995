"""Where patients stay: visits, plans, products and forecasts with a memory that nobody can bend.

`lupercal.registry.opened.open_registry` opens a registry; everything else hangs on what it returns. Records go in and
come out as frozen dataclasses (`records`, `care_records`, `product_records`).
"""
