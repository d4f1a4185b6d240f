"""A lab of the real binary, and the clients nobody here wrote that drive it."""

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

import awscli.clidriver
import boto3.session
import botocore.config
import dns.message
import dns.query
import dns.rdatatype

import shapes

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "debug" / "drlab-tui"
CREDENTIALS = {"aws_access_key_id": "AKIALAB", "aws_secret_access_key": "lab"}
MODELS = {}


class Lab:
    """`drlab-tui lab serve` in a process of its own, stopped by its own id."""

    def __init__(self, topology="tier2", speed=60, seed=1, scenario=None, single_port=False):
        self.config_file = pathlib.Path(tempfile.mkstemp(suffix=".toml")[1])
        command = [BINARY, "lab", "serve", "--topology", topology, "--speed", str(speed), "--seed", str(seed)]
        command += ["--config-out", self.config_file]
        command += ["--scenario", scenario] if scenario else []
        command += ["--port", "0"] if single_port else []
        self.session = boto3.session.Session()
        self.said = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.said, text=True)
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            raise RuntimeError(f"the lab did not start: exit code {code}: {self.stderr()}")
        self.opened = json.loads(line)
        self.speed = speed

    def close(self):
        """Ends as with Ctrl-C: at once, without a complaint."""
        ended_before = self.process.poll()
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(timeout=10)
        finally:
            self.process.kill()
            self.process.stdout.close()
            self.config_file.unlink(missing_ok=True)
        assert ended_before is None and code == 0, f"the lab ended with {code}: {self.stderr()}"
        assert "panicked" not in self.stderr(), self.stderr()

    def stderr(self):
        self.said.seek(0)
        return self.said.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def regions(self):
        return sorted(self.opened["endpoints"])

    def endpoint(self, service, region):
        return self.opened["route53"] if service == "route53" else self.opened["endpoints"][region]

    def client(self, service, region, **settings):
        settings = {"retries": {"total_max_attempts": 1}, "connect_timeout": 2, "read_timeout": 10, "parameter_validation": True, **settings}
        if service == "s3":
            settings["s3"] = {"addressing_style": "path"}
        region = "us-east-1" if service == "route53" else region
        config = botocore.config.Config(**settings)
        client = self.session.client(service, region_name=region, endpoint_url=self.endpoint(service, region), config=config, **CREDENTIALS)
        return shapes.watch(client)

    def cli(self, service, *arguments, region):
        """The AWS CLI as a person types it; returns (exit code, standard output, standard error)."""
        region = "us-east-1" if service == "route53" else region
        command = ["aws", "--endpoint-url", self.endpoint(service, region), "--region", region, "--output", "json", service, *arguments]
        return run_cli(command)

    # The client's eye: real DNS over UDP, and the workload's own addresses through the lab's proxy.

    def resolve(self, name, resolver="a"):
        """The addresses a resolver gives just now; `authoritative`, `a` or `b`."""
        host, port = self.opened["dns"][resolver].rsplit(":", 1)
        query = dns.message.make_query(name, "A")
        answer = dns.query.udp(query, host, port=int(port), timeout=5)
        return [item.address for rrset in answer.answer for item in rrset if item.rdtype == dns.rdatatype.A]

    def fetch(self, address, path, timeout=5):
        """(status, body) of the workload's application at an address; None where nobody answers."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": self.opened["proxy"]}))
        try:
            with opener.open(f"http://{address}{path}", timeout=timeout) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (TimeoutError, OSError):
            return None

    # The ground truth, which no AWS client can see.

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.opened["control"] + path, data=data, method="GET" if body is None else "POST")
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def state(self):
        return self.control("/_lab/state")

    def workload(self, name):
        return next(workload for workload in self.state()["workloads"] if workload["name"] == name)

    def site(self, workload, name):
        return next(site for site in self.workload(workload)["sites"] if site["name"] == name)

    def inject(self, fault, lasting=None, level=None):
        return self.control("/_lab/inject", {"fault": fault, "for": lasting, "level": level})

    def log(self):
        return self.control("/_lab/log")["calls"]


def run_cli(command):
    """Runs the AWS CLI's own entry point in this process: starting it anew for each of some hundred calls would take minutes. A new driver
    each time, as a new process would have; only the files of AWS's models are not read and parsed again."""
    environment = {
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                driver = awscli.clidriver.create_clidriver()
                driver.session.register_component("data_loader", MODELS.setdefault("loader", driver.session.get_component("data_loader")))
                code = driver.main([str(word) for word in command[1:]])
            except SystemExit as stopped:
                code = stopped.code
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    return code, out.getvalue(), err.getvalue()
