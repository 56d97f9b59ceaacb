"""``python -m entrypoints.cli`` — то же, что ``crm-api``."""

from entrypoints.cli import main

if __name__ == "__main__":
    main()
