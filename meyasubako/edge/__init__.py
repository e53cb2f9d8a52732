"""The outside world: mail servers, files and paper. Plain data goes in and comes out; nothing here knows cases or pages."""
