"""How is it read, written, kept? Strict documents, checked records, run folders, runners."""
