"""What may not stand in the folder of a submitted plugin, told from its text and, once it is
compiled, from the symbols of its object. Prints one line for each finding and exits with 1 if there
are any.

    submission_lint.py FOLDER [--object FILE] [--names FILE]

--names: one a line, attacks that no plugin may ask for."""
import argparse
import pathlib
import re
import subprocess
import sys

FILES = {".h", ".cc", ".md", ".json"}
MOST_FILES, MOST_BYTES, MOST_LINES_OF_HEADER, MOST_LINES = 12, 64 * 1024, 150, 300

# bench/io reads and writes files, sys/ asks the system, c10 and ATen have threads and generators of
# their own.
INCLUDES = re.compile(
    r"^(bench/(core|nn|images|recipes)/[a-z0-9_/]+\.h"
    r"|ATen/(Functions|TensorOperators|TensorIndexing|core/Tensor|core/grad_mode|ops/[a-z0-9_]+)\.h"
    r"|c10/core/GradMode\.h|fmt/(core|format|ranges)\.h|nlohmann/json\.hpp"
    r"|algorithm|array|bit|cassert|charconv|cmath|cstddef|cstdint|deque|functional|initializer_list"
    r"|iterator|limits|map|memory|numbers|numeric|optional|queue|ranges|set|span|sstream|string"
    r"|string_view|tuple|type_traits|unordered_map|unordered_set|utility|variant|vector)$")
NOT_OF_CORE = re.compile(
    r"bench/(core/(log|plugin_sources|processor|embedded)|nn/(blas_memory|freed_memory))\.h")

WORDS = {
    "asm": r"\b(asm|__asm|__asm__)\b",
    "a file": r"\b(fopen|freopen|open|openat|creat|mmap|remove|rename|unlink|[io]?fstream"
              r"|filesystem|from_file|tmpfile)\s*[(<:]|\bstd\s*::\s*([io]?fstream|filesystem)\b"
              r"|\b(torch|at)\s*::\s*(load|save|from_file)\b",
    "the network": r"\b(socket|connect|bind|listen|accept|getaddrinfo|gethostbyname|sendto|recvfrom"
                   r"|curl_\w+)\s*\(",
    "a process": r"(?<![.>])\b(system|popen|fork|vfork|clone|exec[lv]p?e?|posix_spawnp?|kill|raise"
                 r"|waitpid|syscall|ptrace|dlopen|dlsym)\s*\(",
    "a thread": r"\b(pthread_\w+|std\s*::\s*(jthread|thread|async|mutex|atomic\w*)|parallel_for"
                r"|set_num_threads)\b",
    "the environment": r"\b(getenv|secure_getenv|setenv|putenv|environ|sysconf|sigaction|signal)\b",
    "a clock": r"\b(std\s*::\s*chrono|clock_gettime|gettimeofday|time\s*\(\s*(0|nullptr"
               r"|NULL)\s*\))",
    "the global generator": r"\b(srand|rand|random_device|mt19937(_64)?|default_random_engine"
                            r"|manual_seed|getDefault\w*Generator)\b|\bat\s*::\s*(rand\w*|normal"
                            r"|bernoulli|multinomial|poisson|dropout\w*)\b|\.\s*(random_|normal_"
                            r"|uniform_|bernoulli_?|exponential_|geometric_|log_normal_|cauchy_"
                            r"|multinomial)\s*\(",
    "the end of the program": r"\b(std\s*::\s*)?(exit|_Exit|quick_exit|abort|terminate|longjmp"
                              r"|atexit)\s*\(",
    "what is behind the interface": r"\b(Registry\s*::\s*Get|PluginSources|GlobalContext"
                                    r"|globalContext|reinterpret_cast|const_cast)\b",
    "another language or linkage": r"\bextern\b|\b__attribute(__)?\b"
                                   r"|\[\s*\[[^\]]*\b(gnu|__gnu__|using)\b",
    "state of a thread": r"\bthread_local\b",
    "the preprocessor": r"#(?![ \t]*pragma[ \t]+once[ \t]*$)[^\n]{0,40}|\b(_Pragma|__pragma"
                        r"|__has_include\w*|__has_embed)\b|^\s*(export\s+)?import\b",
    "the preprocessor: a digraph": r"%:|<%|%>|:>|<:(?!:[^:>])",
}

