"""The processes of a cluster on loopback, each with its own folder and log: MariaDB, Redis, nodes, balancers.

Whoever starts one ends it; when the thread that started it ends, be it by force, the kernel ends it.
"""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time

PATIENCE_S = 60
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The programs, and the Debian packages that have them.
PACKAGES = {"mariadbd": "mariadb-server", "mariadb-install-db": "mariadb-server", "mariadb": "mariadb-client",
            "redis-server": "redis-server", "haproxy": "haproxy", "nginx": "nginx"}
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
PR_SET_PDEATHSIG = 1


def missing_packages(programs):
    return sorted({PACKAGES[name] for name in programs if not shutil.which(name, path=SYSTEM_PATH)})


def free_ports(count):
    """So many ports that are free now at every address, none twice."""
    held = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(condition, what, seconds=PATIENCE_S, pause_s=0.05):
    """Until it is true; what it was then."""
    end = time.monotonic() + seconds
    while not (seen := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(pause_s)
    return seen


def takes_connections(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


class Process:
    """One program that runs in the background. `command` and `ready` are its own."""

    DEATH = signal.SIGKILL  # how it ends when we do

    def __init__(self, name, folder):
        self.name = name
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder, exist_ok=True)
        self.log = os.path.join(self.folder, "log")
        self.log_begins = 0  # of what the present process writes
        self.process = None

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.log_begins = log.tell()
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=dict(os.environ, PATH=SYSTEM_PATH), start_new_session=True, preexec_fn=self._die_with_parent)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        wait_for(lambda: self.ready() or not self.alive(), f"{self.name} gets ready")
        if not self.alive():
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.last_words()}")

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds=PATIENCE_S):
        """As an operator would; by force when it takes too long."""
        if not self.alive():
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def _die_with_parent(self):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, self.DEATH)

    def last_words(self, lines=10):
        with open(self.log, errors="replace") as file:
            return "".join(file.readlines()[-lines:])


class Mariadb(Process):
    """A MariaDB of its own, with one database `mpim` and one user who may use it. It has a second address, for
    those who want to be cut off from it alone."""

    USER, PASSWORD, DATABASE = "mpim", "secret", "mpim"

    def __init__(self, folder, port, data=None):
        super().__init__("mariadb", folder)
        self.port = port
        self.data = data or os.path.join(self.folder, "data")
        self.socket = os.path.join(self.folder, "sock")

    def command(self):
        return ["mariadbd", "--no-defaults", "--datadir=" + self.data, *self._user(), "--socket=" + self.socket,
                f"--port={self.port}", "--bind-address=127.0.0.1,127.0.0.2", "--pid-file=" + os.path.join(self.folder, "pid"),
                "--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=64M",
                "--innodb-log-file-size=32M", "--max-connections=200", "--tmpdir=" + self.folder]

    def ready(self):
        return takes_connections(self.port)

    def install(self):
        made = subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--datadir=" + self.data, *self._user(), "--skip-test-db",
             "--auth-root-authentication-method=normal", "--skip-name-resolve", "--innodb-log-file-size=32M",
             "--tmpdir=" + self.folder],
            env=dict(os.environ, PATH=SYSTEM_PATH), capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError("mariadb-install-db: " + made.stdout + made.stderr)
        return self

    def make_database(self):
        self.sql(f"CREATE DATABASE {self.DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
                 f"CREATE USER {self.USER}@'127.%' IDENTIFIED BY '{self.PASSWORD}';"
                 f"GRANT ALL ON {self.DATABASE}.* TO {self.USER}@'127.%'")

    def sql(self, statements):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=" + self.socket, "--user=root", "--batch",
                               "--skip-column-names", "-e", statements], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{statements}: {done.stderr}")
        return done.stdout

    def url(self, port=None):
        return f"mysql://{self.USER}:{self.PASSWORD}@127.0.0.1:{port or self.port}/{self.DATABASE}"

    def connections(self):
        """How many connections the nodes have open."""
        return int(self.sql(f"SELECT COUNT(*) FROM information_schema.processlist WHERE user='{self.USER}'"))

    def _user(self):
        return ["--user=root"] if os.geteuid() == 0 else []


