"""What may not stand in the folder of a submitted plugin, told from its text and, once it is
compiled, from the symbols of its object. Prints one line for each finding and exits with 1 if there
are any.

    submission_lint.py FOLDER… [--object FILE]… [--names FILE] [--doubts FILE]

--object: all objects of the plugin, of which there is one; then the text is not read. --names: one
a line, attacks that no plugin may ask for but one whose folder is in attacks/. --doubts: where to
write what somebody has to look at, a list of {"flag", "what"}."""
import argparse
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the tree is only read

from submission_reach import doubts, reaches, seeds
from submission_shapes import shapes_of, size_of
from submission_state import state_of
from submission_tables import numbers_of, tables_of
from submission_words import (CALLS, DRAWING, INCLUDES, LIBRARIES, MADE_BY_OTHERS, MADE_OF,
                              NETWORK, NOT_OF_CORE, OF_ATTACKS, OWN_GENERATOR, SYMBOLS, TAKEN,
                              WORDS, WRITABLE)

SOURCE = pathlib.Path(__file__).resolve().parent.parent
ROOTS = ("attacks", "datasets", "methods/distillation", "methods/defenses", "methods/detectors")
FILES = {".h", ".cc", ".md", ".json"}
MOST_FILES, MOST_BYTES, MOST_LINES_OF_HEADER, MOST_LINES = 12, 64 * 1024, 150, 300

# As a compiler reads: names and numbers as a whole, so that no letter or digit before a quote makes
# of it what the compiler does not, and what is not an include in its plainest form stays a '#'.
TOKEN = re.compile(r'''
  (?P<include>^[ \t]*\#[ \t]*include[ \t]*(?:<(?P<system>[^>\n]*)>|"(?P<own>[^"\n]*)")
     (?=[ \t]*(?:\n|//|/\*|\Z)))
| (?P<comment>//[^\n]*|/\*.*?\*/)
| (?:u8|[uUL])?R"(?P<mark>\w{0,16})\((?P<raw>.*?)\)(?P=mark)"(?:[A-Za-z_]\w*)?
| (?P<odd>(?:u8|[uUL])?R")
| (?:u8|[uUL])?"(?P<text>(?:\\.|[^"\\\n])*)"(?:[A-Za-z_]\w*)?
| (?P<character>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+'(?:[A-Za-z_]\w*)?)
| (?P<number>\.?[0-9](?:[eEpP][+-]|[\w\'.])*)
| [A-Za-z_]\w*
| (?P<other>.)''', re.M | re.S | re.X | re.A)
LETTER_BY_NUMBER = re.compile(r"(?<!\\)(\\\\)*\\[xuUNo0-7]")
ONE_LETTER = re.compile(r"(u8|[uUL])?'(\\[^\n][0-9a-fA-F]*|[^\\])'")
QUOTE_IN_NUMBER = re.compile(r"'(?!\w)|(?<!\w)'", re.A)

# Of the whole text, comments and literals too: what makes compilers read other lines than people.
UNREADABLE = {
    "the preprocessor: a line that goes on in the next": r"\\[^\S\n]*(\n|\Z)",
    "the preprocessor: a trigraph": r"\?\?[=/'()!<>-]",
    "a control character": r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                           r"\u2066-\u2069\ufeff]",
}

# What pages and README show comes from here alone, and does nothing.
ACTIVE = re.compile(r"<\s*/?\s*(script|i?frame|img|image|style|link|object|embed|form|input|button"
                    r"|svg|math|video|audio|meta|base|details|a)\b|!\[|javascript:|data:\w+/"
                    r"|\bon\w+\s*=\s*[\"']|&#", re.I)
# No part of an address, and no year or number of a paper.
CONSTANT = re.compile(r"(?:^|(?<=[^\w/.]))(?:\d{7,}|(?=[a-fA-F]*\d)[\da-fA-F]{12,})")
# A file has its name from options; one in the folder of a plugin's defaults is somebody's own.
PATH = re.compile(r"^(~\w*/|\.\.?/\w|/\w[\w-]*[/.]|/(data(sets?)?\d*|usr|home|root|srv|media|proc"
                  r"|sys|dev|etc|tmp|mnt|work)\b)|/\.\.?/|\b(usr|home|proc|dev|etc|tmp|mnt)/")


