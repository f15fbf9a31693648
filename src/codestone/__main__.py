"""``python -m codestone``."""

from codestone.cli.main import main

main()
