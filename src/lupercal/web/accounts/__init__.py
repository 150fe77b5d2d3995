"""Who works here: accounts, passwords, second factors and sessions, kept on the server."""
