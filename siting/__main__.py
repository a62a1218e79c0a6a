"""``python -m siting``: the command line where the ``siting`` script is not on the path."""

import sys

from siting.cli import main

if __name__ == "__main__":
    sys.exit(main())
