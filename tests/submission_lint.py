"""What may not stand in the folder of a submitted plugin, told from its text and, once it is
compiled, from the symbols of its object. Prints one line for each finding and exits with 1 if there
are any.

    submission_lint.py FOLDER [--object FILE]… [--names FILE]

--object: all objects of the plugin; then the text is not read. --names: one a line, attacks that no
plugin may ask for but one whose folder is in attacks/."""
import argparse
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
ROOTS = ("attacks", "datasets", "methods/distillation", "methods/defenses")
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
    r"bench/(core/(log|plugin_sources|processor|embedded|parallel)|nn/(blas_memory|freed_memory)"
    r"|images/assets|recipes/imported_images)\.h")

WORDS = {
    "asm": r"\b(asm|__asm|__asm__)\b",
    "a file": r"\b(fopen|freopen|open|openat|creat|mmap|remove|rename|unlink|[io]?fstream"
              r"|from_file|tmpfile)\s*[(<:]|\b(filesystem|(basic_)?[io]?fstream|basic_filebuf)\b"
              r"|\b(torch|at)\s*::\s*(load|save|from_file)\b",
    "the network": r"\b(socket|connect|bind|listen|accept|getaddrinfo|gethostbyname|sendto|recvfrom"
                   r"|curl_\w+)\s*\(",
    "a process": r"(?<![.>])\b(system|popen|fork|vfork|clone|exec[lv]p?e?|posix_spawnp?|kill|raise"
                 r"|waitpid|syscall|ptrace|dlopen|dlsym)\s*\(",
    "a thread": r"\b(pthread_\w+|std\s*::\s*(jthread|thread|async|mutex|atomic\w*)|parallel_for"
                r"|set_num_threads)\b",
    "the environment": r"\b(getenv|secure_getenv|setenv|putenv|environ|sysconf|sigaction|signal)\b",
    "a clock": r"\bchrono\b|(?<![.>\w])(clock|clock_gettime|gettimeofday|times?)\s*\(|rdtsc",
    "the global generator": r"\b(srand|rand|random_device|mt19937(_64)?|default_random_engine"
                            r"|manual_seed|getDefault\w*Generator)\b|\bat\s*::\s*(rand\w*|normal"
                            r"|bernoulli|multinomial|poisson|dropout\w*)\b|\.\s*(random_|normal_"
                            r"|uniform_|bernoulli_?|exponential_|geometric_|log_normal_|cauchy_"
                            r"|multinomial)\s*\(",
    "the end of the program": r"\b(std\s*::\s*)?(exit|_Exit|quick_exit|abort|terminate|longjmp"
                              r"|atexit)\s*\(",
    "what is behind the interface": r"\b(Registry\s*::\s*Get|PluginSources|GlobalContext"
                                    r"|globalContext|reinterpret_cast|const_cast|_ops"
                                    r"|redispatch)\b",
    "another language or linkage": r"\bextern\b|\b__attribute(__)?\b"
                                   r"|\[\s*\[[^\]]*\b(gnu|__gnu__|using)\b",
    "state of a thread": r"\bthread_local\b",
    "a reserved name": r"\b__\w+",
    # Of the operating system, most of them.
    "a name of the global namespace": r"(?<![\w>])::\s*(?!(dfkd|std|at|c10|fmt|nlohmann)\b)\w+",
    "which program it is in": r"\b(k?WithCode|with_code)\b",
    # What a macro of a header stands for this does not see: braces that close a namespace, too.
    "a macro": r"\b(?!(DFKD_(CHECK|REGISTER)|U?INT\d+_(MAX|MIN)|SIZE_MAX)\b)"
               r"[A-Z][A-Z0-9]*_[A-Z0-9_]+\b",
    "the preprocessor": r"#(?![ \t]*pragma[ \t]+once[ \t]*$)[^\n]{0,40}|\b(_Pragma|__pragma"
                        r"|__has_include\w*|__has_embed)\b|^\s*(export\s+)?import\b",
    "the preprocessor: a digraph": r"%:|<%|%>|:>|<:(?!:[^:>])",
}

