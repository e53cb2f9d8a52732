"""The work of a desk, told in the order of a case's life. Every verb is a plain function over one session."""
