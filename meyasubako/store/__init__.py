"""The shape of the data and the way in and out of the database."""
