"""What the terminal says aloud: lines made when it is built (`deploy/voices.py`), and tones that it makes itself.

Nothing here imports Kivy. What is said follows from what is shown (`script`), is cut into lines that were spoken beforehand
(`catalogue`), and is played on a worker (`speaker`). What is not a line of ours is private, and is heard in headphones only.
"""
