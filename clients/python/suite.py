"""Does what each line of its input says, for `cargo xtask interop`; answers with a line each."""
import json
import sys

from ums import Ums, UmsError


def told(answer):
    return {
        "outcome": answer.outcome.value, "key": answer.key, "id": answer.id, "tries": answer.tries,
        "replayed": answer.replayed, "may_repeat": answer.may_repeat, "stands": answer.stands,
        "as_of": answer.not_executed_as_of, "in_the_way": answer.in_the_way,
        "field": answer.problem.get("field"), "err_code": answer.record.get("err_code"),
        "why": answer.why,
    }


def done(step):
    ums = Ums(step["url"], step["token"], step.get("profile"), step.get("try_s", 30))
    what, within = step["do"], step.get("within", 20)
    if what == "submit":
        return told(ums.submit(step["operation"], step["request"], step["key"], within,
                               step.get("first", False)))
    if what == "find":
        answer = ums.find(step["key"])
        return told(answer) if answer else {"none": True}
    record = ums.read(step["operation"], step["request"], within)
    return {"outcome": record["outcome"], "state": record.get("state")}


for line in sys.stdin:
    try:
        answer = done(json.loads(line))
    except ValueError as error:
        answer = {"refused": str(error)}
    except UmsError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