def read(text):
    """Text without comments; its string literals, of which it keeps empty quotes; the files that it
    includes; and what a compiler may read in another way than this does."""
    literals, includes, doubts = [], [], []
    after_literal = False  # but for blanks and comments

    def add_literal(match):
        nonlocal after_literal
        literal = match["text"] if match["text"] is not None else match["raw"]
        if literals and after_literal:
            literals[-1] += literal  # which compilers join
        else:
            literals.append(literal)
        after_literal = True

    def replace(match):
        nonlocal after_literal
        kind = match.lastgroup
        token = match.group(0)
        if kind != "comment" and not token.isspace() and match["text"] is match["raw"] is None:
            after_literal = False
        if match["include"]:
            includes.append(match["own"] if match["own"] is not None else match["system"])
            return ""
        if kind == "comment":
            return " "
        if kind == "character":
            if not ONE_LETTER.match(token):
                doubts.append(f"several letters in one character: {token[:20]}")
            return "' '"
        if match["text"] is not None or match["raw"] is not None:
            add_literal(match)
            if match["text"] and LETTER_BY_NUMBER.search(match["text"]):
                doubts.append("a letter by its number in a string")
            return '""'
        if kind == "odd":
            doubts.append("a raw string whose end is not plain")
        elif kind == "number" and QUOTE_IN_NUMBER.search(token):
            doubts.append(f"a quote that separates no digits: {token[:20]!r}")
        elif kind == "other" and token in "\"'":
            doubts.append(f"a quote without an end: {token}")
        elif kind == "other" and (token in "\\$@`" or not token.isascii()):
            doubts.append(f"{token!r} outside of comments and strings")
        return token
    return TOKEN.sub(replace, text), literals, includes, doubts


def unreadable(text):
    for what, pattern in UNREADABLE.items():
        found = re.search(pattern, text)
        if found:
            yield f"{what}: line {text.count(chr(10), 0, found.start()) + 1}"


def root_of(folder):
    """The root of plugins in which the folder is, "" where it is in none."""
    path = folder.as_posix()
    return next((root for root in ROOTS if path.endswith(f"/{root}/{folder.name}")), "")


def namespaces_of_tree():
    """Those within dfkd."""
    names = set()
    for path in (SOURCE / "bench").rglob("*.h"):
        names.update(re.findall(r"^namespace (?:dfkd::)?([a-z_]+)\b", path.read_text(), re.M))
    return names - {"dfkd"}


def ids_of_others(name):
    """The matrices of the tree in which `name` is the id of an entry with another plugin."""
    def has(part):
        if isinstance(part, dict):
            other = part.get("id") == name and part.get("plugin", part.get("parts")) != name
            return other or any(has(value) for value in part.values())
        return isinstance(part, list) and any(has(item) for item in part)
    files = sorted((SOURCE / "bench/matrices").glob("*.json"))
    return [file.name for file in files if has(json.loads(file.read_bytes()))]


