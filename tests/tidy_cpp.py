"""Reads C++ well enough to know its functions and types: by braces, without a compiler."""
import re
from dataclasses import dataclass

# A comment, a raw string, a string or a character; 1'000 is none of them.
LITERAL = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"([^(\s]*)\(.*?\)\1\"|\"(?:\\.|[^\"\\\n])*\""
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*", re.M)
TYPE = re.compile(r"\s*(?:template\s*<.*?>\s*(?:requires\b.*?)?)?"
                  r"(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+"
                  r"(?:\[\[[^\]]*\]\]\s*)?(?:alignas\([^)]*\)\s*)?([A-Za-z_][\w:]*(?:\s*<)?)",
                  re.S)
ACCESS = re.compile(r"\s*(?:(?:public|private|protected)\s*:\s*)+")
BODY = re.compile(r"[)}]\s*(?:(?:const|noexcept(?:\([^)]*\))?|override|final|&&?)\s*)*"
                  r"(?:->[^()=]+|requires[^;{}]+)?$")
INITIALISER = re.compile(r"\)\s*(?:noexcept(?:\([^)]*\))?\s*)?:(?!:)[^;]*[\w>]\s*$", re.S)
CONTROL = re.compile(r"^\s*(?:if|for|while|switch|catch|do|else|try)\b")

# The labels of a header's manual, their texts aligned; others of the same shape stand beside them.
MANUAL_WORDS = r"(?:Threads|Order|Limits|Errors|Lifetime|Invariant)"
MANUAL = re.compile(r"(?:[A-Z][a-z]+  +|Lifetime )\S")
MANUAL_INSIDE = re.compile(r"\S.*\b" + MANUAL_WORDS + r"  +\S|[.;:)] +Lifetime +[a-z]")


@dataclass
class Span:
    """A function or type: its name, first line, and how many lines it takes."""
    name: str
    line: int
    lines: int
    documented: bool = True


def blank(match):
    text = match.group(0)
    kept = "\n" * text.count("\n")
    return kept if text.startswith(("//", "/*")) else '""' + kept


def folder_of(path):
    """server/store/sql/x.cc is in server/store/sql; ops/user/add.cc is in ops."""
    parts = path.split("/")
    if parts[0] != "server":
        return parts[0]
    return "/".join(parts[:3]) if path.startswith("server/store/sql/") else "/".join(parts[:2])


class Source:
    """One file: its text without comments, its functions and its types."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.code = LITERAL.sub(blank, text)
        self.functions = []
        self.types = []
        self._scan(PREPROCESSOR.sub(lambda m: "\n" * m.group(0).count("\n"), self.code))

    def _scan(self, code):
        """Walks the braces. A scope is 'open' (file, namespace, type), where functions and types
        begin, or 'shut' (a body, a list of values), which is only skipped."""
        scopes = [("open", None, None)]
        start = 0  # where the declaration being read began
        parens = 0
        for match in re.finditer(r"[{}();]", code):
            sign, at = match.group(0), match.start()
            if sign == "(":
                parens += 1
            elif sign == ")":
                parens -= 1
            elif sign == "{":
                kind, span = self._classify(scopes[-1][0], code, start, at, parens)
                scopes.append((kind, span, (parens, start)))
                parens = 0
                start = at + 1
            elif sign == "}" and len(scopes) > 1:
                kind, span, (parens, begun) = scopes.pop()
                self._close(code, span, at)
                # A list of values belongs to the declaration around it, which goes on.
                start = begun if kind == "list" else at + 1
            elif sign == ";" and parens == 0:
                start = at + 1

    def _classify(self, around, code, start, at, parens):
        access = ACCESS.match(code[start:at])
        start += access.end() if access else 0
        head = code[start:at]
        first = start + len(head) - len(head.lstrip())
        if around != "open":
            return "shut", None
        if parens > 0 or INITIALISER.search(head) or re.search(r"[=,]\s*$", head):
            return "list", None
        if re.search(r"\b(?:namespace|extern)\b", head):
            return "open", None
        kind = TYPE.match(head)
        if kind:
            return "open", ("type", kind.group(1), first)
        if "(" in head and BODY.search(head.rstrip()) and not CONTROL.match(head):
            name = re.search(r"([\w:~]+|operator\s*\S+)\s*\(", head)
            return "shut", ("function", name.group(1) if name else "?", first)
        return "list" if re.search(r"\w\s*$", head) else "shut", None

    def _close(self, code, span, at):
        if span is None:
            return
        kind, name, first = span
        line = code.count("\n", 0, first) + 1
        lines = code.count("\n", first, at) + 1
        special = name.endswith("<")  # a specialisation is documented with what it specialises
        found = Span(name.rstrip("< "), line, lines, special or self._documented(line))
        (self.types if kind == "type" else self.functions).append(found)

    def _documented(self, line):
        above = self.lines[line - 2].strip() if line > 1 else ""
        return above.startswith("//") or above.endswith("*/")


def comment_offences(path, text):
    """Banners, words of the manual inside a line, and lines that leave the manual's column."""
    in_manual = False
    for number, line in enumerate(text.split("\n"), 1):
        comment = re.match(r"\s*// ?(.*)", line)
        if not comment or not comment.group(1):
            in_manual = False
            continue
        said = comment.group(1)
        if re.search(r"-{4,}", said):
            yield path, number, "a banner: files and blank lines divide, comments say why"
        if MANUAL_INSIDE.search(said):
            yield path, number, "a word of the manual begins its comment line"
        if MANUAL.match(said):
            in_manual = True
        elif in_manual and not said.startswith(" " * 9):
            yield path, number, "what goes on from a word of the manual is indented below its text"


def comment_shares(texts):
    """The share of comment lines among the lines of headers, and of sources."""
    shares = []
    for suffix in (".h", ".cc"):
        lines = [line.strip() for path, text in texts.items() if path.endswith(suffix)
                 for line in text.split("\n") if line.strip()]
        comments = sum(line.startswith("//") for line in lines)
        trailing = sum(not line.startswith("//") and re.search(r"\s//\s", line) is not None
                       for line in lines)
        shares.append((comments + trailing) / max(1, len(lines)))
    return shares
