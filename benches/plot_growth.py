#!/usr/bin/env python3
"""Draws what `cargo bench --bench growth` prints: a step's time against pairs, width, depth and dimension.

    cargo bench --bench growth | python3 benches/plot_growth.py > docs/growth.svg
"""

import json
import math
import sys

PANELS = [("pairs", "pairs in a batch", True), ("width", "width of both hidden layers", True), ("depth", "hidden layers of 64", False), ("dimension", "dimension of the embedding", True)]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 250, 220, 46, 12, 30, 36


def main():
    lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
    points = {name: [(line["value"], line["step_us"]) for line in lines if line.get("grows_with") == name and "value" in line] for name, _, _ in PANELS}
    exponents = {line["grows_with"]: line["exponent"] for line in lines if "exponent" in line}
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {4 * WIDTH} {HEIGHT}" font-family="Inter, sans-serif" font-size="11">')
    print(f'<rect width="{4 * WIDTH}" height="{HEIGHT}" rx="12" fill="#ffffff"/>')
    for index, (name, title, is_logarithmic) in enumerate(PANELS):
        print(f'<g transform="translate({index * WIDTH} 0)">')
        panel(points[name], title, is_logarithmic, exponents.get(name))
        print("</g>")
    print("</svg>")


def panel(points, title, is_logarithmic, exponent):
    across = (lambda x: math.log(x)) if is_logarithmic else float
    low, high = across(points[0][0]), across(points[-1][0])
    bottom = math.floor(math.log10(min(y for _, y in points)))
    top = math.ceil(math.log10(max(y for _, y in points)))
    place = lambda x, y: (
        LEFT + (across(x) - low) / (high - low) * (WIDTH - LEFT - RIGHT),
        HEIGHT - BOTTOM - (math.log10(y) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM),
    )
    for decade in range(bottom, top + 1):
        _, y = place(points[0][0], 10.0**decade)
        label = f"{10**decade:,} µs" if decade < 3 else f"{10 ** (decade - 3):,} ms"
        print(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dfe3e8"/><text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end" fill="#5b6775">{label}</text>')
    shown = points if len(points) < 6 else points[::2]
    for x, y in shown:
        print(f'<text x="{place(x, y)[0]:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle" fill="#5b6775">{x:,}</text>')
    path = " ".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in points))
    print(f'<polyline points="{path}" fill="none" stroke="#3457d5" stroke-width="2"/>')
    for point in points:
        x, y = place(*point)
        print(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#3457d5"/>')
    print(f'<text x="{LEFT}" y="18" font-weight="600" fill="#1c2530">{title}</text>')
    if exponent is not None:
        print(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end" fill="#5b6775">upper half: exponent {exponent}</text>')


main()
