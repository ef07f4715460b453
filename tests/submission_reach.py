"""What reaches around the interface: memory that nobody lent, private members, other registrations,
a generator or a picture of one's own. Told from text without comments and with empty literals, and
by kinds: what makes a pointer out of something else, not what somebody might do with it.

The findings of `reaches` are refused. Those of `doubts` may be honest, and a maintainer looks at
them: {"flag": word, "what": sentence}."""
import re

from submission_tables import NUMBER, digits

# A type of one or several words, with or without arguments: `unsigned long`, `std::vector<int>`.
TYPE = r"(?:[\w:]+\s+)*[\w:]+(?:<[^()]*?>)?(?:\s+const)?"
# What may follow a cast, and does not follow a parameter without a name.
OPERAND = r"\s*(?!(?:const|override|final|noexcept|requires)\b)[\w(&*\"]"

REACHES = {
    # Behind the counter by which a hook's caller sees that a tensor was written to.
    "memory behind a tensor":
        r"\b(?:\w+_data_ptr|unsafe\w*|variable_data|tensor_data|set_data"
        r"|Storage|StorageImpl|TensorImpl|DataPtr|(?:packed_)?accessor\w*|as_strided\w*|from_blob"
        r"|version_counter|_version|intrusive_ptr|is_alias_of)\b"
        r"|(?:\.|->|Tensor\w*\s*::)\s*(?:\w+_)?storage(?:_offset)?\b"
        r"|\bdata_ptr\s*\(|(?:\.|->)\s*set_\s*\(|\bdata\s*\(\s*\)",
    "a pointer made of something else":
        r"\b(?:bit_cast|union|mem(?:cpy|move|set|chr)|launder|start_lifetime_as\w*|to_address"
        r"|addressof|construct_at|destroy\w*_at|pointer_to|pointer_traits|align\w*_alloc"
        r"|assume_aligned|uninitialized_\w+|\w+_for_overwrite"
        r"|(?:polymorphic_)?allocator\w*|u?intptr_t"
        r"|add_(?:pointer|[lr]value_reference)\w*|type_identity\w*|common_reference\w*"
        r"|c_str|decltype|va_list|va_arg|alloca|malloc|calloc|realloc)\b"
        r"|\bvoid\s*(?:const\s*)?\*|\bfree\s*\(|\bnew\b|\bdelete\b(?!\s*;)|\bstd\s*::\s*data\b",
    "a cast to a pointer or reference":
        rf"\b(?:static|dynamic)_cast\s*<[^;(]*[*&]|\(\s*{TYPE}\s*[*&]+\s*(?:const|volatile)\s*\)"
        rf"{OPERAND}|\(\s*(?:[\w:]+\s+)+[\w:]+(?:<[^()]*?>)?\s*[*&]+\s*\){OPERAND}"
        rf"|\(\s*[*&]+\s*(?:const\s*)?\)"
        rf"|\busing\s+\w+\s*=[^;(]*[*&]|\(\s*{TYPE}::\s*\*\s*\)",
    "arithmetic on an address":
        r"(?<![\w>])\(\s*&\s*[\w.]+(?:->\w+)?\s*\)\s*[\[+-]"
        r"|[({,;=]\s*&\s*[A-Za-z_][\w.]*\s*[-+](?![>=])"
        r"|[\w)]\s*\[\s*-|\bbegin\s*\([^()]*\)\s*-|\bend\s*\([^()]*\)\s*\+"
        r"|\bprev\s*\([^()]*\bc?begin\b|\bnext\s*\([^()]*\bc?end\b"
        r"|\bthis\s*(?:\[|\+|-(?!>))|\*\s*\(\s*this\b"
        r"|\b(?:string_view|span|ArrayRef)\s*(?:<[^;()]*>)?"
        r"\s*\w*\s*[({]\s*&",
    # What stands there before is not always from this plugin.
    "memory that nobody wrote":
        r"\b(?:float|double|char|int|bool|u?int\d+_t|size_t|byte)\s+\w+\s*(?:\[[^\]]*\]\s*)+;"
        r"|\bstd\s*::\s*array\s*<[^;>]*>\s+\w+\s*;",
    # Access is not asked for in the arguments of an explicit instantiation or specialisation.
    "private members of others":
        r"(?<![.>:\w])template\s+(?!<)[\w:]|\bfriend\b|<[^;{}()&]*&\s*[\w:]+::\w+"
        r"|,\s*&\s*[\w:]+::\w+\s*[,>]\s*[;>]|&\s*[\w:]+::\w+_\b",
    # DFKD_REGISTER alone, once.
    "what is behind the interface":
        r"\b(?:Registry|RegisterPlugin|registry_detail|TableOf|CardFunction|PluginFolders"
        r"|PluginCard|ResolveFor|WithDefaults|KeyOptions|UsualGate|CardOf|FactoryOf)\b"
        r"|\bRegister\s*[<(]"
        r"|\bt_running\b|\bdfkd\s*::\s*(?:store|stages|engines)\b",
    "hooks of LibTorch":
        r"\b(?:register_hook|_register_hook|remove_hook|retain_grad|grad_fn|set_gradient_edge"
        r"|_backward|Dispatcher|DispatchKey\w*|RegisterOperators|Library|InferenceMode"
        r"|ThreadLocal\w*|RecordFunction|\w*Allocator|set_enabled|set_default_\w+|autograd|torch)\b"
        r"|\b(?:No|Auto|AutoFw)Grad(?:Guard|Mode)\b(?!\s+\w+\s*[;({])",
    "an attribute but those of the standard":
        r"\[\s*\[(?!\s*(?:nodiscard|maybe_unused|noreturn|fallthrough|likely|unlikely|deprecated"
        r"|no_unique_address)\s*(?:\(\s*(?:\"\")?\s*\))?\s*\]\s*\])",
    "a namespace by another name": r"\busing\s+namespace\b|\bnamespace\s+\w+\s*=",
    # Its own name, place or line: data that no list has, and what differs from build to build.
    "what the compiler knows of it":
        r"\b(?:source_location|typeid|type_info|type_index|stacktrace|is_constant_evaluated)\b",
    # Nobody looks at what a plugin does there.
    "code outside of hooks":
        r"~\s*\w+\s*\([^()]*\)\s*(?:noexcept\s*)?(?:override\s*)?(?!=|;|noexcept|override)\S"
        r"|(?<![=&|,] )(?<!return )~\s*\w+\s*\([^()]*\)[^;{=]*;|\(\s*~\s*\w+\s*\)\s*\("
        r"|_ptr\s*<[^;{}]*>\s*\w*\s*[({][^;]*,\s*\[|\b(?:uncaught_exceptions?|current_exception"
        r"|exception_ptr|scope_exit|out_ptr|inout_ptr|get_deleter|default_delete)\b"
        r"|\bco_(?:await|yield|return)\b|\b(?:setjmp|goto)\b",
    "memory behind a stream": r"\b\w*streambuf\b|\brdbuf\b|\bpubset\w+\b|\b(?:set[gp]|eback"
                              r"|e?gptr|pbase|e?pptr)\s*\(",
    "numbers made of texts": r"\bsto(?:i|l|ll|ul|ull|f|d|ld)\b|\bstrto\w+\b|\bato[filq]+\b"
                             r"|\bi?stringstream\b|\bbitset\b",
    "a thread": r"\bthis_thread\b|\bexecution\s*::|\bstd\s*::\s*(?:latch|barrier|stop_token)\b",
    "output of its own": r"\b(?:v?[fs]?n?printf|f?puts|f?putc|putchar|v?f?scanf|f?gets|f?getc"
                         r"|getchar|fwrite|fread|perror)\s*\(|\b(?:stdin|stdout|stderr|FILE)\b"
                         r"|\bfmt\s*::\s*v?print",
}

