"""Pages for residents, groups, businesses and offices: no account, no internal word."""
