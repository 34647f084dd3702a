"""The shipped settings of the balancers, with the addresses of a test in place of the usual ones."""
import os
import re

from processes import ROOT

FOLDER = os.path.join(ROOT, "fixtures", "balancer")
PORTS = (9000, 9001, 8080)  # line, ws, http: of the balancer and of every node
NODES = 3


def host(number):
    """Where the nth node listens."""
    return f"127.0.0.{10 + number}"


def settings(name, ports, choose=None, weights=None, nodes=NODES):
    """The file `name` with other ports. `choose` is the line of the alternatives to take (as `balance source`),
    wherever it is offered; `weights` are node -> weight."""
    with open(os.path.join(FOLDER, name)) as file:
        text = file.read()
    for number in range(nodes + 1, NODES + 1):
        text = re.sub(rf"^ *server (node{number} .*|.*# node{number})\n", "", text, flags=re.M)
    own = {str(usual): str(port) for usual, port in zip(PORTS, ports)}
    text = re.sub(r"(127\.0\.0\.\d+:|check port )(\d+)\b", lambda found: found[1] + own[found[2]], text)
    for number, weight in (weights or {}).items():
        text = re.sub(rf"^( *server (?:node{number} .*|.*# node{number}))$",
                      lambda found: re.sub(r"weight([ =])\d+", rf"weight\g<1>{weight}", found[1]), text, flags=re.M)
    return text if choose is None else chosen(text, choose)


def chosen(text, wanted):
    """Where `# wanted` is offered below the line that stands, it takes that line's place; "" takes that line out."""
    def take(found):
        indent, _, offered = found.groups()
        if not wanted:
            return offered
        return f"{indent}{wanted}\n" if f"# {wanted}\n" in offered else found[0]
    return re.sub(r"^( +)(balance leastconn|least_conn;)\n((?: +# .*\n)+)", take, text, flags=re.M)