# Calls that no source need name: a macro, a template or a declaration of one's own may have made
# them.
SYMBOLS = {
    "a file": r"^(f?open(at)?(64)?|creat|mmap(64)?|rename|unlink|remove|freopen)$"
              r"|std::basic_[io]?fstream|std::basic_filebuf|std::filesystem|^dfkd::(ReadBytes"
              r"|ReadJson|WriteFile|SyncF|Sha256OfFile)",
    "the network": r"^(socket|connect|bind|listen|accept4?|getaddrinfo|send(to|msg)?|recv(from"
                   r"|msg)?)$",
    "a process": r"^(system|popen|v?fork|clone3?|exec[lv]p?e?|posix_spawnp?|kill|raise|syscall"
                 r"|ptrace|dlopen|dlsym)$",
    "a thread": r"^pthread_create$|std::thread|^at::(internal::)?(parallel|launch|set_num_threads)",
    "the environment": r"^((secure_)?getenv|setenv|putenv|sigaction|signal|environ)$",
    "the global generator": r"^s?rand(om)?(_r)?$|std::random_device|getDefault\w*Generator"
                            r"|manual_seed",
    "the end of the program": r"^(exit|_exit|_Exit|quick_exit|abort)$",
    "what is behind the interface": r"^dfkd::(Registry::|PluginSources|ConfigureNumerics)"
                                    r"|^at::globalContext",
}
SYMBOLS_OF_REGISTRATION = re.compile(r"^dfkd::Registry::(Add|Get|Refuse)\b")
DRAWING = re.compile(r"^at::_ops::(rand\w*|normal\w*|uniform_?|random_?\w*|bernoulli\w*|multinomial"
                     r"|poisson|dropout_?|exponential_?|geometric_?|cauchy_?"
                     r"|log_normal_?)(_\w+)?::call\((.*)\)$")

# In memory that may be written, by the compiler or by what a plugin includes.
MADE_BY_OTHERS = ("guard variable for ", "typeinfo ", "vtable for ", "std::", "fmt::", "nlohmann::",
                  "dfkd::TableOf<")


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
QUOTE_IN_NUMBER = re.compile(r"'(?!\w)|(?<!\w)'", re.A)

# Of the whole text, comments and literals too: what makes compilers read other lines than people.
UNREADABLE = {
    "the preprocessor: a line that goes on in the next": r"\\[^\S\n]*(\n|\Z)",
    "the preprocessor: a trigraph": r"\?\?[=/'()!<>-]",
    "a control character": r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                           r"\u2066-\u2069\ufeff]",
}


def read(text):
    """Text without comments; its string literals, of which it keeps empty quotes; the files that it
    includes; and what a compiler may read in another way than this does."""
    literals, includes, doubts = [], [], []

    def replace(match):
        kind = match.lastgroup
        token = match.group(0)
        if match["include"]:
            includes.append(match["own"] if match["own"] is not None else match["system"])
            return ""
        if kind == "comment":
            return " "
        if kind == "character":
            return "' '"
        if match["text"] is not None or match["raw"] is not None:
            literals.append(match["text"] if match["text"] is not None else match["raw"])
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


def static_state(code):
    """Variables that outlive a call and may change. Functions have a bracket before anything
    else."""
    for match in re.finditer(r"\b(static|inline)\b([^;{}=()]*)([;{=(])", code):
        declaration, end = match.group(2), match.group(3)
        if (end == "("
                or re.search(r"\b(const|constexpr|consteval|constinit\s+const)\b", declaration)):
            continue
        if (re.search(r"\b(namespace|struct|class|enum|using)\b", declaration)
                or not declaration.strip()):
            continue
        yield " ".join((match.group(1) + declaration).split())


