"""The command line, one file a noun. `main` answers first; the rest is loaded when it is asked for."""
