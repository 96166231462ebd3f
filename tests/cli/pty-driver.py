"""Runs a program on a terminal of its own, types at it, and prints as JSON what came of it.

The standard input is a JSON object: `command` (a list of words), `cwd`, `env` (all of it), `columns`, `rows`, and `steps`.
A step waits until the text on the screen since the last step matches its regular expression `wait`, and then types `send`.
The program has `seconds` in all.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

task = json.load(sys.stdin)
pid, master = pty.fork()
if pid == 0:
    os.chdir(task["cwd"])
    os.execvpe(task["command"][0], task["command"], task["env"])

fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", task["rows"], task["columns"], 0, 0))
before = termios.tcgetattr(master)
deadline = time.monotonic() + task["seconds"]
raw = b""


def read_more():
    """Reads what there is within a moment; False when the program has closed its terminal."""
    global raw
    ready, _, _ = select.select([master], [], [], 0.05)
    if not ready:
        return True
    try:
        chunk = os.read(master, 65536)
    except OSError:
        return False
    raw += chunk
    return len(chunk) > 0


def text_since(start):
    return ESCAPES.sub("", raw[start:].decode("utf8", "replace"))


problem = None
start = 0
for step in task["steps"]:
    while problem is None and not re.search(step["wait"], text_since(start), re.DOTALL):
        if time.monotonic() > deadline:
            problem = "no sign of " + step["wait"]
        elif not read_more():
            problem = "the program ended before " + step["wait"]
    if problem is not None:
        break
    start = len(raw)
    # Who asks the next question switches the terminal over: what is typed before that would be echoed, or lost.
    time.sleep(0.05)
    os.write(master, step["send"].encode("utf8"))

while problem is None and read_more():
    if time.monotonic() > deadline:
        problem = "the program does not end"

modes = None
try:
    modes = termios.tcgetattr(master)
except termios.error:
    pass
if problem is not None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
_, status = os.waitpid(pid, 0)
print(
    json.dumps(
        {
            "problem": problem,
            "exitCode": os.waitstatus_to_exitcode(status),
            "raw": raw.decode("utf8", "replace"),
            "text": text_since(0),
            "isModeRestored": modes is None or modes[3] == before[3],
        }
    )
)
