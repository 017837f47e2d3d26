"""`python -m tui` is `usher`."""

from tui.cli.main import main

if __name__ == "__main__":
    main()
