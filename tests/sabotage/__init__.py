"""Tests of the tests: breaks as data (breaks.toml), and what applies them one by one to a copy of the tree."""
