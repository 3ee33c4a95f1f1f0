"""Verifies what signer.py signs, and netpay notifications. Standard library only. Raises ValueError on what must be refused."""
import base64, hashlib, hmac, re
from urllib.parse import unquote_plus
from signer import QUERY, check, sign

def verify(app_id, app_key, received, body):
    parts = re.fullmatch(r'OPEN-BODY-SIG AppId="([^"]*)", ?Timestamp="([^"]*)", ?Nonce="([^"]*)", ?Signature="([^"]*)"', received)
    if not parts: raise ValueError("header")
    verify_parts(app_id, app_key, *parts.groups(), body)

def verify_parts(app_id, app_key, received_id, timestamp, nonce, signature, body):
    check(signature=signature)
    right = sign(received_id, app_key, timestamp, nonce, body)[2]
    same = hmac.compare_digest(base64.b64decode(signature), base64.b64decode(right))
    if received_id != app_id or not same: raise ValueError("wrong AppId or signature")

def pairs(form):
    if re.search("%(?![0-9A-Fa-f]{2})", form): raise ValueError("percent")
    found = [[unquote_plus(part, errors="strict") for part in pair.split("=", 1)] for pair in form.split("&")]
    if any(len(pair) != 2 for pair in found) or len({k for k, _ in found}) != len(found): raise ValueError("pairs")
    return dict(found)

def verify_query(app_id, app_key, received):
    q = pairs(received)
    if sorted(q) != sorted(QUERY) or q["authorization"] != "OPEN-FORM-PARAM": raise ValueError("query")
    verify_parts(app_id, app_key, q["appId"], q["timestamp"], q["nonce"], q["signature"], q["content"].encode())

def read_token_header(received):
    for form in (r'OPEN-ACCESS-TOKEN AccessToken="([^"]*)", ?AppId="([^"]*)"', r'Open-Access-Token accessToken="([^"]*)"()',
                 r'OPEN-ACCESS-TOKEN AccessToken=([^"]*)()'):
        if parts := re.fullmatch(form, received):
            check(token=parts[1], **({"app_id": parts[2]} if parts[2] else {}))
            return parts[1], parts[2] or None
    raise ValueError("header")

def reads_like_another(name, value):
    """Whether the pair is signed like two: values are not escaped."""
    return re.search("[&=]", name) or re.search("&[^&=]+=", value)

def verify_notify(key, form, sign_type):
    """(string to sign, signature) of a netpay notification whose signature is right. The receiver's hash counts, not the sender's."""
    check(key=key)
    p = pairs(form)
    hash_name = {"MD5": "md5", "SHA256": "sha256"}[sign_type]
    if p.get("signType") not in (None, "", sign_type): raise ValueError("signType")
    signed = [(k, v) for k, v in sorted(p.items()) if v and k != "sign"]
    text = "&".join(f"{k}={v}" for k, v in signed) + key
    right = hashlib.new(hash_name, text.encode()).hexdigest()
    if not hmac.compare_digest(p["sign"].lower().encode(), right.encode()): raise ValueError("sign")
    if any(reads_like_another(k, v) for k, v in signed): raise ValueError("ambiguous: query the order")
    return text, right
