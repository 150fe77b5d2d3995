"""How ill, how damaged, how toxic: the field's instruments, one per file, pure and vectorised."""
