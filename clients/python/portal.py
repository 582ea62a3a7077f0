"""A portal for Openlines Hub in Python's standard library: checks packets, calls methods, answers whoever writes.

    HUB_PORTAL=prt_… HUB_SECRET=whsec_… python3 portal.py [port]

Read it as an example, or take `sign`, `fault_of` and `call` from it. Python 3.8 or later.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HUB = os.environ.get("HUB_URL", "http://127.0.0.1:8080")
PORTAL = os.environ.get("HUB_PORTAL", "prt_…")
SECRET = os.environ.get("HUB_SECRET", "whsec_…")
TOLERANCE_S = 300


def sign(secret, message_id, timestamp, body):
    """The signature of Standard Webhooks; `body` are the bytes as they are sent."""
    key = base64.b64decode(secret[len("whsec_"):])
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def fault_of(headers, body, secrets, now=None):
    """Why a request isn't the hub's; None if it is. One of several signatures and secrets must match."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit():
        return "the timestamp is missing"
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_S:
        return "the timestamp is too old, or the clock of this machine is wrong"
    given = headers.get("webhook-signature", "").encode().split(b" ")
    for secret in secrets:
        expected = sign(secret, message_id, timestamp, body).encode()
        if any(hmac.compare_digest(expected, one) for one in given):
            return None
    return "the signature does not match"


class HubError(Exception):
    """The hub did not do a call; `code` is `HUB_…` or None, `fields` names bad params."""

    def __init__(self, error):
        super().__init__(error.get("message"))
        data = error.get("data") or {}
        self.code = data.get("code")
        self.fields = data.get("fields", [])


def call(method, **params):
    """A remote method of the hub. Raises HubError, and OSError when no usable answer came."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    message_id = f"req_{uuid.uuid4().hex}"
    now = int(time.time())
    request = urllib.request.Request(
        f"{HUB}/rpc/{PORTAL}",
        data=body,
        headers={
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(SECRET, message_id, now, body),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as refusal:
        # Whatever /rpc answers is JSON-RPC, refusals too.
        answer = json.load(refusal)
    if "error" in answer:
        raise HubError(answer["error"])
    return answer["result"]


def take(event, packet):
    """Handles one event. To return is to accept it; what is raised leaves it in the hub, which sends it again."""
    message = event.get("message", {})
    if event["type"] != "message.new" or message.get("outgoing"):
        return
    text = message.get("text", "no text")
    print(event["id"], event["chat"].get("name"), text, flush=True)
    call(
        "sendMessage",
        connector=packet["connector"],
        line=packet["line"],
        chat={"id": event["chat"]["id"]},
        message={"text": f"You wrote: {text}"},
        key=event["id"],  # should this event come again, the answer still goes out once
    )


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = fault_of(self.headers, body, [SECRET])
        if fault:
            return self.answer(401, {"error": fault})
        packet = json.loads(body)
        if packet["type"] == "connection.test":
            return self.answer(200, {"challenge": packet["challenge"]})
        accepted = []
        for event in packet.get("events", []):
            try:
                take(event, packet)
            except Exception as error:  # the rest stays in the hub, in order
                print(f"{event['id']} failed: {error}", file=sys.stderr, flush=True)
                break
            accepted.append(event["id"])
        self.answer(200, {"accepted": accepted})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
