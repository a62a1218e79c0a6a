"""A child with a child of its own, both of which would stay for a minute."""

import os
import subprocess
import sys
import time

from siting.system.children import follow_parent

if __name__ == "__main__":
    follow_parent(sys.stdin.fileno())
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(os.getpid(), sleeper.pid, flush=True)
    time.sleep(60)