# Pictures of triggers are drawn from integers that are mixed, students from forks of one seed.
GENERATORS = {
    "a generator of its own":
        r"\b(?:minstd_rand0?|ranlux\w*|knuth_b|seed_seq|generate_canonical)\b"
        r"|\b(?:linear_congruential|mersenne_twister|subtract_with_carry|discard_block|philox"
        r"|independent_bits|shuffle_order|default_random)_engine\b"
        r"|\b(?:uniform\w*|bernoulli|\w*binomial|geometric|poisson|exponential|gamma|weibull"
        r"|extreme_value|(?:log)?normal|cauchy|fisher_f|chi_squared|student_t|discrete"
        r"|piecewise_\w+)_distribution\b"
        r"|\bstd\s*::\s*(?:ranges\s*::\s*)?(?:shuffle|sample)\b"
        r"|\busing\s+\w+\s*=\s*(?:dfkd\s*::\s*)?Rng\b"
        r"|[:,]\s*(?:(?:public|private|protected|virtual)\s+)*(?:dfkd\s*::\s*)?Rng\s*[{,]"
        r"|\bRng\s*::|<[^<>;(){}]*\bRng\s*[>,]"
        r"|\bRng\s+\w+\s*[({]\s*[0-9]",
    "integers mixed as a generator or a hash does":
        r"\^|\bxor(?:_eq)?\b|\bbit_xor\b|\bbitwise_(?:xor|(?:left|right)_shift)\w*"
        r"|<<=|>>=|\b(?:rotl|rotr|byteswap)\b|[\w)\]]\s*>>\s*\d"
        r"|\bstd\s*::\s*hash\b|\bSha256\w*",
}
# Settings are rounder numbers; those that mix have digits of all kinds.
WHOLE, MOST_DIGITS = r"(?:0[xXbB])?[\da-fA-F']+[uUlLzZ]*", 5
# All but those that the standard's concepts say to be numbers.
PARAMETERS = re.compile(r"\btemplate\s*<((?:[^<>;{}]|<[^<>]*>)*)>")
PARAMETER = re.compile(r"(?:^|,)(?!\s*std\s*::\s*(?:floating_point|(?:(?:un)?signed_)?integral)\s)"
                       r"[^,]*?[\w>.]\s+(\w+)\s*(?:=[^,]*)?(?=,|$)")
