"""The command line of the science: ``python -m ml <command> --help``."""

from ml.cli import main

if __name__ == "__main__":
    main()
