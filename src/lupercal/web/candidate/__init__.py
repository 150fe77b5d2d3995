"""Am I a candidate? One question at a time, without signing in; nothing is kept here unless it is sent."""
