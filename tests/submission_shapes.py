"""Tables whose entries are no numbers, told from the shape of a text: names in a list, one
statement over and over, blanks in a string. submission_tables.py counts what is written as data."""
import re

# Of plugins in the tree the most are 13, 9, 1, 100 columns and 16,119 letters.
MOST_ITEMS, MOST_REPEATS, MOST_BLANKS, MOST_COLUMNS, MOST_CODE = 40, 24, 2, 120, 32_000
LONGEST_PERIOD = 64  # tokens of what is repeated

TOKEN = re.compile(r"""(?P<name>[A-Za-z_]\w*)"""
                   r"""|(?P<value>""|'\s'|\.?[0-9](?:[eEpP][+-]|[\w'.])*)|\S""", re.A)
OPENING, CLOSING = "([{", ")]}"


def shape(code):
    """Each token by its class; a bracket or an operator stands for itself."""
    return [match.lastgroup or match[0] for match in TOKEN.finditer(code)]


def most_items(tokens):
    """Of the lists in brackets, whatever stands between their commas."""
    most, open_, before = 0, [], ""
    for token in tokens:
        if token in OPENING:
            open_.append(1)
        elif token in CLOSING:
            most = max(most, open_.pop() - (before == ",") if open_ else 0)
        elif token == "," and open_:
            open_[-1] += 1
        elif token == ";" and open_:
            open_[-1] = 1
        before = token
    return most


def most_repeats(tokens):
    """How often the same shape stands behind itself."""
    most = 0
    for period in range(1, LONGEST_PERIOD + 1):
        run = 0
        for before, token in zip(tokens, tokens[period:]):
            run = run + 1 if before == token else 0
            most = max(most, run // period + 1 if run else 0)
    return most


def shapes_of(text, code, literals):
    """What one file has too much of: a line each."""
    columns = max(map(len, text.split("\n")))
    if columns > MOST_COLUMNS:
        yield f"a line of {columns} columns; at most {MOST_COLUMNS} are allowed"
    tokens = shape(code)
    items = most_items(tokens)
    if items > MOST_ITEMS:
        yield f"a table: {items} items in one list; at most {MOST_ITEMS} are allowed"
    repeats = most_repeats(tokens)
    if repeats > MOST_REPEATS:
        yield f"a table: one shape {repeats} times in a row; at most {MOST_REPEATS} are allowed"
    blanks = max((len(run) for literal in literals for run in re.findall(r"\s+", literal)),
                 default=0)
    if blanks > MOST_BLANKS or any(re.search(r"[\t\n]|\\[tnvfr]\s*\\[tnvfr]", literal)
                                   for literal in literals):
        yield f"a table: {blanks} blanks in a row, tabs or line feeds in a text"


def size_of(codes):
    """The same of all files, without comments and what stands in texts."""
    letters = sum(len("".join(code.split())) for code in codes)
    if letters > MOST_CODE:
        yield f"{letters} letters of code; at most {MOST_CODE} are allowed"
