"""The platform's own sample of a void (支付撤销), which here really runs: a request object, and
`client.execute(cls)`. What is new is its key, and an outcome beside the platform's code.

    UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop python3 platform_flow.py UMS_ORDER_ID
"""
import os
import sys

from ums import Ums, new_key

URL = "/v6/poslink/transaction/voidpayment"
#: The operations by the platform's service codes.
OPERATIONS = {
    "poslink/transaction/pay": "pay", "poslink/transaction/refund": "refund",
    "poslink/transaction/voidpayment": "void_payment",
}


class DataRequest(object):
    def __init__(self, data, url=URL):
        _, self.apiVersion, self.serviceCode = url.split("/", 2)
        self.data = data
        self.key = new_key()  # keep it with the order before it is executed
        self.first = True  # False where the key may have been used before


class DefaultOpenApiClient(object):
    """Signs nothing and holds no AppKey: both are the server's."""

    def __init__(self, ums):
        self.ums = ums

    def execute(self, cls):
        operation = OPERATIONS[cls.serviceCode]
        answer = self.ums.submit(operation, cls.data, cls.key, first=cls.first)
        return {
            "data": answer.record.get("reply"), "errCode": answer.record.get("err_code"),
            "errInfo": answer.record.get("err_info"), "resultCode": answer.outcome.value,
            "resultInfo": answer.why,
        }


client = DefaultOpenApiClient(
    Ums(os.environ["UMS_URL"], os.environ["UMS_TOKEN"], os.environ.get("UMS_PROFILE")))
cls = DataRequest({
    "systemTraceNum": "123456", "originalOrderId": sys.argv[1], "merchantRemark": "test",
    "limitCrossDevice": True,
})
response = client.execute(cls)
print(str(response.get("data")))
print(response.get("errCode"))
print(response.get("errInfo"))
print(response.get("resultCode"))
print(response.get("resultInfo"))
sys.exit(0 if response.get("resultCode") == "approved" else 1)
