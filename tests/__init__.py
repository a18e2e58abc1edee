"""The tests mirror the tree; whole conversations stand in transcripts/."""
