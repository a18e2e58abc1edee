"""``make chaos``: many conversations while processes die, freeze and lose their database."""
