"""Signs for the UMS (银联商务) open platform, all four schemes. Standard library only. Raises ValueError on what must be refused."""
import base64, hashlib, hmac, re
from datetime import datetime
from urllib.parse import quote_plus

WORD = r"[!#-&(-+\--\[\]-~]"  # printable ASCII except quotes, comma and backslash
RULES = {"app_id": r"[A-Za-z0-9._-]{1,32}", "key": r"[!-~]+", "timestamp": r"(?!0000)[0-9]{14}", "nonce": WORD + "{1,128}",
         "token": WORD + "{1,1024}", "signature": r"[A-Za-z0-9+/]{43}="}
QUERY = ["authorization", "appId", "timestamp", "nonce", "content", "signature"]

def check(**values):
    for name, value in values.items():
        if not re.fullmatch(RULES[name], value): raise ValueError(name)
        if name == "timestamp": datetime.strptime(value, "%Y%m%d%H%M%S")  # a real day and time, in UTC+8

def sign(app_id, app_key, timestamp, nonce, body):
    """(digest, string to sign, signature) of OPEN-BODY-SIG; of OPEN-FORM-PARAM with the content as body."""
    check(app_id=app_id, key=app_key, timestamp=timestamp, nonce=nonce)
    digest = hashlib.sha256(body).hexdigest()
    text = app_id + timestamp + nonce + digest
    return digest, text, base64.b64encode(hmac.digest(app_key.encode(), text.encode(), "sha256")).decode()

def header(app_id, timestamp, nonce, signature):
    return f'OPEN-BODY-SIG AppId="{app_id}", Timestamp="{timestamp}", Nonce="{nonce}", Signature="{signature}"'

def encode(text):  # as java.net.URLEncoder
    return quote_plus(text, safe="*").replace("~", "%7E")

def query(app_id, timestamp, nonce, content, signature):
    return "&".join(f"{k}={encode(v)}" for k, v in zip(QUERY, ["OPEN-FORM-PARAM", app_id, timestamp, nonce, content, signature]))

def token_request(app_id, app_key, timestamp, nonce, sign_method="SHA256"):
    """(string to sign, signature) of a request for a token; sign_method None is the old form with SHA-1."""
    check(app_id=app_id, key=app_key, timestamp=timestamp, nonce=nonce)
    text = app_id + timestamp + nonce + app_key
    return text, hashlib.new("sha256" if sign_method else "sha1", text.encode()).hexdigest()

def token_header(token, spelling, app_id=None):
    check(token=token, **({"app_id": app_id} if spelling == "quoted_with_app_id" else {}))
    return {"unquoted": f"OPEN-ACCESS-TOKEN AccessToken={token}", "mixed_case": f'Open-Access-Token accessToken="{token}"',
            "quoted_with_app_id": f'OPEN-ACCESS-TOKEN AccessToken="{token}", AppId="{app_id}"'}[spelling]
