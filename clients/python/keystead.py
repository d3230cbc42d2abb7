"""Checks API keys with a Keystead server: one file, the standard library, Python 3.9 or later. Copy it into your project.

    from keystead import Keystead

    keystead = Keystead("http://127.0.0.1:7300", token=open("/run/secrets/keystead").read())
    verdict = keystead.verify(key, scopes=["invoices:read"], ip=client_address)
    if verdict.valid: ...            # else verdict.code says why

A key that is not good is an answer. What raises is that nobody could say: treat `Unavailable` like a refusal (503), never like a yes.
`Guard` is the same as WSGI middleware (Flask, Django, Pyramid).
"""

import http.client
import json
import threading
from urllib.parse import quote, urlsplit

__all__ = ["Guard", "Keystead", "Rejected", "Unavailable", "Verdict"]

# No answer is longer; what is, is not from a Keystead server.
ANSWER_MAX = 1 << 20


class Unavailable(Exception):
    """Nobody could say whether the key is good: no connection, no answer in time, or the server cannot read its store."""


class Rejected(Exception):
    """The server refuses the question itself: the token lacks keystead:verify, or an argument is not allowed. Mend the program."""


class Verdict(dict):
    """The answer: `verdict.valid`, `verdict.code`, and all else as in the documentation, as in `verdict["owner"]["id"]`."""

    @property
    def valid(self):
        return self.get("valid") is True and self.get("code") == "valid"

    @property
    def code(self):
        return self.get("code")


class Keystead:
    """One server, asked with one backend key. Threads may share it: each keeps a connection of its own.

    `timeout` is in seconds, for connecting and for each wait on the answer.
    """

    def __init__(self, url, token, timeout=2.0):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url must be as in http://127.0.0.1:7300")
        if not timeout or timeout <= 0:
            raise ValueError("timeout must be a number of seconds: a check that may wait for ever stops its server")
        self._connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"Authorization": "Bearer " + token.strip(), "Content-Type": "application/json"}
        self._timeout = timeout
        self._of_thread = threading.local()

    def verify(
        self,
        key,
        *,
        scopes=(),
        any_scopes=(),
        ip=None,
        referrer=None,
        method=None,
        path=None,
        environment=None,
        cost=None,
        rate_limits=(),
    ):
        """Judges one key. Give `ip`, `referrer`, `method` and `path` of your caller: keys bound to them are refused without."""
        question = {"key": key, "scopes": list(scopes), "any_scopes": list(any_scopes), "rate_limits": list(rate_limits)}
        known = {
            "ip": ip,
            "referrer": referrer,
            "method": method,
            "path": path,
            "environment": environment,
            "cost": cost,
        }
        question.update({name: value for name, value in known.items() if value is not None})
        status, answer = self._post("/v1/api-keys/verify", json.dumps(question).encode())
        if status == 200:
            verdict = Verdict(answer.get("data") or {})
            if isinstance(verdict.code, str):
                return verdict
            raise Unavailable("this answer is not from a Keystead server")
        told = (answer.get("error") or {}).get("message", "without a reason")
        if 400 <= status < 500 and status not in (408, 429):
            raise Rejected("%d: %s" % (status, told))
        raise Unavailable("%d: %s" % (status, told))

    def _post(self, path, body):
        kept = getattr(self._of_thread, "connection", None)
        try:
            return self._ask(kept or self._new(), path, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            # A kept connection that the server closed meanwhile says so before any answer: a new one is worth one try.
            if kept is None:
                raise Unavailable(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(str(error)) from error
        try:
            return self._ask(self._new(), path, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(str(error)) from error

    def _new(self):
        return self._connect(self._host, self._port, timeout=self._timeout)

    def _ask(self, connection, path, body):
        self._of_thread.connection = None
        try:
            connection.request("POST", self._path + path, body, self._headers)
            response = connection.getresponse()
            text = response.read(ANSWER_MAX)
            answer = json.loads(text) if text else {}
            if not isinstance(answer, dict):
                raise ValueError("the answer is not a JSON object")
        except BaseException:
            connection.close()
            raise
        # Only what was read to its end may be asked again.
        if response.isclosed():
            self._of_thread.connection = connection
        else:
            connection.close()
        return response.status, answer


class Guard:
    """WSGI middleware: lets a request with a good key through, with the verdict in `environ["keystead"]`, and answers all others.

    `client_ip` says what the caller's address is; behind a proxy that is yours to know.
    """

    STATUS = {
        "insufficient_scope": "403 Forbidden",
        "ip_denied": "403 Forbidden",
        "referrer_denied": "403 Forbidden",
        "endpoint_denied": "403 Forbidden",
        "rate_limited": "429 Too Many Requests",
        "credits_exhausted": "429 Too Many Requests",
    }

    def __init__(self, app, keystead, scopes=(), client_ip=lambda environ: environ.get("REMOTE_ADDR")):
        self.app, self.keystead, self.scopes, self.client_ip = app, keystead, tuple(scopes), client_ip

    def __call__(self, environ, start_response):
        scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        bearer = bearer.strip() if scheme.lower() == "bearer" else ""
        header = environ.get("HTTP_X_API_KEY", "").strip()
        if bearer and header and bearer != header:
            return self._refuse(start_response, "400 Bad Request", "Authorization and X-API-Key differ", [])
        if not (bearer or header):
            return self._refuse(start_response, "401 Unauthorized", "an API key is needed", [])
        try:
            verdict = self.keystead.verify(
                bearer or header,
                scopes=self.scopes,
                ip=self.client_ip(environ),
                referrer=environ.get("HTTP_REFERER") or environ.get("HTTP_ORIGIN"),
                method=environ["REQUEST_METHOD"],
                # As it was sent, where the server says so; else encoded again, from the bytes that WSGI gives as Latin-1.
                path=environ.get("RAW_URI") or environ.get("REQUEST_URI") or self._path(environ),
            )
        except (Unavailable, Rejected):
            return self._refuse(start_response, "503 Service Unavailable", "keys cannot be checked now", [("Retry-After", "1")])
        if verdict.valid:
            environ["keystead"] = verdict
            return self.app(environ, start_response)
        more = []
        if verdict.get("retry_after_ms") is not None:
            more.append(("Retry-After", str(-(-verdict["retry_after_ms"] // 1000))))
        # Why a key is not good is for its owner to ask, not for whoever presents it.
        status = self.STATUS.get(verdict.code, "401 Unauthorized")
        told = verdict.code if verdict.code in self.STATUS else "the API key is not valid"
        return self._refuse(start_response, status, told, more)

    @staticmethod
    def _path(environ):
        return quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")) or "/"

    @staticmethod
    def _refuse(start_response, status, told, more):
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *more]
        if status.startswith("401"):
            headers.append(("WWW-Authenticate", "Bearer"))
        start_response(status, headers)
        return [json.dumps({"error": told}).encode()]
