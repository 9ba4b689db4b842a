#!/usr/bin/env python3
"""Writes the fonts that the program carries: small subsets, with exactly the characters it shows.

Run it again whenever a text changes:

    python3 assets/fonts/subset.py

It needs fonttools (`pip install fonttools`, or Debian's python3-fonttools) and Debian's font packages:

    apt-get install fonts-inter fonts-noto-cjk fonts-stix

Which character goes where:

- Everything in assets/**/*.json, *.md and *.txt, ASCII, Latin-1, Greek and SYMBOLS below goes into Inter where Inter has it.
- What Inter lacks (hanzi, Chinese punctuation, a few maths signs) goes into Noto Sans SC. That one also holds the
  punctuation that Chinese sets full-width (FULL_WIDTH), which Inter holds too: the first font of a family wins, so
  with Noto first quotation marks and dashes have the Chinese width, with Inter first the Latin one.
- The two maths fonts hold what formulas are made of (MATHS_*).

A character that no font has ends the script with an error that names it.

What it changes beside leaving things out:

- Digits are tabular: the character map leads to Inter's `tnum` glyphs (so does it for . , : ;), because egui applies
  no optional OpenType feature.
- Every font has Inter's ascent and descent, scaled to its own em. egui centres a fallback font's line in the first font's
  line; with equal lines the baselines meet.
- Hinting and layout tables go, but for Inter's kerning; digits are never kerned.
- The maths fonts are named anew, as their licence's reserved names ask.
"""

import copy
import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent

INTER = Path("/usr/share/fonts/opentype/inter")
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
NOTO_SC = 2
STIX = Path("/usr/share/fonts/opentype/stix")


def characters(*ranges):
    """The characters of ranges of code points, both ends included."""
    return {chr(code) for first, last in ranges for code in range(first, last + 1)}


ASCII = characters((0x20, 0x7E))
LATIN_1 = characters((0xA0, 0xAC), (0xAE, 0xFF))
GREEK = characters((0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9)) | set("ϑϕϵ")
# What the code itself writes: signs, subscripts, arrows, shapes; 中文 names the language in any language.
SYMBOLS = set("·×−±≈≤≥≠→←↑↓↔…–—‘’“”‹›•°√∑∏‖²³⁰¹⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉₊₋ₐₙₚ∞∈∂∇∝′″ℓ●■▲◆▼★○□△◇▽☆✓⏎⇧⌘中文")
FULL_WIDTH = set("‘’“”…—")
# The last of them are what a number typed with a Chinese keyboard is made of.
CHINESE = set("，。、；：？！（）《》〈〉「」『』【】％～　０１２３４５６７８９．－＋") | FULL_WIDTH
# Stands for control characters in refused texts; Inter has none, and shows its white square.
REPLACEMENT = "\ufffd"

MATHS_BOTH = ASCII | GREEK | set("·×−±…‘’ℓ∂²³°")
MATHS_ITALIC = MATHS_BOTH
MATHS_REGULAR = MATHS_BOTH | set("′″∑∏√∞∈∉∇∝∼≈≠≤≥≪≫→←↔‖∣∥⟨⟩⋅∗∘⊤ℝ⌈⌉⌊⌋")


def shown_texts():
    """Every character of the texts among the assets."""
    used = set()
    for path in sorted(ASSETS.rglob("*")):
        if path.suffix in {".json", ".md", ".txt"} and HERE not in path.parents:
            used |= set(path.read_text(encoding="utf-8"))
    return {character for character in used if character.isprintable()}


def open_font(path, number=-1):
    if not path.exists():
        sys.exit(f"{path} is missing: apt-get install fonts-inter fonts-noto-cjk fonts-stix")
    return TTFont(path, fontNumber=number, lazy=True)


def tabular_figures(font):
    """Leads digits and number punctuation to their tabular forms."""
    mapping = {}
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    mapping.update(getattr(table, "ExtSubTable", table).mapping)
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format in (4, 12):
            for character in "0123456789.,:;":
                code = ord(character)
                if code in table.cmap:
                    table.cmap[code] = mapping.get(table.cmap[code], table.cmap[code])
    # The heavier weights are interpolated, and a glyph is a unit or three off.
    known, metrics = font.getBestCmap(), font["hmtx"].metrics
    for alike in ("0123456789", ".,:;"):
        glyphs = [known[ord(character)] for character in alike]
        widest = max(metrics[glyph][0] for glyph in glyphs)
        for glyph in glyphs:
            assert widest - metrics[glyph][0] < 6, f"{glyph} is no tabular figure"
            metrics[glyph] = (widest, metrics[glyph][1])


def replacement_glyph(font):
    """Leads the replacement character to the white square."""
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format in (4, 12):
            table.cmap[ord(REPLACEMENT)] = table.cmap[ord("□")]


def match_lines(font, reference):
    """Gives `font` the reference's ascent and descent, scaled to its own em."""
    scale = font["head"].unitsPerEm / reference["head"].unitsPerEm
    ascent, descent = (round(value * scale) for value in (reference["hhea"].ascent, reference["hhea"].descent))
    horizontal, windows = font["hhea"], font["OS/2"]
    horizontal.ascent, horizontal.descent, horizontal.lineGap = ascent, descent, 0
    windows.sTypoAscender, windows.sTypoDescender, windows.sTypoLineGap = ascent, descent, 0
    windows.usWinAscent, windows.usWinDescent = ascent, -descent


