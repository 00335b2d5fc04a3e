"""What `quantal experiment all --quick` writes, read by Python's own XML and CSV readers.

Usage: experiment_files.py COMMAND. Needs no package.
"""

import csv
import math
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
LETTER = 0.62  # of the font's size, at most, on average


def text_extent(element, size):
    """Left and right end of a horizontal text, about."""
    width = LETTER * size * len("".join(element.itertext()))
    x = float(element.get("x"))
    left = {"middle": x - width / 2, "end": x - width}.get(element.get("text-anchor"), x)
    return left, left + width


def check_figure(path):
    root = ElementTree.parse(path).getroot()
    assert root.tag == SVG + "svg", path
    width, height = float(root.get("width")), float(root.get("height"))
    lines = 0
    for element in root.iter():
        if element.tag == SVG + "path":
            numbers = re.findall(r"[^MLHVmhvlaz\s]+", element.get("d"))
            assert all(math.isfinite(float(number)) for number in numbers), (path, element.get("d"))
            lines += element.get("stroke-width") is not None
        if element.tag == SVG + "text" and element.get("transform") is None:
            left, right = text_extent(element, float(element.get("font-size", 12)))
            assert -2 <= left and right <= width + 2, (path, "".join(element.itertext()), left, right, width)
            assert 10 <= float(element.get("y")) <= height - 2, (path, "".join(element.itertext()))
    assert lines > 0, path


def check_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, strict=True))
    assert len(rows) > 1 and len({len(row) for row in rows}) == 1, path


command = Path(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([command, "experiment", "all", "--quick", "-o", folder], check=True, stdout=subprocess.DEVNULL)
    figures = sorted(Path(folder).glob("*/*.svg"))
    tables = sorted(Path(folder).glob("*/*.csv"))
    experiments = [path for path in Path(folder).iterdir()]
    assert len(figures) >= len(experiments) and len(tables) == 2 * len(experiments), (figures, tables)
    for figure in figures:
        check_figure(figure)
    for table in tables:
        check_table(table)
    print(f"{len(figures)} figures, {len(tables)} tables of {len(experiments)} experiments")
