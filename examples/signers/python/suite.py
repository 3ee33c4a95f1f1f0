"""Runs the whole signing suite: python3 suite.py [path to fixtures/signing]."""
import json, sys
from pathlib import Path
import signer, verifier

root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "fixtures/signing"

def run(case, read):
    """Does what the case's action says and gives (what was made, what it has to be); raises when it refuses."""
    text = lambda name: read(name).decode("utf-8")
    value = lambda *names: [case[name] for name in names]
    holder = lambda: value("app_id", "app_key")
    parts = lambda: value("app_id", "app_key", "timestamp", "nonce")
    what = case["scheme"] + "/" + case["action"]
    if what == "open-body-sig/sign":
        digest, string, signature = signer.sign(*parts(), read("body.bin"))
        header = signer.header(case["app_id"], case["timestamp"], case["nonce"], signature)
        verifier.verify(*holder(), header, read("body.bin"))
        return [digest, string, signature, header], [text(n) for n in ("body-digest.txt", "string-to-sign.txt", "signature.txt", "authorization.txt")]
    if what == "open-body-sig/verify":
        verifier.verify(*holder(), text("authorization.txt"), read("body.bin"))
        return signer.sign(*parts(), read("body.bin"))[2], text("signature.txt")
    if what == "open-form-param/sign":
        digest, string, signature = signer.sign(*parts(), read("content.txt"))
        query = signer.query(case["app_id"], case["timestamp"], case["nonce"], text("content.txt"), signature)
        verifier.verify_query(*holder(), query)
        return [digest, string, signature, query], [text(n) for n in ("content-digest.txt", "string-to-sign.txt", "signature.txt", "query.txt")]
    if what == "open-form-param/verify":
        verifier.verify_query(*holder(), text("query.txt"))
        return None, None
    if what == "open-access-token/sign":
        string, signature = signer.token_request(*parts(), case["sign_method"])
        request = {"appId": case["app_id"], "timestamp": case["timestamp"], "nonce": case["nonce"], "signature": signature}
        if case["sign_method"]: request["signMethod"] = case["sign_method"]
        return [string, signature, request], [text("string-to-sign.txt"), text("signature.txt"), json.loads(text("request.json"))]
    if what == "open-access-token/verify":
        if signer.token_request(*parts(), case["sign_method"])[1] != json.loads(text("request.json"))["signature"]: raise ValueError("signature")
        return None, None
    if what == "open-access-token/header":
        return signer.token_header(case["access_token"], case["spelling"], case["app_id"]), text("authorization.txt")
    if what == "open-access-token/read":
        return verifier.read_token_header(text("authorization.txt")), (case["access_token"], case["app_id"])
    if what == "notify/verify":
        made = verifier.verify_notify(case["communication_key"], text("form.txt"), case["sign_type"])
        return made, (text("string-to-sign.txt"), text("signature.txt"))
    sys.exit(f"python: {what} is not known here")

index = json.loads((root / "index.json").read_text("utf-8"))
failed = []
for entry in index["cases"]:
    directory = root / entry["path"]
    case = json.loads((directory / "case.json").read_text("utf-8"))
    try:
        made, wanted = run(case, lambda name: (directory / name).read_bytes())
        outcome = "accept" if made == wanted else f"made {made!r}, wanted {wanted!r}"
    except (ValueError, KeyError):
        outcome = "refuse"
    if outcome != entry["expect"]: failed.append(f"{entry['path']}: {entry['expect']} expected, got {outcome}")
found = len(list(root.glob("*/*/case.json")))
if not index["total"] == len(index["cases"]) == found: failed.append(f"{found} directories, {index['total']} in the index")
print(*failed, f"python: {len(index['cases'])} cases, {len(failed)} failed", sep="\n")
sys.exit(bool(failed))
