"""A fifth provider for one mount test, in the words of Replicate's HTTP API.

replicate.py FOLDER: two listeners on free ports of 127.0.0.1, the API and the image host.
FOLDER/ports says where they are, in the form of easelfs-simulator's port file; FOLDER/requests
and FOLDER/ledger get a line of JSON a request and a charge, in the form of its records. A
prediction runs for two polls; "forever" in a prompt: until it is cancelled; "lost": it is made,
and the connection closed without an answer; "lost once": only the first of that prompt is; "quoted": it is refused in words with the key in
them; "revoked": the key of the first of that prompt is. While FOLDER/hold-list or
FOLDER/hold-submit is there, a list and the last three wait for their answer, with FOLDER/hold-image a second picture. The models it
lists, and why it does not, have the key in them. The first output of a model that makes one is a text, of others an array.
"""

import http.server
import json
import os
import socket
import struct
import sys
import threading
import time
import zlib

KEY = "r8-key"
MODELS = {"black-forest-labs/flux-schnell": "array", "someone/one-picture": "text"}

folder = sys.argv[1]
lock = threading.Lock()
predictions = {}
prompts = set()


def append(name, line):
    with lock, open(os.path.join(folder, name), "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def png(shade):
    def chunk(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    size = 64
    rows = b"".join(b"\0" + bytes([shade % 256]) * size for _ in range(size))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


class Listener(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = ""

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def hold(what):
        while os.path.exists(os.path.join(folder, "hold-" + what)):
            time.sleep(0.02)

    def take(self):
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size).decode()
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        right = (scheme, key) == ("Bearer", KEY)
        append(
            "requests",
            {
                "listener": self.name,
                "method": self.command,
                "path": self.path,
                "key": {"scheme": scheme or None, "right": right},
                "headers": list(self.headers.keys()),
                "body": body or None,
            },
        )
        return right, body


class Images(Listener):
    name = "images"

    def do_GET(self):
        self.take()
        if "/out-1" in self.path:
            self.hold("image")
        self.answer(200, png(zlib.crc32(self.path.encode())), "image/png")


class Api(Listener):
    name = "replicate"

    def do_GET(self):
        right, _ = self.take()
        prediction = predictions.get(self.path.rpartition("/")[2])
        if not right:
            self.answer(401, {"title": "Unauthenticated", "detail": "Wrong token"})
        elif self.path == "/v1/predictions":
            listed = list(predictions.values())
            self.hold("list")
            self.answer(200, {"next": None, "results": listed})
        elif self.path == "/v1/models":
            self.answer(200, {"results": [{"id": "a model of " + KEY}]})
        elif self.path == "/v1/no-models":
            self.answer(403, {"detail": KEY + " may not see them"})
        elif not prediction:
            self.answer(404, {"detail": "Not found"})
        else:
            self.answer(200, self.advance(prediction))

    def do_POST(self):
        right, body = self.take()
        parts = self.path.split("/")
        if not right:
            self.answer(401, {"title": "Unauthenticated", "detail": "Wrong token"})
        elif parts[-1] == "cancel" and parts[-2] in predictions:
            predictions[parts[-2]]["status"] = "canceled"
            self.answer(200, predictions[parts[-2]])
        elif parts[1:3] == ["v1", "models"] and parts[5:] == ["predictions"]:
            self.submit("/".join(parts[3:5]), json.loads(body)["input"])
        else:
            self.answer(404, {"detail": "Not found"})

    def submit(self, model, given):
        if model not in MODELS:
            self.answer(404, {"detail": "The requested resource could not be found."})
            return
        prompt = given["prompt"]
        again = prompt in prompts
        prompts.add(prompt)
        if "quoted" in prompt or "revoked" in prompt or ("lost once" in prompt and again):
            self.hold("submit")
        if "quoted" in prompt:
            self.answer(422, {"detail": KEY + " is not for gulls"})
            return
        if "revoked" in prompt and not again:
            self.answer(401, {"title": "Unauthenticated", "detail": "Wrong token"})
            return
        number = "p%08d" % (len(predictions) + 1)
        url = "%s/v1/predictions/%s" % (origins["replicate"], number)
        predictions[number] = {
            "id": number,
            "model": model,
            "input": given,
            "status": "starting",
            "output": None,
            "error": None,
            "urls": {"get": url, "cancel": url + "/cancel"},
        }
        append("ledger", {"provider": self.name, "id": number, "prompt": prompt})
        if "lost" in prompt and not ("once" in prompt and again):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.answer(201, predictions[number])

    def advance(self, prediction):
        if prediction["status"] == "starting":
            prediction["status"] = "processing"
        elif prediction["status"] == "processing" and "forever" not in prediction["input"]["prompt"]:
            count = prediction["input"].get("num_outputs", 1)
            place = "%s/%s/out-%%d.png?signature=abc" % (origins["images"], prediction["id"])
            output = [place % i for i in range(count)]
            prediction["output"] = output[0] if MODELS[prediction["model"]] == "text" else output
            prediction["status"] = "succeeded"
        return prediction


servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Images, Api)]
origins = {
    server.RequestHandlerClass.name: "http://127.0.0.1:%d" % server.server_port for server in servers
}
threading.Thread(target=servers[0].serve_forever, daemon=True).start()
with open(os.path.join(folder, "ports.new"), "w", encoding="utf-8") as ports:
    for name, origin in origins.items():
        ports.write("%s %s\n" % (name, origin))
os.rename(os.path.join(folder, "ports.new"), os.path.join(folder, "ports"))
servers[1].serve_forever()
