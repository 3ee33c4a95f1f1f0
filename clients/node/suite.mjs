// Does what each line of its input says, for `cargo xtask interop`; answers with a line each.
import { createInterface } from "node:readline";
import { Ums, UmsError } from "./ums.mjs";

function told(answer) {
  return {
    outcome: answer.outcome, key: answer.key, id: answer.id, tries: answer.tries,
    replayed: answer.replayed, may_repeat: answer.mayRepeat, stands: answer.stands,
    as_of: answer.notExecutedAsOf, in_the_way: answer.inTheWay,
    field: answer.problem.field ?? null, err_code: answer.record.err_code ?? null,
    why: answer.why,
  };
}

async function done(step) {
  const ums = new Ums(step.url, step.token, { profile: step.profile, tryS: step.try_s });
  const { within = 20, first } = step;
  switch (step.do) {
    case "submit":
      return told(await ums.submit(step.operation, step.request, step.key, { within, first }));
    case "find": {
      const answer = await ums.find(step.key);
      return answer ? told(answer) : { none: true };
    }
    default: {
      const { outcome, state } = await ums.read(step.operation, step.request, { within });
      return { outcome, state };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await done(JSON.parse(line));
  } catch (error) {
    if (error instanceof UmsError) answer = { error: error.message };
    else if (error instanceof RangeError) answer = { refused: error.message };
    else throw error;
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
