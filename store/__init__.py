"""What is remembered: one SQLite file. Knows no network, no screen and no XML."""