def check_name(folder, tell):
    """Code of two plugins of one name lies in one namespace: one would be taken for the other."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", folder.name):
        tell(folder.name, "the name must be of small letters, digits and _")
    if folder.name in TAKEN | namespaces_of_tree():
        tell("", f"dfkd::{folder.name} would be taken for another name of the language or the tree")
    matrices = ids_of_others(folder.name)
    if matrices:
        tell("", f"'{folder.name}' is another plugin's entry in {matrices[0]}: the numbers of that "
                 "one would be taken for those of this")
    taken = [root for root in ROOTS if (SOURCE / root / folder.name).exists()]
    if taken and root_of(folder) not in taken:
        tell("", f"{taken[0]}/{folder.name} has that name already")


def check_json(path, tell):
    """Cells to begin with (`dfkd new`), and no place for data."""
    try:
        schema = json.loads(path.read_bytes()).get("schema")
    except (ValueError, AttributeError, RecursionError):
        schema = None
    if path.name != "toy.json" or schema != "matrix.v1":
        tell(path.name, "the only JSON allowed is a matrix, toy.json")


def check_page(path, tell):
    """What people read before a merge, and what they are shown after it."""
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    for doubt in unreadable(text):
        if "the preprocessor" not in doubt:  # a line may end in any sign
            tell(path.name, doubt)
    found = ACTIVE.search(text)
    if found:
        tell(path.name, f"no plain text: '{ascii(found[0])[1:-1][:40]}'")


def check_files(folder, tell):
    """The sources. Nothing is read here: what is not an ordinary, small file is found first."""
    check_name(folder, tell)
    for needed in (f"{folder.name}.h", "README.md"):
        if not (folder / needed).is_file():
            tell(needed, "is missing")
    files = sorted(folder.iterdir())
    if len(files) > MOST_FILES:
        tell("", f"{len(files)} files; at most {MOST_FILES} are allowed")
    sources = []
    for path in files:
        if path.is_dir() and not path.is_symlink():
            tell(path.name, "is a folder; a plugin is compiled without those below it")
        elif path.is_symlink() or not path.is_file():
            tell(path.name, "is no ordinary file")
        elif path.suffix not in FILES or not re.fullmatch(r"\w+", path.stem, re.A):
            tell(ascii(path.name), f"only {', '.join(sorted(FILES))} of plain names are allowed")
        elif path.stat().st_size > MOST_BYTES:
            tell(path.name, f"{path.stat().st_size} bytes; at most {MOST_BYTES} are allowed")
        elif path.suffix == ".json":
            check_json(path, tell)
        elif path.suffix in {".h", ".cc"}:
            sources.append(path)
    return sources


def outside(code, name):
    """The first words that are not within a `namespace dfkd::<name> { … }`, or ""."""
    depth = 0
    code = re.sub(r"#[ \t]*pragma[ \t]+once[ \t]*$", "", code, flags=re.M)
    opening = re.compile(rf"\s*namespace\s+dfkd\s*::\s*{name}\s*\{{")
    place = 0
    while place < len(code):
        if depth == 0:
            match = opening.match(code, place)
            if not match:
                return " ".join(code[place:].split())[:60]
            place, depth = match.end(), 1
            continue
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        place += 1
    return "" if depth == 0 else "a brace that nothing closes"


def may_include(include, folder):
    """What is for plugins, and what is of the folder itself: of no other one of its name."""
    roots = [root_of(folder)] if root_of(folder) else [
        root for root in ROOTS if not (SOURCE / root / folder.name).exists()]
    plain = next((include[len(f"{root}/{folder.name}/"):]
                  for root in roots if include.startswith(f"{root}/{folder.name}/")), include)
    if OF_ATTACKS.match(include) and root_of(folder) not in {"", "attacks"}:
        return False
    return (plain in {other.name for other in folder.glob("*.h")}
            or INCLUDES.match(include) and not NOT_OF_CORE.match(include))


def check_source(path, folder, names, tell):
    name = str(path.relative_to(folder))
    text = path.read_bytes().decode("utf-8", "replace")
    most = MOST_LINES_OF_HEADER if path.suffix == ".h" else MOST_LINES
    if text.count("\n") > most:
        tell(name, f"{text.count(chr(10))} lines; at most {most} are allowed")
    code, literals, includes, doubts = read(text)
    for doubt in [*unreadable(text), *doubts]:
        tell(name, doubt)
    for include in includes:
        if not may_include(include, folder):
            tell(name, f"includes {include}")
    other = outside(code, folder.name)
    if other:
        tell(name, f"outside of namespace dfkd::{folder.name}: '{other}'")
    check_words(code, name, root_of(folder), tell)
    for reach in reaches(code, root_of(folder)):
        tell(name, reach)
    for declaration in state_of(code, texts=root_of(folder) == "datasets"):
        tell(name, f"static state that may change: '{declaration[:60]}'; what outlives a call must "
             "be constexpr")
    check_literals(literals, name, folder, names, tell)
    if root_of(folder) != "datasets":  # which have checksums and names of classes
        for table in [*tables_of(code, literals), *shapes_of(text, code, literals)]:
            tell(name, table)
    return code, literals


def check_words(code, name, root, tell):
    words = dict(WORDS)
    if root == "datasets":  # whose interface has the path of the folder of data
        code = re.sub(r"\bstd\s*::\s*filesystem\s*::\s*path\b", "path", code)
    else:
        words["a generator of its own"] = OWN_GENERATOR
    for what, pattern in words.items():
        found = re.search(pattern, code, re.M)
        if found:
            tell(name, f"{what}: '{' '.join(found.group(0).split())[:60]}'")


def check_literals(literals, name, folder, names, tell):
    for literal in literals:
        if ".incbin" in literal:
            tell(name, "asm: '.incbin'")
        active = ACTIVE.search(literal)
        if active:
            tell(name, f"no plain text: '{active[0][:40]}'")
        constant = CONSTANT.search(literal)
        if constant and root_of(folder) != "datasets":
            tell(name, f"a constant in a text: '{constant[0][:30]}'")
        if re.search(r"\b(?!https://)[A-Za-z][\w+.-]*://", literal) and root_of(
                folder) != "datasets":
            tell(name, f"an address but of https: '{literal[:40]}'")
        if PATH.search(literal) and root_of(folder) != "datasets":
            tell(name, f"the path of a file: '{literal[:40]}'; options name files")
        network = NETWORK.search(literal)
        if network and root_of(folder) != "attacks":
            tell(name, f"asks for '{network[0]}': a plugin must not know which network it meets")
        for word in re.findall(r"[a-z][a-z0-9_]+", literal):
            is_a_name = "_" in word or literal == word  # "blend" and "smooth" are words, too
            if is_a_name and word in names and word != folder.name:
                tell(name, f"asks for '{word}': a plugin must not know which attack it meets")


def sections_of(file):
    """Symbol -> where its memory is."""
    output = subprocess.run(["nm", "-f", "sysv", str(file)], capture_output=True, text=True,
                            check=True).stdout
    columns = (line.split("|") for line in output.splitlines() if line.count("|") >= 6)
    return {column[0].strip(): column[-1].strip() for column in columns}


def symbols_of(files):
    """(kind, mangled, demangled, without parameters, section) of each; "kind" as nm has it."""
    raw = []
    for file in files:
        output = subprocess.run(["nm", "-P", str(file)], capture_output=True, text=True, check=True)
        sections = sections_of(file)
        for line in output.stdout.splitlines():
            name, kind = line.split()[:2]
            raw.append((name, kind, sections.get(name, "")))
    raw = list(dict.fromkeys(raw))

    def demangled(*flags):
        return subprocess.run(["c++filt", *flags], input="\n".join(one[0] for one in raw) + "\n",
                              capture_output=True, text=True, check=True).stdout.splitlines()
    return [(kind, name, full, bare, section) for (name, kind, section), full, bare
            in zip(raw, demangled(), demangled("-p"), strict=True)]


def without_templates(name):
    """dfkd::TableOf<Options>::x: dfkd::TableOf::x"""
    before = None
    while before != name:
        before, name = name, re.sub(r"(?<!operator)(?<!operator<)<[^<>]*>", "", name)
    return name


def declared_for_plugins():
    """Classes and functions of the headers that a plugin may include."""
    names = set()
    for path in (SOURCE / "bench").rglob("*.h"):
        include = str(path.relative_to(SOURCE))
        if not INCLUDES.match(include) or NOT_OF_CORE.match(include):
            continue
        code, _, _, _ = read(path.read_text())
        names.update(re.findall(r"\b(?:class|struct|namespace)\s+(?:\w+::)*(\w+)(?:\s+final)?"
                                r"\s*(?::[^;{]*)?\{", code))
        names.update(re.findall(r"\b(\w+)\s*\(", code))
        names.update(re.findall(r"\bk[A-Z]\w*", code))
    return names


def is_for_plugins(bare, names):
    first = re.match(r"dfkd::(\w+)", without_templates(bare))
    return bool(first) and first[1] in names


def check_call(symbol, own, names, tell):
    _, _, full, bare, _ = symbol
    for what, pattern in SYMBOLS.items():
        if re.search(pattern, full):
            tell("", f"{what}: calls {full[:80]}")
            return
    if DRAWING.match(full):
        tell("", f"the global generator: calls {full[:60]}")
        return
    target = MADE_OF.sub("", bare)
    if target.startswith(own):
        tell("", f"has no {full[:80]} of its own")
    elif (not CALLS.match(full if bare.startswith("std::locale") else target)
          and not is_for_plugins(target, names)):
        tell("", f"calls {full[:80]}, which is not of what plugins may call")


def check_definition(symbol, own, names, tell):
    """Of two definitions of one name a linker takes one: a plugin could replace another's code."""
    kind, _, full, bare, _ = symbol
    target = MADE_OF.sub("", bare)
    if target.startswith(own):
        return
    by_compilers = kind in "WVunw" and (LIBRARIES.match(target) or is_for_plugins(target, names)
                                        or full.startswith("typeinfo "))
    if not by_compilers and not full.startswith("DW.ref."):
        tell("", f"defines {full[:80]} outside of {own[:-2]}")


