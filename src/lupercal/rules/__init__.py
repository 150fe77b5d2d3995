"""Is it so? One rule language over what is known of a person, three-valued, with its reasons."""
