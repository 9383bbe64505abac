"""One file a prompt: how it is drawn and how it is answered. `view_of` finds the view that draws a prompt."""
