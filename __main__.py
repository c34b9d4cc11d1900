"""The Pulumi program of a stack; see infra/program.py."""

from infra import program

program.run()
