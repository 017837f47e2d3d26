"""What people at a terminal use: the console and the command line."""
