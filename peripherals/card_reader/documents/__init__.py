"""Identity documents, one file a type: how it is found on a card, its records, what it says of its holder."""
