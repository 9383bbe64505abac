"""What the terminal costs, as ratios against a floor or a peer measured in the same run. Timings never decide a test."""
