"""What a completed registration says, its numbers and codes, and how the registry's signature on it is believed."""