def check_state(symbol, may_be, tell):
    """Memory that may be written: constants that a compiler could not compute, too. `may_be`: whole
    names, for a namespace within could have one of the same leaf."""
    _, _, full, _, section = symbol
    if not WRITABLE.match(section) or full.startswith((*MADE_BY_OTHERS, "DW.ref.")):
        return
    if re.sub(r"\[abi:.*?\]", "", full) not in may_be:
        tell("", f"state that may change: {full[:80]}")


def check_objects(files, folder, tell):
    """Undefined symbols are what it calls; symbols in writable memory are its state."""
    source = "\n".join(read(path.read_text(errors="replace"))[0]
                       for path in folder.iterdir() if path.suffix in {".h", ".cc"})
    may_be = {f"k{name}Registered" for name in re.findall(r"\bDFKD_REGISTER\(\s*(\w+)", source)}
    if root_of(folder) == "datasets":  # whose texts may be made when the program starts
        may_be |= set(re.findall(r"\bconst\s+std\s*::\s*(?:string|vector<std::string>)\s+(\w+)",
                                 source))
    own = f"dfkd::{folder.name}::"
    may_be = {own + name for name in may_be}
    names = declared_for_plugins()
    symbols = symbols_of(files)
    if root_of(folder) == "datasets":  # a path is a text; asking the system about it is refused
        path = "std::filesystem::__cxx11::path"
        symbols = [(*head, full.replace(path, "path"), bare, section)
                   for *head, full, bare, section in symbols]
    defined = {symbol[1] for symbol in symbols if symbol[0] not in "Uw"}
    for symbol in symbols:
        kind, mangled = symbol[:2]
        if kind in "Uw":
            if mangled not in defined:
                check_call(symbol, own, names, tell)
        elif kind.isupper() or kind in "un":
            check_definition(symbol, own, names, tell)
        check_state(symbol, may_be, tell)


