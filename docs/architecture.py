#!/usr/bin/env python3
"""Draws docs/architecture.svg from the include lines; with --check, fails if the picture is not
what they say.

A box is a module and names what it includes. A module stands above all that it includes; an arrow
that others imply is left out. Which includes are allowed is stated, and tested, in
tests/core/architecture_test.cc.
"""
import pathlib
import re
import sys
from html import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/architecture.svg"
ROOMS = ("bench", "leaderboard")  # each folder below is a module
PLUGINS = ("attacks", "datasets", "methods")
LEFT_OUT = ("perf",)
BOX, HEIGHT, GAP, LAYER, EDGE = 184, 70, 22, 122, 24
COLOURS = {"free": ("#e6f0fa", "#2f6aa3"), "torch": ("#fdf0df", "#a8691b")}


def module_of(path):
    parts = path.split("/")
    name = parts[1] if parts[0] in ROOMS else parts[0]
    known = parts[0] in ROOMS or parts[0] in PLUGINS
    return name if known and name not in LEFT_OUT else None


def read_modules():
    """Module -> {included module -> headers}, and the modules whose sources include LibTorch."""
    includes, torch = {}, set()
    for root in ROOMS + PLUGINS:
        for file in sorted((ROOT / root).rglob("*")):
            module = module_of(file.relative_to(ROOT).as_posix())
            if file.suffix not in (".h", ".cc") or not module:
                continue
            below = includes.setdefault(module, {})
            for header in re.findall(r'^#include [<"]([^>"]+)',
                                     file.read_text(encoding="utf-8"), re.M):
                if file.suffix == ".cc" and header.startswith(("ATen/", "torch/", "c10/")):
                    torch.add(module)
                other = module_of(header)
                if other and other != module:
                    below.setdefault(other, set()).add(header)
    return includes, torch


def layers_of(includes):
    """Module -> how many steps it stands above the ground."""
    layers = {}

    def layer(module, path):
        if module in path:
            sys.exit("modules include each other: "
                     + " -> ".join(path[path.index(module):] + (module,)))
        if module not in layers:
            layers[module] = 1 + max((layer(m, path + (module,)) for m in sorted(includes[module])),
                                     default=-1)
        return layers[module]

    for module in sorted(includes):
        layer(module, ())
    return layers


def arrows_of(includes):
    """The includes that no other include implies."""
    reach = {}

    def below(module):
        if module not in reach:
            reach[module] = set(includes[module]).union(*(below(m) for m in includes[module]))
        return reach[module]

    return [(m, n) for m in sorted(includes) for n in sorted(includes[m])
            if not any(n in below(other) for other in includes[m])]


def place(layers, arrows):
    """Centres by node, and arrows as chains of nodes. An arrow over several layers gets a point in
    each between."""
    rows = [[] for _ in range(max(layers.values()) + 1)]
    for module in sorted(layers):
        rows[layers[module]].append(module)
    chains = []
    for top, bottom in arrows:
        between = [(top, bottom, level) for level in range(layers[top] - 1, layers[bottom], -1)]
        for node in between:
            rows[node[2]].append(node)
        chains.append([top] + between + [bottom])
    near = {}
    for chain in chains:
        for a, b in zip(chain, chain[1:]):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    x = {node: i * 100.0 for row in rows for i, node in enumerate(row)}
    for turn in range(60):
        for row in rows if turn % 2 else reversed(rows):
            wanted = {n: sum(x[m] for m in near.get(n, [n])) / len(near.get(n, [n])) for n in row}
            row.sort(key=lambda n: (wanted[n], str(n)))
            spread(row, wanted, x)
    left = min(x[n] - width(n) / 2 for n in x)
    return {n: x[n] - left + EDGE for n in x}, rows, chains


def width(node):
    return BOX if isinstance(node, str) else 26


def spread(row, wanted, x):
    """As near to the wanted places as neighbours allow: pushed right, then back by the mean of what
    that cost."""
    at, place_of = None, {}
    for node in row:
        at = wanted[node] if at is None else max(wanted[node], at + width(node) / 2 + GAP)
        place_of[node] = at
        at += width(node) / 2
    shift = sum(wanted[n] - place_of[n] for n in row) / len(row)
    for node in row:
        x[node] = place_of[node] + shift


def words(includes, limit=30):
    """What a module includes, in lines."""
    lines = ["" if includes else "nothing of ours"]
    for name in sorted(includes):
        if len(lines[-1]) + len(name) > limit:
            lines.append("")
        lines[-1] += ("" if not lines[-1] else " · ") + name
    return lines


def draw_box(module, x, y, includes, torch):
    fill, stroke = COLOURS["torch" if module in torch else "free"]
    dashes = ' stroke-dasharray="6 4"' if module in PLUGINS else ""
    text = [f'<rect x="{x - BOX / 2:.0f}" y="{y:.0f}" width="{BOX}" height="{HEIGHT}" rx="7" '
            f'fill="{fill}" stroke="{stroke}"{dashes}/>',
            f'<text x="{x:.0f}" y="{y + 20:.0f}" class="name">{escape(module)}</text>']
    for i, line in enumerate(words(includes)):
        text.append(
            f'<text x="{x:.0f}" y="{y + 36 + 13 * i:.0f}" class="small">{escape(line)}</text>')
    return text


