"""Stands in for a model server: answers every KServe v2 inference with one class. Arguments: port, class."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        output = {"name": "label", "datatype": "INT64", "shape": [1, 1], "data": [int(sys.argv[2])]}
        body = json.dumps({"outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
