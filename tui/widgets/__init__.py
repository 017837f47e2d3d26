"""What two screens share: drawn widgets, the virtual table, form fields."""
