"""Pure algorithms over Japanese text: what the desk reads is compared, never changed."""
