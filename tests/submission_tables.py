"""Tables by which a plugin could know images, teachers or seeds again, told from its text."""
import re

# What is in the tree needs 9, 96, 14 and 1 of them, and words of 56 letters.
MOST_IN_LIST, MOST_NUMBERS, MOST_OF_THREE_DIGITS, MOST_OF_SIX_DIGITS = 32, 250, 60, 4
LONGEST_WORD, MOST_DIGITS_IN_TEXT, LONGEST_ADDRESS = 64, 24, 200
# 139 and 1,749 in the tree: words of 64 letters, one behind the other, are a table, too.
MOST_LETTERS_IN_TEXT, MOST_LETTERS = 500, 5000

NUMBER = re.compile(r"(?<![\w.'])\.?[0-9](?:[eEpP][+-]|[\w'.])*")
LITERAL = re.compile(NUMBER.pattern + r"|' '|\"\"")


def digits(number):
    """Those that say something: 2 of 0x1f00, 1 of 1e-6 and of 1'000'000; of binary ones as if they
    were hexadecimal."""
    plain = number.replace("'", "")
    if plain[:2] in {"0x", "0X"}:
        return len(plain[2:].rstrip("uUlLzZ").strip("0"))
    if plain[:2] in {"0b", "0B"}:
        return (len(plain[2:].rstrip("uUlLzZ").strip("0")) + 3) // 4
    mantissa = re.match(r"[0-9.]*", plain)[0]
    return len(mantissa.replace(".", "").strip("0"))


def longest_list(code):
    """Of the numbers, characters and texts in one pair of braces that holds nothing but them, signs
    and further braces."""
    longest, open_ = 0, []
    for match in re.finditer(rf"{LITERAL.pattern}|[{{}}]|[,\s+-]+|.", code, re.S):
        token = match[0]
        if token == "{":
            open_.append(0)
        elif token == "}":
            count = open_.pop() if open_ else 0
            longest = max(longest, count)
            if open_:
                open_[-1] += count
        elif LITERAL.fullmatch(token):
            if open_:
                open_[-1] += 1
        elif token == ";":
            open_ = [0] * len(open_)  # a block of statements
    return longest


def tables_of(code, literals):
    """What a text has too much of: one line each. Numbers are counted by numbers_of."""
    count = longest_list(code)
    if count > MOST_IN_LIST:
        yield f"a table: {count} numbers or texts in one list; at most {MOST_IN_LIST} are allowed"
    for literal in literals:
        word = max(literal.split(), key=len, default="")
        address = word.startswith("https://")
        most = LONGEST_ADDRESS if address else LONGEST_WORD
        if len(word) > most:
            yield f"a table: a word of {len(word)} letters: '{word[:20]}…'; at most {most}"
        elif not address and sum(letter.isdigit() for letter in literal) > MOST_DIGITS_IN_TEXT:
            yield f"a table: a text with more than {MOST_DIGITS_IN_TEXT} digits: '{literal[:20]}…'"
        elif letters(literal) > MOST_LETTERS_IN_TEXT:
            yield (f"a table: a text of more than {MOST_LETTERS_IN_TEXT} letters: "
                   f"'{literal[:20]}…'")


def letters(text):
    return len("".join(text.split()))


def numbers_of(codes, literals):
    """The same of the numbers, characters and texts of all files."""
    numbers = [number for code in codes for number in NUMBER.findall(code)]
    for count, most, what in (
            (len(numbers) + sum(code.count("' '") for code in codes), MOST_NUMBERS,
             "numbers and characters"),
            (sum(map(letters, literals)), MOST_LETTERS, "letters in texts"),
            (sum(digits(n) >= 3 for n in numbers), MOST_OF_THREE_DIGITS, "numbers of three digits"),
            (sum(digits(n) >= 6 for n in numbers), MOST_OF_SIX_DIGITS, "numbers of six digits")):
        if count > most:
            yield f"a table: {count} {what} or more; at most {most} are allowed"
