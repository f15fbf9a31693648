"""``python -m codestone.cli``."""

from codestone.cli.main import main

main()
