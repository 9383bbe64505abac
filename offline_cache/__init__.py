"""What the terminal keeps on its own disk: an encrypted store with records, a hash-chained journal and an outbox.

Knows nothing of registrations, devices or screens: it keeps bytes, events and the order in which they happened.
"""