def check_text(folder, names, tell):
    sources = check_files(folder, tell)
    if tell.findings:
        return  # a link or a file without end is not to be read
    for page in sorted(folder.glob("*.md")):
        check_page(page, tell)
    known = set() if root_of(folder) == "attacks" else names
    read_ = [check_source(path, folder, known, tell) for path in sources]
    codes = [code for code, _ in read_]
    registered = sum(len(re.findall(r"\bDFKD_REGISTER\b", code)) for code in codes)
    if registered != 1:
        tell("", f"registers {registered} plugins instead of one")
    if root_of(folder) != "datasets":
        texts = [text for _, literals in read_ for text in literals]
        whole = "\n".join(codes)
        for what in [*numbers_of(codes, texts), *size_of(codes), *seeds(whole)]:
            tell("", what)
        tell.doubts += doubts(whole)


# What to write instead.
INSTEAD = {
    "a macro": "constants: kLikeThis; M_PI: std::numbers::pi; TORCH_CHECK: DFKD_CHECK, MakeError",
    "hooks of LibTorch: 'torch": "at:: in place of torch::; bench/nn/losses.h has Gradients",
    "memory that nobody wrote": "= {}",
    "the preprocessor: '#if": "#pragma once",
}


class Tell:
    def __init__(self, folder):
        self.folder, self.findings, self.doubts = folder.name, [], []

    def __call__(self, name, what):
        what += next((f"; instead: {other}" for start, other in INSTEAD.items()
                      if what.startswith(start)), "")
        self.findings.append(f"{self.folder}/{name}: {what}" if name else f"{self.folder}: {what}")


def findings(folder, objects, names, doubts_=None):
    """`doubts_`: a list, to which those of the text are added."""
    tell = Tell(folder)
    if objects:
        check_objects(objects, folder, tell)
    else:
        check_text(folder, names, tell)
    if doubts_ is not None:
        doubts_ += tell.doubts
    return dict.fromkeys(tell.findings)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", metavar="FOLDER", type=pathlib.Path, nargs="+")
    parser.add_argument("--object", type=pathlib.Path, action="append")
    parser.add_argument("--names", type=pathlib.Path)
    parser.add_argument("--doubts", type=pathlib.Path)
    flags = parser.parse_args()
    names = set(flags.names.read_text().split()) if flags.names else set()
    open_ = []
    found = [finding for folder in flags.folders
             for finding in findings(folder.resolve(), flags.object, names, open_)]
    if flags.doubts:
        flags.doubts.write_text(json.dumps(open_))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
