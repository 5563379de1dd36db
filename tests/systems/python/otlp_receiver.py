"""Takes OpenTelemetry metrics over HTTP (protobuf) and tells at GET / what came, as JSON:
name -> {"kind": "sum" | "gauge" | "histogram" | ..., "monotonic": bool, "unit": text, "attributes": [[name, value] of each point ...]}

`python3 otlp_receiver.py PORT`
"""

import gzip
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

seen = {}


def note(metric):
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    entry = seen.setdefault(metric.name, {"kind": kind, "unit": metric.unit, "attributes": []})
    entry["monotonic"] = bool(getattr(data, "is_monotonic", False))
    for point in data.data_points:
        attributes = sorted([one.key, one.value.string_value] for one in point.attributes)
        if attributes not in entry["attributes"]:
            entry["attributes"].append(attributes)


class Receiver(BaseHTTPRequestHandler):
    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(json.dumps(seen).encode(), "application/json")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    note(metric)
        self.answer(b"", "application/x-protobuf")

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
