"""One script, two clients: whoever drives, a call takes botocore's parameters and gives back a dictionary."""

import datetime
import json
import pathlib
import re
import tempfile

import botocore.exceptions
from botocore import xform_name


# What a caller gives who turns the pages.
PAGING = {"ContinuationToken", "ExclusiveStartKey", "KeyMarker", "Limit", "Marker", "MaxItems", "MaxKeys", "MaxRecords", "MaxResults", "NextToken",
          "StartRecordName", "maxResults", "nextToken"}


class Refused(Exception):
    """AWS's answer was an error."""

    def __init__(self, code, message=""):
        super().__init__(f"{code}: {message}")
        self.code = code


class Boto3:
    """Drives a lab through boto3."""

    def __init__(self, lab):
        self.lab = lab
        self.clients = {}

    def __call__(self, service, operation, region, /, **parameters):
        client = self.clients.get((service, region))
        if client is None:
            client = self.clients[service, region] = self.lab.client(service, region)
        try:
            answer = getattr(client, xform_name(operation))(**parameters)
        except botocore.exceptions.ClientError as error:
            raise Refused(error.response["Error"]["Code"], error.response["Error"].get("Message", "")) from error
        for name in ("Body", "Payload"):
            if hasattr(answer.get(name), "read"):
                answer[name] = answer[name].read()
        return answer


class Cli:
    """Drives a lab through the AWS CLI, with the parameters as JSON where it takes them so."""

    # Operations whose answer is a stream go to a file that is named on the command line.
    STREAMS = {("s3", "GetObject"): "Body", ("lambda", "Invoke"): "Payload"}

    def __init__(self, lab):
        self.lab = lab

    def __call__(self, service, operation, region, /, page_size=None, **parameters):
        command = {"s3": "s3api"}.get(service, service)
        arguments = [xform_name(operation, "-")]
        if page_size:
            arguments += ["--page-size", str(page_size)]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name in ("Body", "Payload"):
                if name in parameters:
                    value = parameters.pop(name)
                    (folder / name).write_bytes(value if isinstance(value, bytes) else value.encode())
                    arguments += [f"--{name.lower()}", f"{'fileb://' if name == 'Payload' else ''}{folder / name}"]
            # The CLI pages by itself unless it is told that somebody else does.
            if PAGING & parameters.keys():
                arguments.append("--no-paginate")
            if parameters:
                arguments += ["--cli-input-json", json.dumps(parameters, default=told)]
            streamed = self.STREAMS.get((service, operation))
            if streamed:
                # A positional argument: the CLI wants the required ones beside it, not in the JSON.
                del arguments[1:]
                for name, value in parameters.items():
                    arguments += ["--" + xform_name(name, "-"), told(value) if not isinstance(value, str) else value]
                if (folder / "Payload").exists():
                    arguments += ["--payload", f"fileb://{folder / 'Payload'}"]
                arguments.append(str(folder / "answer"))
            code, out, err = self.lab.cli(command, *arguments, region=region)
            if code != 0:
                found = re.search(r"An error occurred \(([^)]*)\)[^:]*: ?(.*)", err, re.DOTALL)
                if not found:
                    raise AssertionError(f"aws {command} {' '.join(arguments)} ended with {code}: {err}")
                raise Refused(found[1], found[2].strip())
            answer = json.loads(out) if out.strip() else {}
            if streamed:
                answer[streamed] = (folder / "answer").read_bytes()
            return answer


def told(value):
    """Parameters as the CLI's JSON has them."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value)
