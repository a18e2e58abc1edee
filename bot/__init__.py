"""Everything of `whatif` that touches the world: storage, adapters, the command line."""
