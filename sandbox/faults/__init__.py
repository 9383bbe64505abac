"""Fault runs: real processes are killed, starved and lied to while a certificate is printed; then paper and ledgers are counted.

python -m sandbox.faults --seeds 0-199        what each run does follows from its seed (`plan`)

terminal    the terminal's own process: the real composition without a window, a citizen who answers, gates at every commit
unit        the printer in a process of its own, whose log on disk is the only witness of what was printed
parts       platform, unit, cupsd and terminal as processes that die and come back on the same files
run         one run: a visit, the blow, whatever it takes to come to rest
counting    what must hold afterwards
stock       the same blows at a stock CUPS without the guard
"""
