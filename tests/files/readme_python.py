"""The README's Python example, as a reader would run it.

Usage: readme_python.py README COMMAND. Exits with 77, saying so, where h5py or NumPy is missing.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import h5py  # noqa: F401
    import numpy  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

readme, command = Path(sys.argv[1]), Path(sys.argv[2])
example = re.search(r"<!-- ci: python -->\n```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL).group(1)
with tempfile.TemporaryDirectory() as folder:
    os.environ["PATH"] = f"{command.parent}:{os.environ['PATH']}"
    outcome = subprocess.run([sys.executable, "-c", example], cwd=folder, capture_output=True, text=True)
    print(outcome.stdout, outcome.stderr)
    assert outcome.returncode == 0
    assert re.fullmatch(r"(9[5-9]|100)\.\d\d% of 20000 runs converged, Nash gap 0\.\d+ on average\n", outcome.stdout)
    assert sorted(os.listdir(folder)) == ["batch.h5", "results.h5"]