# What the object may call, whatever its text looked like: a macro, a template or a declaration of
# one's own may have made the call. First what gets a word of its own, of the demangled symbol.
SYMBOLS = {
    "a file": r"^(f?open(at)?(64)?|creat|mmap(64)?|rename|unlink|remove|freopen|read|write"
              r"|(read|sym)?link)$|std::basic_[io]?fstream|std::basic_filebuf|std::filesystem"
              r"|^dfkd::(ReadBytes|ReadJson|WriteFile|SyncF|Sha256OfFile|LoadTriggerPicture"
              r"|ImportedImages)|^at::_ops::\w*(from_file|save)",
    "the network": r"^(socket|connect|bind|listen|accept4?|getaddrinfo|send(to|msg)?|recv(from"
                   r"|msg)?)$",
    "a process": r"^(system|popen|v?fork|clone3?|exec[lv]p?e?|posix_spawnp?|kill|raise|syscall"
                 r"|ptrace|dlopen|dlsym)$",
    "a thread": r"^pthread_\w+$|std::(\w+::)*(jthread|thread|this_thread|mutex|condition_variable)"
                r"|^at::(internal::)?(parallel|launch|\w*num_threads)|^dfkd::ParallelFor",
    "the environment": r"^((secure_)?getenv|setenv|putenv|sigaction|signal|(__)?environ)$",
    "a clock": r"^(clock|time|times|clock_gettime|gettimeofday)$|std::chrono",
    "the global generator": r"^s?rand(om)?(_r)?$|std::random_device|getDefault\w*Generator"
                            r"|manual_seed",
    "the end of the program": r"^(exit|_exit|_Exit|quick_exit|abort)$",
    "what is behind the interface": r"^dfkd::(Registry::(?!(Add|Get|Refuse)\b)|PluginSources"
                                    r"|ConfigureNumerics)|^at::globalContext",
}
DRAWING = re.compile(r"^at::_ops::(_?rand\w*|normal\w*|uniform\w*|bernoulli\w*|multinomial\w*"
                     r"|binomial\w*|poisson(?!_nll)\w*|\w*dropout\w*|exponential\w*|geometric\w*"
                     r"|cauchy\w*|log_normal\w*|rrelu\w*|_standard_gamma\w*|_sample_dirichlet\w*"
                     r"|(lstm|gru|rnn)_\w+)::")
# Then all that is allowed: what is neither here nor declared by a header for plugins is refused.
CALLS = re.compile(
    r"^(mem(cpy|set|move|cmp|chr|rchr|mem)|str(len|nlen|n?cmp|r?chr|str|to(d|f|ld|u?ll?))"
    r"|__(mem|str)\w+_chk|__stack_chk_fail"
    r"|(a?(sin|cos|tan)h?|atan2|exp2?|expm1|log(2|10|1p|b)?|pow|sqrt|cbrt|hypot|fma|fmod|remainder"
    r"|remquo|fdim|fmin|fmax|ceil|floor|trunc|l?l?r(ound|int)|round|nearbyint|l?ldexp|frexp|modf"
    r"|scalbl?n|ilogb|nextafter|copysign|erfc?|[lt]gamma|fabs)[fl]?|sincosf?"
    r"|__(u?div|u?mod|mul|float|fix)\w*[dtsx][if]\w*"
    r"|__cxa_(allocate_exception|free_exception|throw|rethrow|(begin|end)_catch|guard_\w+|atexit"
    r"|pure_virtual|deleted_virtual|bad_cast|bad_typeid|throw_bad_array_new_length"
    r"|get_exception_ptr)|__dynamic_cast|__gxx_personality_v0|_Unwind_Resume|__dso_handle"
    r"|__libc_single_threaded|_GLOBAL_OFFSET_TABLE_)$"
    r"|^operator (new|delete)(\[\])?$"
    r"|^at::(_ops::\w+::call|Tensor::|TensorBase::|(tensor|operator\W.*)$|indexing::)"
    r"|^c10::((GradMode|AutoGradMode|TensorImpl|UndefinedTensorImpl|detail|Scalar|Sym\w+|Device"
    r"|Storage|StorageImpl|Error|IndexError|ValueError|TypeError)::|operator\W|toString)"
    r"|^caffe2::TypeMeta::|^nlohmann::|^__(cxxabiv1|gnu_cxx)::"
    r"|^fmt::(v\d+::)?(?!v?print|detail::v?print|\w*file|\w*system_error|detail::file)"
    r"|^std::(?!(\w+::)?(locale::(global|locale\(char)|set_|get_new_handler|pmr|cout|cin|cerr|clog"
    r"|call_once|async|future|promise|atomic|quick_exit|exit|abort))")
