"""Pages, one question each: routes that call the functions of the platform and fill a template."""
