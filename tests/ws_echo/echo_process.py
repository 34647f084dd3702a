"""A running ws_echo, ended with the block it is used in."""
import subprocess


class EchoProcess:
    """with EchoProcess(program, "--deflate", "off") as echo: ... echo.port"""

    def __init__(self, program, *flags):
        self.process = subprocess.Popen([program, *flags], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
