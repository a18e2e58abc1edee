"""One module for each surface: their input to our events, our messages to theirs, and how to run."""
