"""`python -m autograd walk SCRIPT.py`: step through a script's backward pass in the terminal."""

import sys

from autograd.walking.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
