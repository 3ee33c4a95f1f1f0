"""UMS (银联商务) through the local process `ums serve`: an operation once per key.

    ums = Ums("http://127.0.0.1:8480", token, profile="shop")
    key = new_key()                     # written down with the order, before the first submission
    answer = ums.submit("pay", {...}, key, first=True)
    if answer.outcome is Outcome.APPROVED: ...

Python 3.8 or later, nothing but the standard library. Copy this file.
"""
import enum
import http.client
import json
import re
import secrets
import ssl
import time
import urllib.parse


class Outcome(enum.Enum):
    APPROVED = "approved"  # carried out
    DECLINED = "declined"  # refused: not carried out
    NOT_SENT = "not_sent"  # nothing was sent to UMS: the same key may be submitted again
    UNKNOWN = "unknown"  # perhaps carried out, perhaps not: no other key, no other payment method


class Answer:
    """What is known of a call. `why` is for people, everything else for programs."""

    def __init__(self, outcome, key, record=None, problem=None, tries=0, replayed=False, why=""):
        record, problem = record or {}, problem or {}
        self.outcome, self.key, self.tries, self.replayed = outcome, key, tries, replayed
        self.record, self.problem = record, problem
        self.id = record.get("id")
        #: Which key a further submission may have: "same_key", "new_key" or "no". One with the same
        #: key never sends twice: of what the server has not answered it only finds out.
        told = record or (problem if outcome is Outcome.NOT_SENT else {})
        self.may_repeat = told.get("may_repeat") or "same_key"
        #: False: it was carried out, and was taken back since. Deliver nothing.
        self.stands = record.get("stands")
        #: Of an unknown outcome: when UMS had said, twice, that nothing was carried out until then.
        self.not_executed_as_of = record.get("as_of")
        #: The call that is in the way of this one.
        self.in_the_way = problem.get("call")
        self.why = why or record.get("next") or problem.get("detail") or ""

    def __repr__(self):
        return "Answer(%s, key=%r, id=%r, %s)" % (self.outcome.name, self.key, self.id, self.why)


class UmsError(Exception):
    """What only reads could not be read. Nothing was sent that moves money."""

    def __init__(self, why, problem=None):
        super().__init__(why)
        self.problem = problem or {}


def new_key():
    """A key for one operation: keep it with the order before it is submitted."""
    return secrets.token_hex(16)