LIBRARIES = re.compile(r"^(std|fmt|nlohmann|at|c10|caffe2|__gnu_cxx|__cxxabiv1)::|^operator ")
MADE_OF = re.compile(r"^(guard variable for |vtable for |VTT for |construction vtable for "
                     r"|typeinfo (name )?for |(non-)?virtual thunk to )+")

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
BETWEEN = re.compile(r"(\s|//[^\n]*|/\*.*?\*/)*", re.S)
LETTER_BY_NUMBER = re.compile(r"(?<!\\)(\\\\)*\\[xuUNo0-7]")
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
    end = 0  # of the literal before

    def add_literal(match):
        nonlocal end
        literal = match["text"] if match["text"] is not None else match["raw"]
        if literals and BETWEEN.fullmatch(text, end, match.start()):
            literals[-1] += literal  # which compilers join
        else:
            literals.append(literal)
        end = match.end()

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


def root_of(folder):
    """The root of plugins in which the folder is, "" where it is in none."""
    path = folder.as_posix()
    return next((root for root in ROOTS if path.endswith(f"/{root}/{folder.name}")), "")


def check_name(folder, tell):
    """Code of two plugins of one name lies in one namespace: one would be taken for the other."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", folder.name):
        tell(folder.name, "the name must be of small letters, digits and _")
    taken = [root for root in ROOTS if (SOURCE / root / folder.name).exists()]
    if taken and root_of(folder) not in taken:
        tell("", f"{taken[0]}/{folder.name} has that name already")


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
            tell(path.name, f"only {', '.join(sorted(FILES))} of plain names are allowed")
        elif path.stat().st_size > MOST_BYTES:
            tell(path.name, f"{path.stat().st_size} bytes; at most {MOST_BYTES} are allowed")
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


def symbols_of(files):
    """(kind, mangled, demangled, without parameters) of each; "kind" as nm has it."""
    raw = []
    for file in files:
        output = subprocess.run(["nm", "-P", str(file)], capture_output=True, text=True, check=True)
        raw += [tuple(line.split()[:2]) for line in output.stdout.splitlines() if line]
    raw = list(dict.fromkeys(raw))

    def demangled(*flags):
        return subprocess.run(["c++filt", *flags], input="\n".join(name for name, _ in raw) + "\n",
                              capture_output=True, text=True, check=True).stdout.splitlines()
    return [(kind, name, full, bare) for (name, kind), full, bare
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
    _, _, full, bare = symbol
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
    kind, _, full, bare = symbol
    target = MADE_OF.sub("", bare)
    if target.startswith(own):
        return
    by_compilers = kind in "WVunw" and (LIBRARIES.match(target) or is_for_plugins(target, names)
                                        or full.startswith("typeinfo "))
    if not by_compilers and not full.startswith("DW.ref."):
        tell("", f"defines {full[:80]} outside of {own[:-2]}")


def check_objects(files, folder, tell):
    """Undefined symbols are what it calls; symbols in writable memory are its state."""
    source = "\n".join(path.read_text(errors="replace")
                       for path in folder.iterdir() if path.suffix in {".h", ".cc"})
    own = f"dfkd::{folder.name}::"
    names = declared_for_plugins()
    symbols = symbols_of(files)
    defined = {mangled for kind, mangled, _, _ in symbols if kind not in "Uw"}
    for symbol in symbols:
        kind, mangled, full, _ = symbol
        if kind in "Uw":
            if mangled not in defined:
                check_call(symbol, own, names, tell)
        elif kind.isupper() or kind in "un":
            check_definition(symbol, own, names, tell)
        if kind in "bBdDuC" and not full.startswith((*MADE_BY_OTHERS, "DW.ref.")):
            leaf = re.sub(r"\[abi:.*?\]", "", full).split("::")[-1]
            known = re.search(rf"\bconst(expr)?\b[^;{{}}()]*\b{re.escape(leaf)}\b", source)
            if not known and not re.fullmatch(r"k\w+Registered", leaf):
                tell("", f"state that may change: {full[:80]}")


def check_text(folder, names, tell):
    sources = check_files(folder, tell)
    if tell.findings:
        return  # a link or a file without end is not to be read
    for path in sources:
        check_source(path, folder, set() if root_of(folder) == "attacks" else names, tell)


class Tell:
    def __init__(self, folder):
        self.folder, self.findings = folder.name, []

    def __call__(self, name, what):
        self.findings.append(f"{self.folder}/{name}: {what}" if name else f"{self.folder}: {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--object", type=pathlib.Path, action="append")
    parser.add_argument("--names", type=pathlib.Path)
    flags = parser.parse_args()
    folder = flags.folder.resolve()
    tell = Tell(folder)
    if flags.object:
        check_objects(flags.object, folder, tell)
    else:
        check_text(folder, set(flags.names.read_text().split()) if flags.names else set(), tell)
    print("\n".join(dict.fromkeys(tell.findings)), end="\n" if tell.findings else "")
    sys.exit(1 if tell.findings else 0)


main()
