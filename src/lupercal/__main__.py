"""``python -m lupercal`` is the command line."""

from lupercal.cli.main import run

if __name__ == "__main__":
    run()
