"""`python -m vaiti`: the command line."""

import sys

from vaiti.ops.cli import main

sys.exit(main(sys.argv[1:]))
