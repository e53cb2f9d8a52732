"""The outside world: mail servers and files. Plain data goes in and comes out; nothing here knows cases or pages."""
