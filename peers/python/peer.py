"""requests and httpx, as they come. See ../README.md for what is read and written."""

import platform
import sys


def with_requests():
    import requests
    import urllib3

    name = f"requests {requests.__version__} (urllib3 {urllib3.__version__}, Python {platform.python_version()})"
    return name, requests.Session, lambda session, url, **call: session.post(url, **call)


def with_httpx():
    import httpx

    def post(client, url, data, headers, timeout):
        return client.post(url, content=data, headers=headers, timeout=timeout)

    return f"httpx {httpx.__version__} (Python {platform.python_version()})", httpx.Client, post


name, session_class, post = {"requests": with_requests, "httpx": with_httpx}[sys.argv[1]]()
print(name, flush=True)
for line in sys.stdin:
    url, authorization, body, timeout, warm, warm_body, _order = line.rstrip("\n").split("\t")
    session = session_class()

    def send(authorization, body):
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        return post(session, url, data=body.encode(), headers=headers, timeout=int(timeout) / 1000)

    if warm:
        send(warm, warm_body)
    try:
        told = ("reply", send(authorization, body).status_code, "")
    except Exception as error:
        kind = type(error)
        message = str(error).replace("\t", " ").replace("\n", " ")
        told = ("error", f"{kind.__module__.split('.')[0]}.{kind.__qualname__}", message)
    print(*told, sep="\t", flush=True)
    session.close()
