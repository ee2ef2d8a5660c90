"""The score: signs in, a number with named reasons out."""
