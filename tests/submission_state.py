"""Variables of C++ that outlive a call, told from text without comments and with empty literals.

A plugin may have constants alone: `constexpr`, or `const` of a plain number. What else is const can
lead to what is not (a pointer, a tensor, a member that is mutable). Where a declaration could be a
function, too, it is taken for one: the object's symbols tell the rest."""
import re

TOKEN = re.compile(r'\w+|::|->|""|\S', re.A)
PLAIN = {"bool", "char", "int", "unsigned", "signed", "long", "short", "float", "double", "size_t",
         "std", "::"} | {f"{u}int{bits}_t" for u in ("", "u") for bits in (8, 16, 32, 64)}
TEXTS = {"string", "vector", "<", ">"}  # data sets have names of files
SPECIFIERS = {"static", "inline", "const"}
CLASSES = {"class", "struct", "union", "enum"}
NO_VARIABLES = {"using", "typedef", "friend", "static_assert", "extern", "namespace", "concept",
                "DFKD_REGISTER", "return"}
VALUES = {"new", "this", "true", "false", "nullptr", "sizeof"}
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def without_template(head):
    """The tokens behind `template <…>`, attributes and `public:`."""
    while head:
        if head[0] == "template":
            depth, end = 0, len(head)
            for i, token in enumerate(head):
                depth += {"<": 1, ">": -1}.get(token, 0)
                if depth == 0 and token == ">":
                    end = i + 1
                    break
            head = head[end:]
        elif head[:2] == ["[", "["]:
            closing = (i for i in range(len(head) - 1) if head[i] == head[i + 1] == "]")
            head = head[next(closing, len(head)) + 2:]
        elif head[0] in {"public", "private", "protected"} and head[1:2] == [":"]:
            head = head[2:]
        else:
            return head
    return head


def at_top(head):
    """(token, whether it stands in no bracket) of each; a bracket stands in itself."""
    depth = 0
    for token in head:
        depth -= token in CLOSING
        yield token, depth == 0 and token not in CLOSING
        depth += token in OPENING


def is_variable(head, braced):
    """Whether the declaration is of one. `braced`: it ends with a value in braces."""
    top = [token for token, outside in at_top(head) if outside]
    if "operator" in top:
        return False
    if "=" in top:
        before = top[:top.index("=")]
        return not ("(" in before and head[-1] in {"default", "delete", "0"})
    if "(" not in top:
        return braced or len([token for token in head if re.match(r"\w", token)]) > 1
    inside = head[head.index("(") + 1:]
    return bool(inside) and (inside[0] in VALUES or inside[0][0] in "0123456789'\"{*&-!~")


def is_constant(head, texts):
    if "constexpr" in head:
        return True
    kind = []
    for token in head:
        if token in {"=", "(", "{", "[", ","}:
            break
        kind.append(token)
    allowed = PLAIN | SPECIFIERS | (TEXTS if texts else set())
    return "const" in head and set(kind[:-1]) <= allowed


class Scan:
    """Walks over one text."""

    def __init__(self, code, texts):
        self.tokens, self.texts = TOKEN.findall(code), texts
        self.at, self.found = 0, []

    def tell(self, head):
        named = head[:head.index("=")] if "=" in head else head
        self.found.append(" ".join(named).replace(" :: ", "::"))

    def skip(self):
        """Over a bracket, of which the opening one is next, and what is declared in it."""
        depth, begin = 0, self.at
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token in {"static", "constinit"}:
                self.local(begin)
            depth += (token in OPENING) - (token in CLOSING)
            self.at += 1
            if depth == 0:
                return
            if token in {";", "{", "}"}:
                begin = self.at

    def local(self, begin):
        end = self.at
        while end < len(self.tokens) and self.tokens[end] not in {";", "=", "{", "(", "}"}:
            end += 1
        head = self.tokens[begin:end]
        if "constexpr" not in head and "consteval" not in head and not is_constant(head, False):
            self.tell(head)

    def class_body(self, head):
        """Of a class, whose opening brace is next; then what may be declared with it."""
        if "enum" in head:
            self.skip()
        else:
            self.at += 1
            self.scope(of_class=True)
        rest = []
        while self.at < len(self.tokens) and self.tokens[self.at] != ";":
            rest.append(self.tokens[self.at])
            self.at += 1
        self.at += 1
        return rest

    def statement(self, of_class):
        """One declaration; whether it was one."""
        head, braced = [], False
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token == "}" or token == ";":
                self.at += token == ";"
                break
            if token in "([":
                begin = self.at
                self.skip()
                head += self.tokens[begin:self.at]
                continue
            if token != "{":
                head.append(token)
                self.at += 1
                continue
            plain = without_template(head)
            if not plain or "namespace" in plain[:2]:
                self.at += 1
                self.scope(of_class=False)
                return
            top = [one for one, outside in at_top(plain) if outside]
            if CLASSES & set(top) and not {"(", "="} & set(top):
                rest = self.class_body(plain)
                if rest and "constexpr" not in plain and (not of_class or "static" in plain):
                    self.tell([*plain, "{}", *rest])
                return
            self.skip()
            if "=" in top or "(" not in top:
                braced = True
                head += ["{", "}"]
            elif self.tokens[self.at:self.at + 1] not in ([","], ["{"], [";"]):
                return  # the body of a function; before a comma, what a constructor initialises
        self.judge(without_template(head), braced, of_class)

    def judge(self, head, braced, of_class):
        if not head or head[0] in NO_VARIABLES or of_class and "static" not in head:
            return
        if head[0] in CLASSES and (":" in head or len(head) <= 2 + (head[1:2] == ["class"])):
            return  # a class declared in advance
        if is_variable(head, braced) and not is_constant(head, self.texts):
            self.tell(head)

    def scope(self, of_class):
        while self.at < len(self.tokens):
            if self.tokens[self.at] == "}":
                self.at += 1
                return
            before = self.at
            self.statement(of_class)
            self.at += self.at == before  # whatever it is, there is an end


def state_of(code, texts=False):
    """Declarations of variables that outlive a call and are no constants. `texts`: const strings,
    and vectors of them, pass."""
    code = re.sub(r"#[ \t]*pragma[ \t]+once[ \t]*$", "", code, flags=re.M)
    scan = Scan(code, texts)
    scan.scope(of_class=False)
    return scan.found
