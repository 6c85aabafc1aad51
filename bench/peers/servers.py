"""Starting and stopping the two servers: Daybook's and PostgreSQL's, each by its process."""

import glob
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


class DaybookServer:
    """`daybook serve` on a data directory of its own."""

    def __init__(self, program, home):
        self.program, self.home = program, home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        with open(f"{self.home}/daybook.port", "w") as file:
            file.write(str(self.port))
        self.process = subprocess.Popen(
            [self.program, "serve", "--server.port", str(self.port),
             "--storage.directory", f"{self.home}/daybook", "--query.memory", "4GiB"],
            stdout=open(f"{self.home}/daybook.log", "a"), stderr=subprocess.STDOUT)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=1).read()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"daybook did not start: see {self.home}/daybook.log")

    def post(self, path, body=b"", kind="application/json"):
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Content-Type": kind})
        return urllib.request.urlopen(request, timeout=900).read()

    def get(self, path):
        return json.loads(urllib.request.urlopen(self.url + path, timeout=60).read())

    def stop(self):
        self.process.terminate()
        self.process.wait()


class PostgreSQLServer:
    """Debian's PostgreSQL, unpacked beside the data, never installed."""

    def __init__(self, home, local):
        found = glob.glob(f"{local}/usr/lib/postgresql/*/bin/postgres")
        self.home = home
        self.bin = os.path.dirname(found[0]) if found else None
        self.environment = dict(
            os.environ, LD_LIBRARY_PATH=f"{local}/usr/lib/x86_64-linux-gnu")

    def run(self, program, *arguments, **options):
        command = [f"{self.bin}/{program}", *arguments]
        if os.getuid() == 0:  # It refuses to run as root.
            command = ["setpriv", "--reuid=nobody", "--clear-groups", *command]
        return subprocess.Popen(command, env=self.environment, **options)

    def start(self):
        data, door = f"{self.home}/postgres", f"{self.home}/postgres-socket"
        log = open(f"{self.home}/postgres.log", "a")
        for folder in (data, door):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if os.getuid() == 0:
                subprocess.run(["chown", "nobody", folder], check=True)
        if not os.path.exists(f"{data}/PG_VERSION"):
            made = self.run(
                "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", stdout=log, stderr=log)
            if made.wait() != 0:
                raise SystemExit(f"PostgreSQL has no data directory: see {self.home}/postgres.log")
        settings = {
            "listen_addresses": "", "unix_socket_directories": door, "shared_buffers": "6GB",
            "work_mem": "256MB", "maintenance_work_mem": "1GB", "jit": "off",
            "max_parallel_workers_per_gather": str(os.cpu_count()),
            "effective_cache_size": "12GB", "random_page_cost": "1.1", "max_wal_size": "8GB"}
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        self.process = self.run("postgres", "-D", data, *options, stdout=log, stderr=log)
        for _ in range(300):
            if self.run("pg_isready", "-q", "-h", door).wait() == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL did not start: see {self.home}/postgres.log")

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # Without waiting for clients.
        self.process.wait()
