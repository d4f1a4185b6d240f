"""A site as its users reach it: names that are asked for over UDP, and pages behind TLS, with a certificate of somebody's choosing."""

import contextlib
import http.server
import socket
import ssl
import threading

import dns.flags
import dns.message
import dns.rrset

PRIMARY, STANDBY = "127.0.0.1", "127.0.0.2"


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, b'{"status":"ok"}')

    def do_POST(self):
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.answer(204, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """What is asked is kept by the server, where it matters."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, certificate):
        super().__init__(address, Page)
        self.heard, self.names = [], []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        # The handshake is the connection's own affair: whoever breaks it off keeps nobody waiting.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_):
        """Clients that do not trust us are expected."""


class Names:
    """Answers every question for an address by a rule, over UDP."""

    def __init__(self, rule):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PRIMARY, 0))
        self.address = "{}:{}".format(*self.socket.getsockname())
        self.rule = rule
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                text, whom = self.socket.recvfrom(4096)
                asked = dns.message.from_wire(text)
                answer = dns.message.make_response(asked)
                answer.flags |= dns.flags.AA
                name = asked.question[0].name
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", self.rule(name.to_text(omit_final_dot=True))))
                self.socket.sendto(answer.to_wire(), whom)

    def close(self):
        self.socket.close()


@contextlib.contextmanager
def site(certificate, rule):
    """Both sites at one port, and who tells where they are: (port, resolver, the two servers)."""
    first = Server((PRIMARY, 0), certificate)
    second = Server((STANDBY, first.server_port), certificate)
    names = Names(rule)
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in (first, second)]
    try:
        for thread in threads:
            thread.start()
        yield first.server_port, names.address, (first, second)
    finally:
        names.close()
        for server in (first, second):
            server.shutdown()
            server.server_close()
