"""A terminal whose link to the city is thin: what it is given before the link goes, how it serves without, what it tells after.

supplies    fetches and keeps what its own appointments need; gives back what is wanted back or has expired
desk        answers a visit while the link is gone, with two proofs that can be verified here
requests    asks for authorisations so that a lost answer loses none
last_word   what the platform last said (profile, revocation lists), and whether the clock can be right
"""
