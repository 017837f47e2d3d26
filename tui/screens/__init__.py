"""The places and dialogs of the console, one file each."""
