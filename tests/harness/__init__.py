"""What tests stand on: a real PostgreSQL, a real mail server, a real browser, and a client that checks every page."""
