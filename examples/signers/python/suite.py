"""Runs the whole signing suite: python3 suite.py [path to fixtures/signing]."""
import base64, json, sys
from pathlib import Path
import signer, verifier

root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "fixtures/signing"

class Case(dict):
    def __missing__(self, key):  # a broken suite, which must not look like a refusal
        sys.exit(f"python: {self.get('name')} has no {key}")

def body(case):
    """The body, which is text or, where it is not UTF-8, Base64."""
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()

def run(scheme, case):
    """Does what the case's action says and gives (what was made, what it has to be); raises when it refuses."""
    value = lambda *names: [case[name] for name in names]
    holder = lambda: value("app_id", "app_key")
    parts = lambda: value("app_id", "app_key", "timestamp", "nonce")
    what = scheme + "/" + case["action"]
    if what == "open-body-sig/sign":
        digest, string, signature = signer.sign(*parts(), body(case))
        header = signer.header(case["app_id"], case["timestamp"], case["nonce"], signature)
        verifier.verify(*holder(), header, body(case))
        return [digest, string, signature, header], value("body_digest", "string_to_sign", "signature", "authorization")
    if what == "open-body-sig/verify":
        verifier.verify(*holder(), case["authorization"], body(case))
        return signer.sign(*parts(), body(case))[2], case["signature"]
    if what == "open-form-param/sign":
        digest, string, signature = signer.sign(*parts(), case["content"].encode())
        query = signer.query(case["app_id"], case["timestamp"], case["nonce"], case["content"], signature)
        verifier.verify_query(*holder(), query)
        return [digest, string, signature, query], value("content_digest", "string_to_sign", "signature", "query")
    if what == "open-form-param/verify":
        verifier.verify_query(*holder(), case["query"])
        return None, None
    if what == "open-access-token/sign":
        string, signature = signer.token_request(*parts(), case["sign_method"])
        request = {"appId": case["app_id"], "timestamp": case["timestamp"], "nonce": case["nonce"], "signature": signature}
        if case["sign_method"]: request["signMethod"] = case["sign_method"]
        return [string, signature, request], [*value("string_to_sign", "signature"), case["request"]]
    if what == "open-access-token/verify":
        if signer.token_request(*parts(), case["sign_method"])[1] != case["request"]["signature"]: raise ValueError("signature")
        return None, None
    if what == "open-access-token/header":
        return signer.token_header(case["access_token"], case["spelling"], case["app_id"]), case["authorization"]
    if what == "open-access-token/read":
        return verifier.read_token_header(case["authorization"]), (case["access_token"], case["app_id"])
    if what == "notify/verify":
        made = verifier.verify_notify(case["communication_key"], case["form"], case["sign_type"])
        return made, tuple(value("string_to_sign", "signature"))
    sys.exit(f"python: {what} is not known here")

schema = json.loads((root / "schema.json").read_text("utf-8"))
try:
    import jsonschema
except ImportError:
    print("python: ATTENTION, the schema WAS NOT CHECKED (the package jsonschema is not installed)", file=sys.stderr)
    is_valid = None
else:
    is_valid = jsonschema.Draft202012Validator(schema).is_valid
failed, count = [], 0
for path in sorted(set(root.glob("*.json")) - {root / "schema.json"}):
    suite = json.loads(path.read_text("utf-8"))
    if is_valid:
        if not is_valid(suite): failed.append(f"{path.name} is not as the schema says")
        for spoiled in suite["cases"][0] | {"unheard_of": 1}, suite["cases"][0] | {"basis": "hearsay"}:
            if is_valid(suite | {"cases": [spoiled]}): failed.append(f"{path.name}: the schema takes a spoiled case")
    for case in map(Case, suite["cases"]):
        count += 1
        try:
            made, wanted = run(suite["scheme"], case)
            outcome = "accept" if made == wanted else f"made {made!r}, wanted {wanted!r}"
        except (ValueError, KeyError):
            outcome = "refuse"
        if outcome != case["expect"]: failed.append(f"{suite['scheme']}/{case['name']}: {case['expect']} expected, got {outcome}")
if not count: failed.append("there is no case")
print(*failed, f"python: {count} cases, {len(failed)} failed", sep="\n")
sys.exit(bool(failed))
