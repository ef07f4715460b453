#!/usr/bin/env python3
"""Matrices whose held-out values nobody knows before they are run: commit, then reveal.

  sealed.py new TEMPLATE.json               draw a secret, keep it in TEMPLATE.secret, write its
                                            hash into the template
  sealed.py peek TEMPLATE.json SECRET       print the matrix, for whoever runs it
  sealed.py open TEMPLATE.json SECRET DIR   publish: the secret goes into the template, the matrix
                                            into DIR
  sealed.py check TEMPLATE.json... DIR      every opened template gives the matrix in DIR; 1 if one
                                            does not

A template (bench/sealed) is a matrix in which {"sealed": NAME, "from": [A, B, ...]} stands for one
of A, B, ... and {"sealed": NAME, "between": [LO, HI]} for an integer of that range, both ends
included. The value is drawn by SHA-256(secret, line feed, name of the matrix, line feed, NAME),
taken as an integer modulo the number of choices. The template is committed with the hash of the
secret before anything is run; with the results the secret is published, and everybody can draw
again.
"""
import hashlib
import json
import os
import secrets
import sys

TOP = ("schema", "name", "commitment", "secret", "matrix")


def die(message):
    print(f"sealed: {message}", file=sys.stderr)
    sys.exit(2)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            template = json.load(file)
    except (OSError, ValueError) as error:
        die(f"{path}: {error}")
    if not isinstance(template, dict) or template.get("schema") != "sealed.v1":
        die(f"{path}: its schema must be 'sealed.v1'")
    for name in template:
        if name not in TOP:
            die(f"{path}: unknown field '{name}'; known: {', '.join(TOP)}")
    if not isinstance(template.get("name"), str) or not isinstance(template.get("matrix"), dict):
        die(f"{path}: needs a name and a matrix")
    return template


def write(path, content):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)


def hash_of(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def choices_of(value, where):
    """What a sealed value is drawn from: a sequence."""
    if set(value) == {"sealed", "from"} and isinstance(value["from"], list) and value["from"]:
        return value["from"]
    ends = value.get("between")
    whole = isinstance(ends, list) and len(ends) == 2 and all(type(end) is int for end in ends)
    if set(value) == {"sealed", "between"} and whole and ends[0] <= ends[1]:
        return range(ends[0], ends[1] + 1)
    die(f"{where}: the sealed value '{value['sealed']}' needs \"from\": [A, ...] or \"between\": "
        f"[LO, HI]")


def draw(value, secret, matrix, drawn):
    """The value with all that is sealed in it replaced. A name stands for one draw, wherever it
    is."""
    if isinstance(value, list):
        return [draw(item, secret, matrix, drawn) for item in value]
    if not isinstance(value, dict):
        return value
    if "sealed" not in value:
        return {name: draw(item, secret, matrix, drawn) for name, item in value.items()}
    choices = choices_of(value, matrix)
    if drawn.setdefault(value["sealed"], value) != value:
        die(f"{matrix}: '{value['sealed']}' is drawn from two lists")
    digest = hashlib.sha256(f"{secret}\n{matrix}\n{value['sealed']}".encode()).digest()
    return draw(choices[int.from_bytes(digest, "big") % len(choices)], secret, matrix, drawn)


def matrix_of(template, secret):
    body = draw(template["matrix"], secret, template["name"], {})
    return {"schema": "matrix.v1", "name": template["name"], **body}


def secret_for(path, template, secret_path):
    try:
        with open(secret_path, encoding="utf-8") as file:
            secret = file.read().strip()
    except (OSError, ValueError) as error:
        die(f"{secret_path}: {error}")
    if hash_of(secret) != template.get("commitment"):
        die(f"{secret_path}: its hash {hash_of(secret)} is not the commitment of {path}")
    return secret


def new(path):
    template, secret_path = read(path), path.removesuffix(".json") + ".secret"
    if template.get("commitment"):
        die(f"{path}: has a commitment already")
    try:
        descriptor = os.open(secret_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        die(f"{secret_path}: {error.strerror}")
    secret = secrets.token_hex(32)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    matrix_of(template, secret)  # a template that cannot be drawn from is not committed to
    write(path, {name: template[name] for name in ("schema", "name")} |
          {"commitment": hash_of(secret), "matrix": template["matrix"]})


def peek(path, secret_path):
    template = read(path)
    json.dump(matrix_of(template, secret_for(path, template, secret_path)), sys.stdout, indent=2)
    print()


def publish(path, secret_path, folder):
    template = read(path)
    secret = secret_for(path, template, secret_path)
    write(os.path.join(folder, template["name"] + ".json"), matrix_of(template, secret))
    write(path, {name: template[name] for name in ("schema", "name", "commitment")} |
          {"secret": secret, "matrix": template["matrix"]})


def check(*arguments):
    wrong = 0
    for path in arguments[:-1]:
        template = read(path)
        if "secret" not in template:
            print(f"sealed   {path}")
            continue
        secret, matrix = template["secret"], os.path.join(arguments[-1], template["name"] + ".json")
        with open(matrix, encoding="utf-8") as file:
            same = (hash_of(secret) == template["commitment"]
                    and json.load(file) == matrix_of(template, secret))
        print(f"{'opened' if same else 'DIFFERS'}  {path}")
        wrong += not same
    sys.exit(wrong > 0)


def main(arguments):
    verbs = {"new": (new, 1), "peek": (peek, 2), "open": (publish, 3), "check": (check, None)}
    verb, count = verbs.get(arguments[0] if arguments else "", (None, 0))
    if verb is None or (len(arguments) < 3 if count is None else len(arguments) != count + 1):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    verb(*arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
