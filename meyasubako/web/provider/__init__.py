"""Pages of advisers and partners: what they were asked, and what the directory says of them."""
