"""The quick start of the README, executed as it is written."""

import re
import subprocess
import sys

from conftest import REPOSITORY


def test_the_quick_start_runs() -> None:
    text = (REPOSITORY / "README.md").read_text()
    section = text.split("## Python\n")[1].split("\n## ")[0]
    (script,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, text=True, capture_output=True, check=True, cwd=REPOSITORY)
    lines = done.stdout.splitlines()
    assert lines[0] == "failed: psk-mismatch" and lines[1].startswith("198.51.100.20 (responder)")
    assert lines[3].startswith("1 ['ENCR_3DES (3)', ")
    assert lines[4].startswith("IKE_SA_INIT (34) False {")
