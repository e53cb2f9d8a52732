"""Words and pure rules of the desk; no framework, no database, no clock."""
