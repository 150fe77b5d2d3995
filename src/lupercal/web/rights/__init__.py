"""Who may do what: roles and routes as data, and the one gate that every request passes."""