def port(node, other, chains, x, down):
    """Where an arrow leaves or enters a box: in the order of its other ends."""
    ends = sorted(x[(c[1] if down else c[-2])] for c in chains if (c[0] if down else c[-1]) == node)
    return x[node] + (ends.index(x[other]) + 1) * BOX / (len(ends) + 1) - BOX / 2


def draw_arrow(chain, chains, x, y, header):
    """`header`: what alone is included, of a module with LibTorch by one without."""
    ends = [(port(chain[0], chain[1], chains, x, True), y(chain[0]) + HEIGHT)]
    for node in chain[1:-1]:
        ends += [(x[node], y(node)), (x[node], y(node) + HEIGHT)]
    ends.append((port(chain[-1], chain[-2], chains, x, False), y(chain[-1]) - 3))
    path = f"M{ends[0][0]:.0f} {ends[0][1]:.0f}"
    for (ax, ay), (bx, by) in zip(ends, ends[1:]):
        half = (ay + by) / 2
        path += f" C{ax:.0f} {half:.0f} {bx:.0f} {half:.0f} {bx:.0f} {by:.0f}"
    dashes = ' stroke-dasharray="5 4"' if header else ""
    text = [f'<path d="{path}"{dashes} marker-end="url(#tip)"/>']
    if header:
        (ax, ay), (bx, by) = ends[:2]
        text.append(f'<text x="{(ax + bx) / 2:.0f}" y="{(ay + by) / 2 + 4:.0f}" '
                    f'class="header">{escape(header)}</text>')
    return text


def draw_legend(y):
    text = []
    for i, (key, dashes, said) in enumerate((("free", "", "without LibTorch"),
                                             ("torch", "", "with LibTorch"),
                                             ("free", ' stroke-dasharray="6 4"', "plugins"))):
        fill, stroke = COLOURS[key]
        at = EDGE + 150 * i
        text += [f'<rect x="{at}" y="{y:.0f}" width="22" height="14" rx="3" fill="{fill}" '
                 f'stroke="{stroke}"{dashes}/>',
                 f'<text x="{at + 30}" y="{y + 11:.0f}" class="said">{said}</text>']
    at = EDGE + 400
    return text + [f'<path d="M{at} {y + 7:.0f}H{at + 30}" stroke-dasharray="5 4" '
                   f'marker-end="url(#tip)"/>',
                   f'<text x="{at + 38}" y="{y + 11:.0f}" class="said">this header only: no '
                   f'LibTorch behind it</text>']


def draw():
    includes, torch = read_modules()
    layers = layers_of(includes)
    x, rows, chains = place(layers, arrows_of(includes))
    level = {n: i for i, row in enumerate(rows) for n in row}

    def y(node):
        return EDGE + (len(rows) - 1 - level[node]) * LAYER

    wide = max(x[n] + width(n) / 2 for n in x) + EDGE
    legend = 2 * EDGE + (len(rows) - 1) * LAYER + HEIGHT
    high = legend + 14 + EDGE
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" '
           'role="img" aria-labelledby="title">',
           "<!-- Written by docs/architecture.py from the include lines. -->",
           '<title id="title">Modules of dfkd-bench, each above what it includes</title>',
           '<style>text{font-family:sans-serif;text-anchor:middle;fill:#1c2733}'
           '.name{font-weight:bold;font-size:15px}'
           '.small{font-size:11px}.said{font-size:11px;text-anchor:start}'
           '.header{font-size:11px;font-style:italic;'
           'paint-order:stroke;stroke:#fff;stroke-width:5px}'
           'path{fill:none;stroke:#5b6773;stroke-width:1.3}marker path{fill:#5b6773}</style>',
           '<marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" '
           'orient="auto"><path d="M0 0L8 4L0 8z"/></marker>',
           f'<rect width="{wide:.0f}" height="{high:.0f}" fill="#fff"/>']
    for chain in sorted(chains, key=lambda c: c[-1] in torch and c[0] not in torch):
        crosses = chain[-1] in torch and chain[0] not in torch
        headers = [h.split("/")[-1] for h in sorted(includes[chain[0]][chain[-1]])]
        out += draw_arrow(chain, chains, x, y, ", ".join(headers) if crosses else "")
    for module in sorted(includes):
        out += draw_box(module, x[module], y(module), includes[module], torch)
    return "\n".join(out + draw_legend(legend) + ["</svg>"]) + "\n"


def main():
    picture = draw()
    if sys.argv[1:] != ["--check"]:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit("docs/architecture.svg is not what the code includes; run: python3 "
                 "docs/architecture.py")


if __name__ == "__main__":
    main()
