"""HTTP: pages for residents, staff, advisers and programs. No SQL here; one room for each kind of viewer."""