MEMBER = re.compile(r"\bRng\s+(\w+)\s*;")
ARGUMENT = re.compile(r"\bRng\s*(?:\w+\s*)?[({]([^(){}]*(?:\([^()]*\)[^(){}]*)*)[)}]")
DECLARES = re.compile(r"\s*(?:const\b|[\w:]+\s*&|[\w:]+\s+\w+\s*(?:,|$))")
# Of texts that std::from_chars reads there is no other end.
READ_NUMBER = re.compile(r"(?:from_chars\(\s*(?P<text>\w+)\.data\(\),|==)\s*(?P<same>\w+)"
                         r"\.data\(\)\s*\+\s*(?P=same)\.size\(\)")
SAME_MEMORY = re.compile(r"\.data_ptr\(\)\s*==\s*[\w.]+\.data_ptr\(\)")
SIZE = r"(?:size\(-?\d?\)|numel\(\)|\b(?:total_)?rounds?\b(?:\(\))?|\b(?:classes|height|width" \
       r"|channels|step)\b)"


def shown(text):
    return " ".join(text.split())[:60]


def reaches(code, root):
    """One line for each kind that is found."""
    plain = SAME_MEMORY.sub("same", READ_NUMBER.sub("same", code))
    if root == "datasets":  # whose interface has paths, and whose images are drawn from a seed
        plain = re.sub(r"\bnamespace\s+fs\s*=\s*std\s*::\s*filesystem\b", "", plain)
        patterns = REACHES
    else:
        patterns = {**REACHES, **GENERATORS}
    for what, pattern in patterns.items():
        found = re.search(pattern, plain)
        if found:
            yield f"{what}: '{shown(found[0])}'"
    if root != "datasets":
        for number in NUMBER.findall(plain):
            if re.fullmatch(WHOLE, number) and digits(number) > MOST_DIGITS:
                yield f"a constant as generators and hashes have: '{number[:30]}'"
                break


