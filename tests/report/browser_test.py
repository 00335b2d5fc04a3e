"""Opens pages of `quantal report` in Chromium without a window and looks at what they draw.

Usage: browser_test.py QUANTAL CLASSICS   the command and a directory of games
       browser_test.py .. --screenshots DIR   also leaves pictures there, at two widths and in both themes
Exits with 77 where there is no Chromium, which ctest counts as skipped.
"""

import html
import html.parser
import json
import math
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
SKIPPED = 77
HOSTILE = ["</script><img src=x onerror=\"document.title='taken'\">", "<svg onload=alert(1)>", "{{script}}",
           "\u202edesrever", "'\"`${1}&lt;", "\u535a\u5f08 \U0001f3b2", ""]
PICTURES = pathlib.Path(sys.argv[4]) if sys.argv[3:4] == ["--screenshots"] else None


class Page(html.parser.HTMLParser):
    """What a test asks of a page: its elements with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def all(self, tag, **wanted):
        return [attributes for name, attributes in self.elements
                if name == tag and all(attributes.get(key.replace("_", "-")) == value for key, value in wanted.items())]

    def marks(self, figure):
        """How many marks a figure has; None if it is not there."""
        found = self.all("svg", data_figure=figure)
        return sum(int(each["data-marks"]) for each in found) if found else None


class Browser:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def run(self, page, *options):
        command = [self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--hide-scrollbars", "--no-first-run", f"--user-data-dir={self.folder}/profile",
                   "--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000", *options, page]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False)

    def open(self, page, address="", width=1200):
        done = self.run(page.as_uri() + address, f"--window-size={width},2000", "--dump-dom")
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        assert not said, f"{page.name}: the console says {said}"
        dom = Page(done.stdout)
        root = dom.all("html")
        assert root, f"{page.name}: the browser gave no page: {done.stderr[-2000:]}"
        assert root[0].get("data-errors") == "0", f"{page.name}: {root[0].get('data-first-error')}"
        assert root[0].get("data-ready") == "true", f"{page.name}: its script did not come to its end"
        bad = re.findall(r'="[^"]*(?:NaN|undefined)[^"]*"', "".join(re.findall(r"<svg.*?</svg>", done.stdout, re.S)))
        assert not bad, f"{page.name}: drawn with {bad[:3]}"
        return dom


def expect(what, value, low, high=math.inf):
    assert value is not None, f"{what} is not there"
    assert low <= value <= high, f"{what}: {value}, expected {low} to {high}"


def synthetic_results(file, runs):
    """Results of many runs in the shape in which solve writes them, with hostile names among them."""
    rng = random.Random(5)
    taus = [2, 0.5, 0.1]
    with open(file, "w", encoding="utf-8") as out:
        head = {"version": "0.1.0", "backend": HOSTILE[0], "precision": "double", "gap_tolerance": 1e-12,
                "max_iterations": 10000, "runs": runs + 1}
        out.write('{"quantal": ' + json.dumps(head) + ',\n "runs": [')
        for k in range(runs):
            tau = taus[k % len(taus)]
            iterations = int(10 ** (3 * rng.random()))
            status = "converged"
            gap = 10 ** (-12 - rng.random())
            if k % 101 == 0:
                iterations, status, gap = 10000, "max_iterations", 10 ** (-6 * rng.random())
            if k % 997 == 0:
                iterations, status, gap = 17, "not_finite", None
            times = sorted({0, *(int(iterations * share / 8) for share in range(9))})
            share = rng.random()
            run = {"game": HOSTILE[k // 3 % len(HOSTILE)] + f" {k // 3}", "game_index": k // 3,
                   "class": "normal_form", "run": k, "tau": tau,
                   "lambda": 1 / tau, "eta": 0.1, "start": 0, "status": status, "iterations": iterations, "qre_gap": gap,
                   "qre_gap_per_agent": [gap, gap], "nash_gap": tau * rng.random() / 4,
                   "policies": [[share, 1 - share], [0.5, 0.25, 0.25]],
                   "gap_history": {"iteration": times, "qre_gap": [(gap or 0) ** (t / max(iterations, 1)) for t in times]}}
            out.write(("\n" if k == 0 else ",\n") + json.dumps(run))
        out.write("\n]}\n")


SAVE = """
<script nonce="NONCE">
const saved = [];
URL.createObjectURL = (blob) => { saved.push(blob.text()); return "#"; };
HTMLAnchorElement.prototype.click = () => {};
for (const button of document.querySelectorAll("button.save")) if (!button.closest("[hidden]")) button.click();
Promise.all(saved).then((texts) => {
  const block = document.createElement("pre");
  block.id = "saved";
  block.textContent = JSON.stringify(texts);
  document.body.append(block);
});
</script>
</body>"""


def saved_figures(browser, page):
    """What the buttons of a page would save."""
    text = page.read_text(encoding="utf-8")
    nonce = re.search(r"script-src 'nonce-([0-9a-f]+)'", text).group(1)
    copy = page.with_name(page.stem + "-saved.html")
    copy.write_text(text.replace("</body>", SAVE.replace("NONCE", nonce)), encoding="utf-8")
    dom = browser.open(copy, "#theme=dark")
    block = re.search(r'<pre id="saved">(.*?)</pre>', dom.text, re.S)
    assert block, "nothing was saved"
    return json.loads(html.unescape(block.group(1)))


def check_saved(figures, least):
    expect("figures saved", len(figures), least)
    for text in figures:
        root = xml.etree.ElementTree.fromstring(text.encode())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        background = root.find("{http://www.w3.org/2000/svg}rect")
        assert background.get("fill") == "#ffffff", "not on white"
        assert "sans-serif" in root.get("font-family")
        assert 'class="' not in text and "style=" not in text and "var(" not in text, "leans on the page's style"


class Report:
    def __init__(self, quantal, folder):
        self.quantal = quantal
        self.folder = folder

    def command(self, *words):
        subprocess.run([self.quantal, *map(str, words)], check=True, stderr=subprocess.DEVNULL)

    def page(self, name, *solve):
        results = self.folder / f"{name}.json"
        if solve:
            self.command("solve", *solve, "-o", results)
        page = self.folder / f"{name}.html"
        self.command("report", results, "-o", page, "--title", name)
        return page


def check_small(browser, report, classics):
    games = report.folder / "five.jsonl"
    report.command("convert", *sorted(classics.iterdir())[:5], "-o", games)
    page = report.page("small", games, "--tau", "1,0.25", "--gap-every", "1")
    dom = browser.open(page)
    expect("curves", dom.marks("convergence"), 4, 4)  # two medians, two bands
    expect("bars of iterations", dom.marks("iterations"), 2, 10)
    expect("gaps by temperature", dom.marks("gaps"), 8, 8)
    expect("policies", dom.marks("policies"), 4, 6)
    expect("rows", len([row for row in dom.all("tr") if row.get("id", "").startswith("run-")]), 10, 10)
    assert all(svg.get("aria-label") is not None for svg in dom.all("svg", role="img"))
    assert len(dom.all("button", **{"class": "control save"})) == len(dom.all("figure"))

    # An address chooses a run: its curve joins the others, its row is marked.
    dom = browser.open(page, "#run-7")
    expect("curves with that of a run", dom.marks("convergence"), 6, 6)
    chosen = [row for row in dom.all("tr") if row.get("aria-current") == "true"]
    assert [row["id"] for row in chosen] == ["run-7"], chosen

    dom = browser.open(page, "#theme=dark", width=420)
    assert dom.all("html")[0]["data-theme"] == "dark"
    # Windows may not become narrower than 500.
    widest = max(float(svg["width"]) for svg in dom.all("svg", role="img"))
    assert widest <= 500, f"a figure of {widest} pixels is wider than the window"
    return page


def check_sweep(browser, report, classics):
    page = report.page("sweep", classics, "--lambda", "0,0.1,0.2,0.4,0.8,1.5,3,6,9,12,18,30,60,120", "--starts", "5",
                       "--gap-every", "1", "--max-iterations", "2000")
    dom = browser.open(page)
    expect("medians", dom.marks("convergence"), 12, 12)
    expect("bars of statuses", dom.marks("statuses"), 14, 42)
    expect("points of the correspondence", dom.marks("correspondence"), 2 * 2 * 14 * 5, 2 * 2 * 14 * 5)
    expect("gaps by temperature", dom.marks("gaps"), 32)
    figures = saved_figures(browser, page)
    check_saved(figures, 6)
    if PICTURES:
        for k, figure in enumerate(figures):
            (PICTURES / f"saved-{k}.svg").write_text(figure, encoding="utf-8")
    return page


def check_markov(browser, report):
    games = report.folder / "soccer-game.json"
    report.command("generate", "markov", "--kind", "soccer", "-o", games)
    page = report.page("soccer", games, "--tau", "1,0.5", "--gap-every", "5", "--max-iterations", "50")
    dom = browser.open(page)
    expect("policies", dom.marks("policies"), 10, 10)
    states = len([option for option in dom.all("option") if re.fullmatch(r"\d+", option.get("value") or "")])
    expect("states to choose from", states, 2 * 760)
    expect("correspondence", dom.marks("correspondence"), 20, 60)
    return page


def check_many(browser, report):
    synthetic_results(report.folder / "many.json", 100_000)
    page = report.page("many")
    expect("bytes of the page", page.stat().st_size, 60_000, 2_000_000)
    dom = browser.open(page, "#run-0")
    assert "<title>many</title>" in dom.text
    assert not dom.all("img"), "a name has become an image"
    assert not [attributes for _, attributes in dom.elements if "onload" in attributes or "onerror" in attributes]
    expect("curves", dom.marks("convergence"), 8, 8)
    expect("bars", dom.marks("iterations"), 20, 120)
    expect("rows", len([row for row in dom.all("tr") if row.get("id", "").startswith("run-")]), 150, 200)
    return page


def check_without_histories(browser, report, classics):
    page = report.page("plain", classics, "--tau", "1")
    dom = browser.open(page)
    assert dom.marks("convergence") is None and dom.marks("gaps") is None and dom.marks("correspondence") is None
    expect("policies", dom.marks("policies"), 4)
    return page


def check_nothing(browser, report):
    (report.folder / "nothing.json").write_text('{"quantal": {"runs": 0}, "runs": []}', encoding="utf-8")
    page = report.page("nothing")
    dom = browser.open(page)
    assert not dom.all("figure")
    return page


def main():
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        print("skipped: there is no Chromium here to open a page")
        return SKIPPED
    quantal, classics = sys.argv[1], pathlib.Path(sys.argv[2])
    if PICTURES:
        os.makedirs(PICTURES, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        browser = Browser(program, folder)
        (folder / "hello.html").write_text("<p>hello", encoding="utf-8")
        hello = browser.run((folder / "hello.html").as_uri(), "--dump-dom")
        if "hello" not in hello.stdout:
            print("skipped: Chromium does not start here:", hello.stderr[-500:])
            return SKIPPED
        report = Report(quantal, folder)
        pages = [check_small(browser, report, classics), check_sweep(browser, report, classics),
                 check_markov(browser, report), check_many(browser, report),
                 check_without_histories(browser, report, classics), check_nothing(browser, report)]
        for page in pages if PICTURES else []:
            for width in [1200, 420]:
                for theme in ["light", "dark"]:
                    browser.run(page.as_uri() + "#theme=" + theme, f"--window-size={width},5200",
                                f"--screenshot={PICTURES}/{page.stem}-{width}-{theme}.png")
    print("all pages are drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
