"""`python -m hub.cli`: the same command without its script."""

from __future__ import annotations

import sys

from hub.cli import main

sys.exit(main())