def seeds(code):
    """A generator that is not made of another as a whole: Rng r(0 * rng.Next() + 7), and a member
    that the constructor makes of a number. `code`: of all files, for both may be far apart."""
    for found in ARGUMENT.finditer(code):
        if DECLARES.match(found[1]):
            continue  # a function that returns one
        made = re.sub(r"(?<=\.)Fork\([^()]*\)", "Fork", found[1])
        if re.search(r"\b(?:Next|Below|Uniform|Normal)\b|[*/%|]|[-+](?!>)", made):
            yield f"a generator of its own: '{shown(found[0])}'"
    for name in MEMBER.findall(code):
        found = re.search(rf"(?<![\w.>]){name}\s*[({{]\s*(?![^(){{}}]*[rR]ng)[\w'\"]", code)
        if found:
            yield f"a generator of its own: '{shown(found[0])}'"
    for name in {name for all_ in PARAMETERS.findall(code) for name in PARAMETER.findall(all_)}:
        found = re.search(rf"(?:(?<![\w<]){name}|\bstatic_cast\s*<\s*{name}\s*>)"
                          rf"(?:\s*[({{]\s*[\w'\"]|\s\w+\s*[({{]\s*\d)", code)
        if found:
            yield f"what a template makes of a number, a generator too: '{shown(found[0])}'"


DOUBTS = {
    "raw_memory": (
        r"\bdata_ptr\s*<",
        "it reads or writes through a pointer: no program sees whether it stays within what it was "
        "lent"),
    # What was freed may hold what another stage of the process has read.
    "old_memory": (
        r"\bempty\s*\(\s*(?!\{?\s*0\b|\))|\b(?:new_empty|empty_\w+)\b|\bresize_\s*\(",
        "it has tensors in which is what memory held before: all of it must be written before it "
        "is read"),
    "made_of_others": (
        r"\.\s*parts\b|\bPartRef\b",
        "it has parts that are plugins of their own: its numbers are theirs"),
    "picks_its_cells": (
        r"\.\s*why_unfit\b",
        "it says itself where it does not apply: those must be places where it cannot"),
    "knows_sizes": (
        rf"{SIZE}\s*(?:[=!]=|<=?|>=?)\s*\d{{2,}}"
        rf"|(?<!\d)\d{{2,9}}\s*(?:[=!]=|<=?|>=?)\s*[\w.>()-]*{SIZE}",
        "it compares a size or a round with a number: it may have other manners on toys, or for "
        "one matrix"),
    "reads_pictures": (
        r"\b(?:ImportedRecipe|PatchRecipe)\b",
        "it distils on pictures from files: its defaults must name no file, and no images of a "
        "test set"),
    "own_gate": (
        r"\.\s*gate\b|\bAttackGate\b|\blowest_asr\b",
        "it says itself when an attack counts as one that took"),
    "calls_itself_control": (
        r"\.\s*control\b",
        "its card says that it is a control: those of the tree are there to score trivially"),
}


# A pointer's name, where it is declared: `a * b` is a product.
POINTER = re.compile(r"(?:\b(?:const|auto)\s+(?:[\w:]+(?:<[^;{}()=]*>)?\s*)?\*|\bauto\s*\*|[\w>]\*"
                     r"|\b(?!return|else|throw|case|and|or|not)[\w:>]+\s+\*(?=\w))"
                     r"\s*(?:const\s+)?([A-Za-z_]\w*)"
                     r"|[;{}]\s*[\w:]+(?:<[^;{}()]*>)?\s*\*\s*([A-Za-z_]\w*)\s*[=;]")
MADE_OF_IT = r"(?:ArrayRef|span|string_view|string|vector|counted|subrange|copy_n|next|advance)\b"


def walks(code):
    """Where a pointer is used as the beginning of more than it points to, or ""."""
    for name in sorted({one or other for one, other in POINTER.findall(code)}):
        here = rf"(?<![\w.>:]){name}"
        found = re.search(rf"{here}\s*(?:\[|\+\+|--|[-+]=|\+|-(?!>))|(?:\+\+|--)\s*{here}\b"
                          rf"|{MADE_OF_IT}[^;(){{}}]*[({{]\s*{name}\s*,", code)
        if found:
            return found[0]
    return ""


def doubts(code):
    """What nothing is wrong with by itself."""
    walk = walks(code)
    if walk and not re.search(DOUBTS["raw_memory"][0], code):
        yield {"flag": "raw_memory", "what": f"'{shown(walk)}': {DOUBTS['raw_memory'][1]}"}
    for flag, (pattern, what) in DOUBTS.items():
        found = re.search(pattern, code)
        if found:
            yield {"flag": flag, "what": f"'{shown(found[0])}': {what}"}
