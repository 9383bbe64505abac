"""Staff at the terminal: who they are, what each may do, and what they do with it. The screens ask through `kiosk.journeys.staff`."""
