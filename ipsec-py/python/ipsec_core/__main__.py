"""The command `ipsec`; `python -m ipsec_core` is the same."""

import signal
import sys

from ._native import command


def main() -> int:
    """Run the command with the arguments of the process."""
    # Python only notes Ctrl-C until its own code runs again.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return command(["ipsec", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
