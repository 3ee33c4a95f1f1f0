<?php
// The platform's own sample of a void (支付撤销), which here really runs: a DataRequest, executed by
// a client. What is new is its key, and an outcome beside the platform's code.
//
//     UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop php platform_flow.php UMS_ORDER_ID
declare(strict_types=1);

require_once __DIR__ . '/ums.php';

class DataRequest
{
    public string $apiVersion, $serviceCode, $data;
    /** Keep it with the order before it is executed. */
    public string $key;
    /** False where the key may have been used before. */
    public bool $first = true;

    function __construct(string $data, string $url)
    {
        $this->data = $data;
        [, $this->apiVersion, $this->serviceCode] = preg_split('~/~', $url, 3);
        $this->key = Ums\new_key();
    }
}

/** Signs nothing and holds no AppKey: both are the server's. */
class DefaultOpenApiClient
{
    /** The operations by the platform's service codes. */
    const OPERATIONS = [
        'poslink/transaction/pay' => 'pay', 'poslink/transaction/refund' => 'refund',
        'poslink/transaction/voidpayment' => 'void_payment',
    ];
    private Ums\Ums $ums;

    function __construct(Ums\Ums $ums)
    {
        $this->ums = $ums;
    }

    /** The platform's reply as JSON, with `outcome` beside its fields. */
    function execute(DataRequest $request): string
    {
        $operation = self::OPERATIONS[$request->serviceCode];
        $data = json_decode($request->data, true);
        $answer = $this->ums->submit($operation, $data, $request->key, ['first' => $request->first]);
        $reply = $answer->record['reply'] ?? null;
        return json_encode((is_array($reply) ? $reply : []) + [
            'errCode' => null, 'errInfo' => $answer->why, 'outcome' => $answer->outcome,
        ], JSON_UNESCAPED_UNICODE);
    }
}

class DataDemo
{
    public function main(string $order): int
    {
        $url = '/v6/poslink/transaction/voidpayment';
        $data = json_encode([
            'systemTraceNum' => '123456', 'originalOrderId' => $order, 'merchantRemark' => 'test',
            'limitCrossDevice' => true,
        ]);
        $request = new DataRequest($data, $url);
        $ums = new Ums\Ums(getenv('UMS_URL'), getenv('UMS_TOKEN'), getenv('UMS_PROFILE') ?: null);
        $client = new DefaultOpenApiClient($ums);
        $content = $client->execute($request);
        $obj = json_decode($content);
        echo $obj->errCode, "\n", $obj->errInfo, "\n", $obj->outcome, "\n";
        return $obj->outcome === Ums\Outcome::APPROVED ? 0 : 1;
    }
}

$p = new DataDemo();
exit($p->main($argv[1]));
