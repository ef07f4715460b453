"""What a plugin may include, say and call: patterns of its text and of its symbols."""
import re

# bench/io reads and writes files, sys/ asks the system, c10 and ATen have threads and generators of
# their own.
INCLUDES = re.compile(
    r"^(bench/(core|nn|images|recipes)/[a-z0-9_/]+\.h"
    r"|ATen/(ATen|Functions|TensorOperators|TensorIndexing|core/Tensor|core/grad_mode"
    r"|ops/[a-z0-9_]+)\.h"
    r"|c10/core/GradMode\.h|fmt/(core|format|ranges)\.h|nlohmann/json\.hpp"
    r"|algorithm|array|bit|cassert|charconv|cmath|concepts|cstddef|cstdint|deque|functional"
    r"|initializer_list|iterator|limits|map|memory|numbers|numeric|optional|queue|ranges|set|span"
    r"|sstream|stdexcept|string|string_view|tuple|type_traits|unordered_map|unordered_set|utility"
    r"|variant|vector)$")
NOT_OF_CORE = re.compile(
    r"bench/(core/(log|plugin_sources|processor|embedded|parallel)|nn/(blas_memory|freed_memory)"
    r"|images/assets|recipes/imported_images)\.h")

# A defence that can make a trigger can look for it.
OF_ATTACKS = re.compile(
    r"bench/recipes/(anti_distillation|covers|dormant|in_step_poison|poison|static_attack)\.h")

WORDS = {
    "asm": r"\b(asm|__asm|__asm__)\b",
    # std::remove of <algorithm> has the name of what deletes files: the symbols tell them apart.
    "a file": r"\b(fopen|freopen|open|openat|creat|mmap|rename|unlink|[io]?fstream"
              r"|from_file|tmpfile)\s*[(<:]|\b(filesystem|(basic_)?[io]?fstream|basic_filebuf)\b"
              r"|\b(torch|at)\s*::\s*(load|save|from_file)\b",
    "the network": r"(?<!\bstd::)\b(socket|connect|bind|listen|accept|getaddrinfo|gethostbyname"
                   r"|sendto|recvfrom|curl_\w+)\s*\(",
    "a process": r"(?<![.>])(?<!\bat::)\b(system|popen|fork|vfork|clone|exec[lv]p?e?|posix_spawnp?"
                 r"|kill|raise|waitpid|syscall|ptrace|dlopen|dlsym)\s*\(",
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
    # A plain cast takes `const` away without a word; a parameter without a name looks alike.
    "a cast to a pointer or reference":
        r"\(\s*(?:const\s+)?[\w:]+(?:<[^<>()]*>)?\s*[*&]+\s*\)"
        r"\s*(?!(?:const|override|final|noexcept|requires)\b)[\w(&*\"]"
        r"|\busing\s+\w+\s*=[^;]*[&*]\s*;|\btypedef\b",
    # What the standard library keeps for all of the program: numbers that it counts up, streams,
    # locales, handlers. Of a stream or a locale of one's own nobody else sees anything.
    "state of the process": r"\b(xalloc|sync_with_stdio|setlocale|localeconv|strtok|strerror"
                            r"|set_(new_handler|terminate|unexpected|default_resource)"
                            r"|get_(new_handler|terminate|unexpected|default_resource)"
                            r"|at_quick_exit|fesetround|fesetenv|feupdateenv|feraiseexcept"
                            r"|feclearexcept|fetestexcept|tzset|errno|signgam)\b"
                            r"|\blocale\s*::\s*global\b|\bmessages(_byname)?\s*<"
                            r"|\bw?(cout|cin|cerr|clog)\b",
    "another language or linkage": r"\bextern\b|\b__attribute(__)?\b"
                                   r"|\[\s*\[[^\]]*\b(gnu|__gnu__|using)\b",
    "state of a thread": r"\bthread_local\b",
    "state that may change in what is const": r"\bmutable\b",
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

# Streams that others draw from, too: of the images that are poisoned, of a picture of noise.
OWN_GENERATOR = (r"\bRng\s*[({](?![^(){}]*\b\w*[rR]ng\w*\b)[^)}]"
                 r"|\bRng\s+\w+\s*[({](?![^(){}]*\b\w*[rR]ng\w*\b)\s*[\w.:]+\s*[)}]"
                 r"|<\s*Rng\s*>\s*\w*\s*[({](?![^(){}]*\b\w*[rR]ng\w*\b)[^)}]"
                 r"|\bSplitMix64\b")
NETWORK = re.compile(r"\b(vgg(-s)?|wrn|resnet|preact|lenet|mobilenet\w*)-\d+")

# Names of which `dfkd::<name>` would be taken for another: all plugins are compiled together.
TAKEN = set("""
    std at c10 caffe2 torch fmt nlohmann boost dfkd alignas alignof and and_eq asm auto bitand bitor
    bool break case catch char class compl concept const consteval constexpr constinit continue
    decltype default delete do double else enum explicit export extern false final float for friend
    goto if import inline int long main module mutable namespace new noexcept not not_eq nullptr
    operator or or_eq override private protected public register requires return short signed sizeof
    static struct switch template this throw true try typedef typeid typename union unsigned using
    virtual void volatile while xor xor_eq""".split())

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
    "state of the process": r"^std::ios_base::(xalloc|sync_with_stdio)\b|^std::locale::global\b"
                            r"|^std::(__cxx11::)?messages(_byname)?<"
                            r"|std::use_facet<std::(__cxx11::)?messages(_byname)?<"
                            r"|^std::w?(cout|cin|cerr|clog)$"
                            r"|^std::(set_|get_(new_handler|terminate|unexpected))|^std::pmr::"
                            r"|^(at_quick_exit|atexit|setlocale|fe(set|clear|raise|test|update"
                            r"|hold)\w+|__errno_location|signgam)$",
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
    r"|^std::(?!(\w+::)?(locale::(global|locale\(char)|ios_base::(xalloc|sync_with_stdio)|set_"
    r"|get_(new_handler|terminate|unexpected)|messages|pmr|w?(cout|cin|cerr|clog)|call_once|async"
    r"|future|promise|atomic|quick_exit|exit|abort))")
LIBRARIES = re.compile(r"^(std|fmt|nlohmann|at|c10|caffe2|__gnu_cxx|__cxxabiv1)::|^operator ")
MADE_OF = re.compile(r"^(guard variable for |vtable for |VTT for |construction vtable for "
                     r"|typeinfo (name )?for |(non-)?virtual thunk to )+")

# In memory that may be written, by the compiler or by what a plugin includes.
MADE_BY_OTHERS = ("guard variable for ", "typeinfo ", "vtable for ", "std::", "fmt::", "nlohmann::",
                  "dfkd::TableOf<")


WRITABLE = re.compile(r"\.(t?data|t?bss|sdata|sbss)(?!\.rel\.ro)|\*?COM")
