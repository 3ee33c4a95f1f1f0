"""Takes a payment; the same command again, after the answer was lost, tells what became of it.

    UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop \\
        python3 take_payment.py ORDER AMOUNT_IN_FEN PAY_CODE
"""
import os
import sys

from ums import Outcome, Ums, new_key


def key_of(order):
    """The order's key and whether it is new. A shop keeps it in the order's row instead."""
    try:
        with open(order + ".key", "x") as file:
            key = new_key()
            file.write(key)
            file.flush()
            os.fsync(file.fileno())  # before the first submission, as a crash may follow
            return key, True
    except FileExistsError:
        with open(order + ".key") as file:
            return file.read(), False


order, amount, pay_code = sys.argv[1:]
ums = Ums(os.environ["UMS_URL"], os.environ["UMS_TOKEN"], os.environ.get("UMS_PROFILE"))
key, is_new = key_of(order)
request = {
    "merchantOrderId": order, "transactionAmount": int(amount), "transactionCurrencyCode": "156",
    "merchantRemark": order, "payMode": "CODE_SCAN", "payCode": pay_code,
}
within = float(os.environ.get("UMS_WITHIN", "60"))
answer = ums.submit("pay", request, key, within=within, first=is_new)
print(answer.outcome.value, answer.why)
if answer.outcome is Outcome.APPROVED and answer.stands is not False:
    sys.exit(0)  # deliver
if answer.outcome is Outcome.UNKNOWN:
    sys.exit(5)  # deliver nothing, take nothing else: the same command again
sys.exit(4 if answer.outcome is Outcome.NOT_SENT else 3)
