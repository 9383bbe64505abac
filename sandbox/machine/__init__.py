"""A whole machine: the package installed in a Debian 12 that boots under QEMU, and what it does when it is plugged, hung and cut off.

python -m sandbox.machine            as root; `make machine-test` does the set-up

image       a bare Debian 12 with everything that the package depends on, as a disk
qemu        the machine: boots, is plugged and unplugged, touched and looked at, and loses its power
disk        the disk as a real one is: what was not flushed is gone when the power goes
guest       words to the machine's inside (QEMU's guest agent): commands and files, for whoever looks after it
card        a virtual card in the machine's real USB CCID reader
outside     what stands outside the terminal: platform and certificate unit, on this machine
installing  the package put into the running machine, and set up as docs/installing.md says
checks      boot, doctor, unplugging, hanging
visit       a citizen at the screen: she sees it and touches it
cuts        the power goes at every instant of an issuance; then paper and ledgers are counted
visitor     runs inside, in the place of the window, while the power is cut (`sandbox.faults.terminal`)

Inside is the production package alone; nothing of the sandbox is installed there.
"""
