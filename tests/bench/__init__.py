"""``make bench``: what things cost on this machine. It measures; it judges nothing."""
