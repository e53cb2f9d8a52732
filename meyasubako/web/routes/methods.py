"""The two sets of methods a page may take."""

FORM = ("GET", "POST")
POST = ("POST",)
