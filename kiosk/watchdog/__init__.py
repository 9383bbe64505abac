"""The health daemon: a process of its own that looks at every part of the terminal, mends what it can, and says what it cannot.

    probes → health (hysteresis) → ladder (remedies, budgets, cool-downs) → hands (systemd, the terminal, staff)

It probes without stealing and shares nothing with the terminal but two datagram sockets and a lock. One hand only: the terminal
reopens its own handles, the watchdog alone restarts services, and never while an issuance is between spooling and presented.
"""
