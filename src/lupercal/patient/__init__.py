"""Who is this: the data dictionary, patients and their dated visits, read from files."""