def check_files(folder, tell):
    files = sorted(path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", folder.name):
        tell(folder.name, "the name must be of small letters, digits and _")
    for needed in (f"{folder.name}.h", "README.md"):
        if not (folder / needed).is_file():
            tell(needed, "is missing")
    if len(files) > MOST_FILES:
        tell("", f"{len(files)} files; at most {MOST_FILES} are allowed")
    sources = []
    for path in files:
        name = str(path.relative_to(folder))
        if path.is_symlink() or not path.is_file():
            tell(name, "is no ordinary file")
        elif path.suffix not in FILES:
            tell(name, f"only {', '.join(sorted(FILES))} are allowed")
        elif path.stat().st_size > MOST_BYTES:
            tell(name, f"{path.stat().st_size} bytes; at most {MOST_BYTES} are allowed")
        elif path.suffix in {".h", ".cc"}:
            sources.append(path)
    return sources


def registers_attacks(folder):
    """An attack meets no attack, and may use another one's picture."""
    cards = []
    for source in [*folder.rglob("*.h"), *folder.rglob("*.cc")]:
        code, _, _, _ = read(source.read_bytes().decode("utf-8", "replace"))
        cards += re.findall(r"DFKD_REGISTER\(\s*\w+,\s*(\w+)<", code)
    return bool(cards) and set(cards) <= {"AttackCard", "StaticCard"}


def check_source(path, folder, names, tell):
    name = str(path.relative_to(folder))
    text = path.read_bytes().decode("utf-8", "replace")
    most = MOST_LINES_OF_HEADER if path.suffix == ".h" else MOST_LINES
    if text.count("\n") > most:
        tell(name, f"{text.count(chr(10))} lines; at most {most} are allowed")
    code, literals, includes, doubts = read(text)
    for doubt in [*unreadable(text), *doubts]:
        tell(name, doubt)
    own = {str(other.relative_to(folder)) for other in folder.rglob("*.h")}
    kinds = ("attacks", "methods/distillation", "methods/defenses", "datasets")
    for include in includes:
        plain = next((include[len(f"{k}/{folder.name}/"):]
                      for k in kinds if include.startswith(f"{k}/{folder.name}/")), include)
        if plain not in own and (not INCLUDES.match(include) or NOT_OF_CORE.match(include)):
            tell(name, f"includes {include}")
    for what, pattern in WORDS.items():
        found = re.search(pattern, code, re.M)
        if found:
            tell(name, f"{what}: '{' '.join(found.group(0).split())[:60]}'")
    for declaration in static_state(code):
        tell(name, f"static state that may change: '{declaration[:60]}'")
    for literal in literals:
        if ".incbin" in literal:
            tell(name, "asm: '.incbin'")
        for word in re.findall(r"[a-z][a-z0-9_]+", literal):
            is_a_name = "_" in word or literal == word  # "blend" and "smooth" are words, too
            if is_a_name and word in names and word != folder.name:
                tell(name, f"asks for '{word}': a plugin must not know which attack it meets")


def check_object(file, folder, tell):
    """Undefined symbols are what it calls; symbols in writable memory are its state."""
    output = subprocess.run(["nm", "-C", str(file)], capture_output=True, text=True,
                            check=True).stdout
    source = "\n".join(path.read_text(errors="replace")
                       for path in folder.rglob("*") if path.suffix in {".h", ".cc"})
    for line in output.split("\n"):
        match = re.match(r"^[0-9a-f ]{16} (\w) (.*)$", line)
        if not match:
            continue
        kind, symbol = match.groups()
        if kind in "Uw":
            for what, pattern in SYMBOLS.items():
                if re.search(pattern, symbol) and not SYMBOLS_OF_REGISTRATION.match(symbol):
                    tell("", f"{what}: calls {symbol[:80]}")
            drawing = DRAWING.match(symbol)
            if drawing and "Generator" not in drawing.group(3):
                tell("", f"the global generator: calls {symbol[:60]}")
        elif kind in "bBdDuC" and not symbol.startswith(MADE_BY_OTHERS):
            leaf = re.sub(r"\[abi:.*?\]", "", symbol).split("::")[-1]
            known = re.search(rf"\bconst(expr)?\b[^;{{}}()]*\b{re.escape(leaf)}\b", source)
            if not known and not re.fullmatch(r"k\w+Registered", leaf):
                tell("", f"state that may change: {symbol[:80]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--object", type=pathlib.Path)
    parser.add_argument("--names", type=pathlib.Path)
    flags = parser.parse_args()
    folder = flags.folder.resolve()
    names = (set(flags.names.read_text().split()) if flags.names and not registers_attacks(folder)
             else set())
    findings = []

    def tell(name, what):
        findings.append(f"{folder.name}/{name}: {what}" if name else f"{folder.name}: {what}")
    if flags.object:
        check_object(flags.object, folder, tell)
    else:
        for path in check_files(folder, tell):
            check_source(path, folder, names, tell)
    print("\n".join(dict.fromkeys(findings)), end="\n" if findings else "")
    sys.exit(1 if findings else 0)


main()
