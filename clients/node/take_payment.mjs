// Takes a payment; the same command again, after the answer was lost, tells what became of it.
//
//     UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop \
//         node take_payment.mjs ORDER AMOUNT_IN_FEN PAY_CODE
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { newKey, Outcome, Ums } from "./ums.mjs";

/** The order's key and whether it is new. A shop keeps it in the order's row instead. */
function keyOf(order) {
  try {
    const file = openSync(`${order}.key`, "wx");
    const key = newKey();
    writeSync(file, key);
    fsyncSync(file); // before the first submission, as a crash may follow
    closeSync(file);
    return [key, true];
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return [readFileSync(`${order}.key`, "utf8"), false];
  }
}

const [order, amount, payCode] = process.argv.slice(2);
const { UMS_URL, UMS_TOKEN, UMS_PROFILE, UMS_WITHIN = "60" } = process.env;
const ums = new Ums(UMS_URL, UMS_TOKEN, { profile: UMS_PROFILE });
const [key, first] = keyOf(order);
const request = {
  merchantOrderId: order, transactionAmount: Number(amount), transactionCurrencyCode: "156",
  merchantRemark: order, payMode: "CODE_SCAN", payCode,
};
const answer = await ums.submit("pay", request, key, { within: Number(UMS_WITHIN), first });
console.log(answer.outcome, answer.why);
switch (answer.outcome) {
  case Outcome.APPROVED:
    process.exitCode = answer.stands === false ? 3 : 0; // 0: deliver
    break;
  case Outcome.UNKNOWN:
    process.exitCode = 5; // deliver nothing, take nothing else: the same command again
    break;
  default:
    process.exitCode = answer.outcome === Outcome.NOT_SENT ? 4 : 3;
}
