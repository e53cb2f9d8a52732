"""The JSON interface: what the form and the public figures offer, for other systems."""
