"""The web side: people sign in, see their applications, and are asserted to them."""
