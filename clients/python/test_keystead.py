"""Run by tests/clients against a real server, whose address, keys and tokens are in the environment."""

import os
import socket
import threading
import unittest

from keystead import Guard, Keystead, Rejected, Unavailable

URL, TOKEN = os.environ["TEST_URL"], os.environ["TEST_TOKEN"]
VALID, REVOKED, UNKNOWN = (os.environ["TEST_" + name] for name in ("VALID", "REVOKED", "UNKNOWN"))
BOUND, LIMITED = os.environ["TEST_BOUND"], os.environ["TEST_LIMITED"]


def silent_server():
    """Takes connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept = []

    def accept():
        while True:
            try:
                kept.append(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    return listener


def saying(text):
    """Answers each connection with these bytes, once."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.recv(65536)
            connection.sendall(text)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def at(listener, **settings):
    return Keystead("http://127.0.0.1:%d" % listener.getsockname()[1], TOKEN, **settings)


class Verify(unittest.TestCase):
    def setUp(self):
        self.keystead = Keystead(URL, TOKEN)

    def test_a_good_key_is_valid_and_says_whose_it_is(self):
        verdict = self.keystead.verify(VALID, scopes=["invoices:read"])
        self.assertTrue(verdict.valid)
        self.assertEqual(verdict["owner"]["external_id"], "maya")

    def test_what_is_not_good_is_an_answer(self):
        for key, code in ((REVOKED, "revoked"), (UNKNOWN, "not_found"), ("nonsense", "malformed"), ("", "malformed")):
            verdict = self.keystead.verify(key)
            self.assertFalse(verdict.valid)
            self.assertEqual(verdict.code, code)
        verdict = self.keystead.verify(VALID, scopes=["invoices:write"])
        self.assertEqual((verdict.code, verdict["missing_scopes"]), ("insufficient_scope", ["invoices:write"]))

    def test_a_connection_is_used_again_and_threads_do_not_share_one(self):
        verdicts = []
        ask = lambda: verdicts.extend(self.keystead.verify(VALID).valid for _ in range(20))
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(verdicts, [True] * 80)

    def test_a_wrong_token_or_question_is_a_mistake_and_no_verdict(self):
        with self.assertRaises(Rejected):
            Keystead(URL, UNKNOWN).verify(VALID)
        with self.assertRaises(Rejected):
            self.keystead.verify(VALID, cost=-1)

    def test_a_server_that_is_silent_gone_or_another_one_is_never_a_yes(self):
        silent = silent_server()
        gone = socket.create_server(("127.0.0.1", 0))
        address = gone.getsockname()[1]
        gone.close()
        other = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"valid\": true}")
        html = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<p/>")
        failing = saying(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        for asked in (
            at(silent, timeout=0.2),
            Keystead("http://127.0.0.1:%d" % address, TOKEN),
            at(other),
            at(html),
            at(failing),
        ):
            with self.assertRaises(Unavailable):
                asked.verify(VALID)

    def test_no_time_is_no_setting(self):
        for timeout in (None, 0, -1):
            with self.assertRaises(ValueError):
                Keystead(URL, TOKEN, timeout=timeout)


class Middleware(unittest.TestCase):
    def ask(self, guard=None, **environ):
        def app(environ, start_response):
            start_response("200 OK", [])
            return [environ["keystead"]["owner"]["external_id"].encode()]

        guard = guard or Guard(app, Keystead(URL, TOKEN), scopes=["invoices:read"])
        guard.app = app
        said = {}

        def start_response(status, headers):
            said.update(status=int(status[:3]), headers=dict(headers))

        request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v1/invoices/7", "REMOTE_ADDR": "203.0.113.9", **environ}
        body = b"".join(guard(request, start_response))
        return said["status"], body, said["headers"]

    def test_a_good_key_goes_through_by_either_header(self):
        for header in ({"HTTP_AUTHORIZATION": "Bearer " + VALID}, {"HTTP_X_API_KEY": VALID}):
            status, body, _ = self.ask(**header)
            self.assertEqual((status, body), (200, b"maya"))

    def test_others_are_told_no_more_than_they_need(self):
        status, _, headers = self.ask()
        self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
        for key in (REVOKED, UNKNOWN, "nonsense"):
            status, body, _ = self.ask(HTTP_X_API_KEY=key)
            self.assertEqual((status, body), (401, b'{"error": "the API key is not valid"}'))
        self.assertEqual(self.ask(HTTP_X_API_KEY=VALID, HTTP_AUTHORIZATION="Bearer " + UNKNOWN)[0], 400)

    def test_where_nobody_can_say_it_is_503(self):
        guard = Guard(None, at(silent_server(), timeout=0.2))
        self.assertEqual(self.ask(guard, HTTP_X_API_KEY=VALID)[0], 503)

    def test_a_bound_key_is_judged_by_the_callers_address_and_path(self):
        self.assertEqual(self.ask(HTTP_X_API_KEY=BOUND)[0], 200)
        self.assertEqual(self.ask(HTTP_X_API_KEY=BOUND, REMOTE_ADDR="198.51.100.1")[0], 403)
        self.assertEqual(self.ask(HTTP_X_API_KEY=BOUND, PATH_INFO="/v1/invoices/7/lines")[0], 403)
        self.assertEqual(self.ask(HTTP_X_API_KEY=BOUND, RAW_URI="/v1/invoices/..%2f7")[0], 403)

    def test_a_limit_says_when_to_come_back(self):
        self.assertEqual(self.ask(HTTP_X_API_KEY=LIMITED)[0], 200)
        status, _, headers = self.ask(HTTP_X_API_KEY=LIMITED)
        self.assertEqual(status, 429)
        self.assertGreaterEqual(int(headers["Retry-After"]), 1)


if __name__ == "__main__":
    unittest.main()