class Ums:
    def __init__(self, base_url, token, profile=None, try_s=30.0, tls=None):
        """`try_s`: how long one try may take, 1 to 120 seconds. `tls`: an ssl.SSLContext."""
        url = urllib.parse.urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/"):
            raise ValueError("the address must be http://host:port or https://host:port")
        if url.scheme == "http" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("plain http is for this machine only")
        if not re.fullmatch(r"[!-~]+", token):
            raise ValueError("the token must be visible ASCII")
        if not 1 <= try_s <= 120:
            raise ValueError("try_s must be from 1 to 120")
        self._url, self._token, self._profile = url, token, profile
        self._try_s, self._tls = float(try_s), tls

    def submit(self, operation, request, key, within=60.0, first=False, **more):
        """Carries out an operation that moves money, at most once for this key, and finds out how
        it ended; tries again with the same key until the time is over.

        `first`: nobody has submitted this key before. Only then is it certain that nothing was
        sent when the server cannot be reached; otherwise the outcome is unknown. `more` are other
        members of the submission: `labels`, `not_after`, `ask_first`, `despite`."""
        if not re.fullmatch(r"[!#-\[\]-~]{1,255}", key):
            raise ValueError("a key has 1 to 255 visible ASCII characters without \" and \\")
        path, until = _path(operation), time.monotonic() + within
        tries, lost, pause = 0, False, 0.1
        while tries == 0 or time.monotonic() < until:
            tries += 1
            limit = self._limit(until)
            body = dict(more, profile=self._profile, request=request, timeout_s=_inner(limit))
            reply = self._exchange("POST", path, limit, body, key)
            record = reply.record()
            if record and (record.get("key") == key):
                replayed = reply.headers.get("idempotent-replayed") == "true"
                if record["outcome"] == "unknown" and record.get("id"):
                    record = self._follow(record, until)
                return Answer(_outcome(record), key, record, None, tries, replayed)
            refused = reply.problem()
            why = refused.get("detail") or reply.why
            if refused and reply.status not in (408, 429, 503):
                # Only a conflict is the journal's own word on this key; the others look at less.
                sure = not lost and (first or reply.status == 409)
                outcome = Outcome.NOT_SENT if sure else Outcome.UNKNOWN
                return Answer(outcome, key, None, refused, tries, why=why)
            lost = lost or (reply.written and not refused)
            pause = reply.sleep(pause, until)
        outcome = Outcome.NOT_SENT if first and not lost else Outcome.UNKNOWN
        return Answer(outcome, key, None, refused, tries, why=why)

    def read(self, operation, request, within=15.0):
        """The record of an operation that moves no money, such as "query"."""
        until = time.monotonic() + within
        body = {"profile": self._profile, "request": request}
        record = self._ask("POST", _path(operation), until, body)
        if not record or not record.get("outcome"):
            raise UmsError("the server's answer is no record")
        return record

    def find(self, key):
        """What is known of the call with this key, or None: the journal has none. Sends nothing."""
        query = {"key": key, "profile": self._profile}
        query = {name: value for name, value in query.items() if value}
        path = "/v1/calls?" + urllib.parse.urlencode(query)
        listed = self._ask("GET", path, time.monotonic() + self._try_s)
        calls = (listed or {}).get("calls")
        if not isinstance(calls, list) or any(call.get("key") != key for call in calls):
            raise UmsError("the server's answer is not about this key")
        return Answer(_outcome(calls[0]), key, calls[0], tries=1) if calls else None

    def _follow(self, record, until):
        """Waits for what becomes of an unknown call."""
        call_id, pause = record["id"], 0.1
        while record["outcome"] == "unknown" and time.monotonic() < until:
            limit = self._limit(until)
            path = "/v1/calls/%s?wait=%s" % (urllib.parse.quote(call_id, safe=""), _inner(limit))
            reply = self._exchange("GET", path, limit)
            found = reply.record()
            if found and found.get("id") == call_id:
                record = found
            elif reply.problem() and reply.status not in (408, 429, 503):
                break
            pause = reply.sleep(pause, until)
        return record

    def _ask(self, method, path, until, body=None):
        """Reads, and tries again until the time is over."""
        pause = 0.1
        while True:
            limit = self._limit(until)
            if body is not None:
                body["timeout_s"] = _inner(limit)
            reply = self._exchange(method, path, limit, body)
            if reply.status in (200, 202) and reply.json is not None:
                return reply.json
            refused = reply.problem()
            if refused and reply.status not in (408, 429, 503) or time.monotonic() >= until:
                raise UmsError(refused.get("detail") or reply.why, refused)
            pause = reply.sleep(pause, until)

    def _limit(self, until):
        return max(0.5, min(self._try_s, until - time.monotonic()))

    def _exchange(self, method, path, limit, body=None, key=None):
        """One request on a connection of its own: nothing sends it again unseen."""
        headers = {"Authorization": "Bearer " + self._token, "Connection": "close"}
        payload, end = None, time.monotonic() + limit
        if body is not None:
            body = {name: value for name, value in body.items() if value is not None}
            payload = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        at = {"host": self._url.hostname, "port": self._url.port, "timeout": limit}
        line = http.client.HTTPConnection(**at) if self._url.scheme == "http" else \
            http.client.HTTPSConnection(context=self._tls, **at)
        written = False
        try:
            line.connect()
            written, sock = True, line.sock
            line.request(method, path, payload, headers)
            reply, text, part = line.getresponse(), b"", b" "
            while part:
                sock.settimeout(max(0.001, end - time.monotonic()))
                part = reply.read1(65536)
                text += part
                if len(text) > 16 << 20:
                    raise ValueError("the answer is too long")
            if reply.length:
                raise ValueError("the answer was cut off")
            named = {name.lower(): value for name, value in reply.getheaders()}
            return _Reply(True, reply.status, named, json.loads(text.decode("utf-8")))
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = "%s: %s" % (type(error).__name__, error)
            return _Reply(written, 0, {}, None, "no answer of the server: " + why)
        finally:
            line.close()


class _Reply:
    def __init__(self, written, status, headers, found, why="the server's answer is no answer"):
        self.written, self.status, self.headers, self.why = written, status, headers, why
        self.json = found if isinstance(found, dict) else None

    def record(self):
        outcomes = ("approved", "declined", "not_sent", "unknown", "not_executed", "answered")
        fits = self.status in (200, 202) and self.json and self.json.get("outcome") in outcomes
        return self.json if fits else None

    def problem(self):
        """What is refused by the server itself; an error page of anything between is none."""
        repeats = ("same_key", "new_key", "no")
        fits = self.status >= 400 and self.json and self.json.get("may_repeat") in repeats
        return self.json if fits and self.json.get("type") else {}

    def sleep(self, pause, until):
        """Sleeps as long as the server asks for, or this pause; what comes after the next try."""
        told = self.headers.get("retry-after", "")
        told = float(told) if told.isdigit() and self.status in (408, 429, 503) else pause
        time.sleep(max(0.0, min(told, until - time.monotonic())))
        return min(pause * 2, 2.0)


def _outcome(record):
    """What was not carried out as of some time is unknown, until it is certain."""
    told = record.get("outcome")
    return Outcome(told) if told in ("approved", "declined", "not_sent") else Outcome.UNKNOWN


def _path(operation):
    if not re.fullmatch(r"[a-z_]+", operation):
        raise ValueError("no name of an operation: %r" % operation)
    return "/v1/operations/" + operation


def _inner(limit):
    """How long the server may take, so that its answer comes before the try ends."""
    return round(max(0.1, limit - min(1.0, limit / 4)), 3)
