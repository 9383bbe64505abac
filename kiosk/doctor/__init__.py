"""`kiosk doctor`: every configured device and the whole installation, in plain words: well, or what is wrong and what to do."""
