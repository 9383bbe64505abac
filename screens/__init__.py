"""What people see and touch. Prompts (what is asked) are plain values; views draw them with Kivy.

Imports neither `kiosk`, `peripherals` nor `offline_cache`. `screens.prompts` and `screens.wording` import no Kivy.
"""