class Redis(Process):
    """A Redis that keeps nothing on disk: what is in it is only hints and leases."""

    def __init__(self, folder, port):
        super().__init__("redis", folder)
        self.port = port

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "127.0.0.2", "--save", "", "--appendonly", "no",
                "--dir", self.folder, "--daemonize", "no"]

    def ready(self):
        try:
            return self.ask("PING") == "PONG"
        except (OSError, RuntimeError):
            return False

    def url(self, port=None):
        return f"redis://127.0.0.1:{port or self.port}"

    def ask(self, *words):
        """One command and its answer: a text, a number or a list of texts."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as link:
            link.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
            with link.makefile("rb") as answer:
                return self._read(answer)

    def _read(self, answer):
        line = answer.readline().decode().rstrip("\r\n")
        kind, rest = line[:1], line[1:]
        if kind == "+":
            return rest
        if kind == ":":
            return int(rest)
        if kind == "$":
            return answer.read(int(rest) + 2)[:-2].decode() if int(rest) >= 0 else None
        if kind == "*":
            return [self._read(answer) for _ in range(int(rest))]
        raise RuntimeError("redis: " + line)


class Node(Process):
    """An mpimd with an address of 127.0.0.0/8 of its own. `settings` are lines of its settings file."""

    def __init__(self, name, folder, build, host, ports, settings=""):
        super().__init__(name, folder)
        self.build, self.host = build, host
        self.line, self.ws, self.http = ports
        self.admin = os.path.join(self.folder, "admin.sock")
        with open(os.path.join(self.folder, "mpimd.toml"), "w") as file:
            file.write(settings)

    def command(self):
        return [os.path.join(self.build, "bin", "mpimd"), "--config", os.path.join(self.folder, "mpimd.toml"),
                "--data-dir", os.path.join(self.folder, "data"), "--admin-socket", self.admin,
                "--line", f"{self.host}:{self.line}", "--ws", f"{self.host}:{self.ws}",
                "--http", f"{self.host}:{self.http}"]

    def ready(self):
        with open(self.log, errors="replace") as file:
            file.seek(self.log_begins)
            return "event=node.ready" in file.read()

    def get(self, path, proxied=False):
        """Status and body of a plain GET."""
        with socket.create_connection((self.host, self.http), 5) as link:
            link.settimeout(5)
            link.sendall((b"PROXY UNKNOWN\r\n" if proxied else b"") +
                         f"GET {path} HTTP/1.1\r\nHost: mpim\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while piece := link.recv(65_536):
                answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def metrics(self, proxied=False):
        _, page = self.get("/metrics", proxied)
        rows = (line.rsplit(" ", 1) for line in page.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in rows}

    def migrate(self):
        """Makes the schema, as an operator does before the first node starts."""
        done = self.mpimctl("db", "migrate", "--config", os.path.join(self.folder, "mpimd.toml"))
        if done.returncode:
            raise RuntimeError("mpimctl db migrate: " + done.stdout + done.stderr)

    def mpimctl(self, *words, **options):
        return subprocess.run([os.path.join(self.build, "bin", "mpimctl"), "--admin-socket", self.admin,
                               "--no-input", "--no-progress", *words], capture_output=True, text=True, **options)


class Haproxy(Process):
    """HAProxy with the settings given, checked first."""

    def __init__(self, folder, settings, ports, name="haproxy"):
        super().__init__(name, folder)
        self.ports = ports
        self.settings = os.path.join(self.folder, "haproxy.cfg")
        with open(self.settings, "w") as file:
            file.write(settings)

    def command(self):
        return ["haproxy", "-db", "-f", self.settings]

    def ready(self):
        return all(takes_connections(port) for port in self.ports)


class Nginx(Process):
    """nginx in the foreground; what it writes stays in its folder."""

    DEATH = signal.SIGTERM  # its workers would outlive a kill

    def __init__(self, folder, settings, ports, name="nginx"):
        super().__init__(name, folder)
        self.ports = ports
        self.settings = os.path.join(self.folder, "nginx.conf")
        with open(self.settings, "w") as file:
            file.write(settings)

    def command(self):
        return ["nginx", "-p", self.folder, "-e", "stderr", "-c", self.settings, "-g",
                f"daemon off; pid {self.folder}/pid;"]

    def ready(self):
        return all(takes_connections(port) for port in self.ports)
