"""A picture of what normal_form_games.py measures: how many times faster Quantal is than each peer, on a log axis."""

import math
from html import escape

STYLE = """
  .ground { fill: #ffffff; }
  text { fill: #222222; font-size: 12px; }
  .title { font-size: 15px; font-weight: bold; }
  .panel { font-size: 13px; font-weight: bold; }
  .quiet { fill: #666666; font-size: 11px; font-weight: normal; }
  .shape { font-weight: bold; }
  .grid { stroke: #e2e2e2; }
  .axis { stroke: #888888; }
  .bar0 { fill: #8c9bab; } .bar1 { fill: #e08a3c; } .bar2 { fill: #c8553d; } .bar3 { fill: #3b7dd8; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; }
    text { fill: #e6e6e6; }
    .quiet { fill: #9aa4af; }
    .grid { stroke: #2a313a; }
    .axis { stroke: #77808a; }
  }
"""

LABELS = 148  # width of peers' names
VALUES = 58  # of numbers after bars
ROW, GAP, TOP = 16, 26, 92


def times(value):
    return f"{value:,.0f}×" if value >= 10 else f"{value:.1f}×"


def panel(left, width, title, batches):
    """Lines of SVG, and where they end."""
    colour = {}
    fastest = max(row["quantal_is_faster"] for batch in batches for row in batch["rows"])
    decades = max(1, math.ceil(math.log10(fastest)))
    begin, length = left + LABELS, width - LABELS - VALUES

    def x(value):
        return begin + length * min(max(math.log10(value), 0.0), decades) / decades

    y = TOP
    bars = []
    for batch in batches:
        bars.append(f'<text class="shape" x="{left}" y="{y + 12}">{batch["shape"].replace("x", "×")}'
                    f'<tspan class="quiet" dx="6">{batch["games"]:,} games</tspan></text>')
        y += ROW + 2
        for row in batch["rows"]:
            number = colour.setdefault(row["peer"], len(colour))
            end = x(row["quantal_is_faster"])
            bars += [f'<text x="{begin - 8}" y="{y + 11}" text-anchor="end">{escape(row["peer"])}</text>',
                     f'<rect class="bar{number}" x="{begin}" y="{y + 1}" width="{max(end - begin, 1):.1f}" '
                     f'height="{ROW - 4}"/>',
                     f'<text x="{end + 5:.1f}" y="{y + 11}">{times(row["quantal_is_faster"])}</text>']
            y += ROW
        y += GAP - ROW
    lines = [f'<text class="panel" x="{left}" y="{TOP - 26}">{title}</text>']
    for decade in range(decades + 1):
        at = x(10**decade)
        lines += [f'<path class="{"grid" if decade else "axis"}" d="M{at:.1f} {TOP - 4}V{y}"/>',
                  f'<text class="quiet" x="{at:.1f}" y="{TOP - 9}" text-anchor="middle">{10**decade:,}×</text>']
    return lines + bars, y


def draw(measured):
    panels = []
    if measured["npg"]:
        batches = [{**batch, "rows": [row for row in batch["rows"] if not row["peer"].startswith("quantal")]}
                   for batch in measured["npg"]]
        panels.append(("Iterations of NPG, float32", batches))
    if measured["tracing"]:
        panels.append((f'The QRE at λ = {1 / measured["tau"]:g}, double, one core each', measured["tracing"]))
    width, margin = 470, 24
    body, bottom = [], 0
    for number, (title, batches) in enumerate(panels):
        lines, end = panel(margin + number * (width + margin), width, title, batches)
        body += lines
        bottom = max(bottom, end)
    total = margin + len(panels) * (width + margin)
    head = "How many times faster Quantal is"
    threads = f'{measured["threads"]} thread' + "s" * (measured["threads"] > 1)
    subtitle = f'batches of random games in normal form; {measured["processor"]}, {threads}; log axis'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{bottom + 10}" '
         f'viewBox="0 0 {total} {bottom + 10}" role="img" font-family="Helvetica, Arial, sans-serif">',
         f"<title>{head}</title>", f"<style>{STYLE}</style>", '<rect class="ground" width="100%" height="100%"/>',
         f'<text class="title" x="{margin}" y="26">{head}</text>',
         f'<text class="quiet" x="{margin}" y="44">{escape(subtitle)}</text>', *body, "</svg>", ""])
