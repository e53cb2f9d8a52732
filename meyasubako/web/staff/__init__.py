"""Pages for the staff of the desks."""
