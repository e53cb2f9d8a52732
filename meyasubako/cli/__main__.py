"""`python -m meyasubako.cli` is `meyasubako`."""

import sys

from meyasubako.cli import main

sys.exit(main())
