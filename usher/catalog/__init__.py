"""The catalog: one TOML file an application, read and judged here. Adding an application is adding a file."""