def rename(font, family, style):
    """Names the font anew; copyright, trademark and licence stay."""
    names = font["name"]
    for record in list(names.names):
        if record.nameID not in (0, 7, 13, 14):
            names.removeNames(nameID=record.nameID)
    post_script = f"{family.replace(' ', '')}-{style.replace(' ', '')}"
    for identifier, text in ((1, family), (2, style), (3, f"{post_script} subset"), (4, f"{family} {style}"), (6, post_script)):
        names.setName(text, identifier, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames[0] = post_script
        top = table.topDictIndex[0]
        top.FamilyName, top.FullName = family, f"{family} {style}"


def drop_digit_kerning(font):
    """Takes digits out of every kerning pair, so that numbers keep their columns."""
    digits = {font.getBestCmap()[ord(digit)] for digit in "0123456789"}
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            coverage = getattr(table, "Coverage", None)
            if coverage is None:
                continue
            if table.Format == 1:
                kept = [(glyph, pairs) for glyph, pairs in zip(coverage.glyphs, table.PairSet) if glyph not in digits]
                coverage.glyphs = [glyph for glyph, _ in kept]
                table.PairSet = [pairs for _, pairs in kept]
                for pairs in table.PairSet:
                    pairs.PairValueRecord = [record for record in pairs.PairValueRecord if record.SecondGlyph not in digits]
                    pairs.PairValueCount = len(pairs.PairValueRecord)
                table.PairSetCount = len(table.PairSet)
            else:
                coverage.glyphs = [glyph for glyph in coverage.glyphs if glyph not in digits]
                for glyph in digits:
                    table.ClassDef1.classDefs.pop(glyph, None)
                    table.ClassDef2.classDefs.pop(glyph, None)


def reduced(font, wanted, kerning):
    """The font with the wanted characters only."""
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = ["kern"] if kerning else []
    options.name_IDs = [0, 1, 2, 3, 4, 6, 7, 13, 14]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.glyph_names = False
    options.drop_tables += ["BASE", "GDEF", "GSUB", "VORG", "vhea", "vmtx", "FFTM", "DSIG", "kern"] + ([] if kerning else ["GPOS"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    return font


def check(path, wanted, reference):
    """Reads a written font back: every character there with an outline or a width, its lines right, its licence kept."""
    font = TTFont(path)
    known = font.getBestCmap()
    missing = {character for character in wanted if ord(character) not in known}
    assert not missing, f"{path.name} lost {''.join(sorted(missing))}"
    widths = {font["hmtx"][known[ord(digit)]][0] for digit in "0123456789" if ord(digit) in known}
    assert len(widths) <= 1, f"{path.name}: digits of several widths"
    em, reference_em = font["head"].unitsPerEm, reference["head"].unitsPerEm
    for line, reference_line in zip((font["hhea"].ascent, font["hhea"].descent), (reference["hhea"].ascent, reference["hhea"].descent)):
        assert abs(line / em - reference_line / reference_em) < 1e-3, f"{path.name}: its line differs from Inter's"
    assert (font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender) == (font["hhea"].ascent, font["hhea"].descent)
    notices = [font["name"].getDebugName(identifier) or "" for identifier in (0, 13)]
    assert notices[0] and "Open Font License" in notices[1], f"{path.name}: no copyright or licence notice"
    assert not {"GSUB", "fpgm", "cvt ", "prep"} & set(font.keys())
    glyphs = font.getGlyphSet()
    for code, name in known.items():
        assert glyphs[name].width > 0 or chr(code).isspace(), f"{path.name}: {chr(code)} has no width"


def write(name, font, wanted, reference, family=None, kerning=False):
    path = HERE / name
    available = set(map(chr, font.getBestCmap()))
    font = reduced(font, wanted & available, kerning)
    if kerning:
        drop_digit_kerning(font)
    match_lines(font, reference)
    if family:
        rename(font, *family)
    # The same texts give the same bytes.
    font.recalcTimestamp = False
    buffer = io.BytesIO()
    font.save(buffer)
    path.write_bytes(buffer.getvalue())
    check(path, wanted & available, reference)
    print(f"{name:24} {len(wanted & available):5} characters {path.stat().st_size / 1000:7.1f} kB")


def main():
    regular = open_font(INTER / "Inter-Regular.otf")
    reference = {"head": copy.copy(regular["head"]), "hhea": copy.copy(regular["hhea"])}
    semi_bold = open_font(INTER / "Inter-SemiBold.otf")
    for font in (regular, semi_bold):
        tabular_figures(font)
        replacement_glyph(font)
    noto = open_font(NOTO, NOTO_SC)
    in_inter, in_noto = (set(map(chr, font.getBestCmap())) for font in (regular, noto))

    texts = ASCII | LATIN_1 | GREEK | SYMBOLS | CHINESE | {REPLACEMENT} | shown_texts()
    nowhere = texts - in_inter - in_noto
    if nowhere:
        sys.exit("no font has " + ", ".join(f"{character} (U+{ord(character):04X})" for character in sorted(nowhere)))

    write("Inter-Regular.otf", regular, texts & in_inter, reference, kerning=True)
    write("Inter-SemiBold.otf", semi_bold, texts & in_inter, reference, kerning=True)
    write("NotoSansSC-Regular.otf", noto, (texts - in_inter) | FULL_WIDTH, reference, family=("Noto Sans SC", "Regular"))
    for style, wanted in (("Italic", MATHS_ITALIC), ("Regular", MATHS_REGULAR)):
        font = open_font(STIX / f"STIXGeneral-{style}.otf")
        lacking = wanted - set(map(chr, font.getBestCmap()))
        if lacking:
            sys.exit(f"STIXGeneral-{style} lacks {''.join(sorted(lacking))}")
        write(f"Math-{style}.otf", font, wanted, reference, family=("Playground Math", style))


if __name__ == "__main__":
    main()
