<?php
// Takes a payment; the same command again, after the answer was lost, tells what became of it.
//
//     UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop \
//         php take_payment.php ORDER AMOUNT_IN_FEN PAY_CODE
declare(strict_types=1);

require __DIR__ . '/ums.php';

use Ums\Outcome;

/** The order's key and whether it is new. A shop keeps it in the order's row instead. */
function key_of(string $order): array
{
    $file = @fopen("$order.key", 'x');
    if (!$file) {
        return [file_get_contents("$order.key"), false];
    }
    $key = Ums\new_key();
    // It must be on the disk before the first submission, as a crash may follow: with PHP 8.1 and
    // later by fsync; a database does it with its commit.
    if (fwrite($file, $key) !== strlen($key) || !fflush($file)) {
        throw new RuntimeException('the key cannot be kept');
    }
    if (function_exists('fsync') && !fsync($file)) {
        throw new RuntimeException('the key cannot be kept');
    }
    return [$key, true];
}

[, $order, $amount, $payCode] = $argv;
$profile = getenv('UMS_PROFILE');
$ums = new Ums\Ums(getenv('UMS_URL'), getenv('UMS_TOKEN'), $profile === false ? null : $profile);
[$key, $isNew] = key_of($order);
$request = [
    'merchantOrderId' => $order, 'transactionAmount' => (int) $amount,
    'transactionCurrencyCode' => '156', 'merchantRemark' => $order,
    'payMode' => 'CODE_SCAN', 'payCode' => $payCode,
];
$within = (float) (getenv('UMS_WITHIN') ?: 60);
$answer = $ums->submit('pay', $request, $key, ['within' => $within, 'first' => $isNew]);
echo "$answer->outcome $answer->why\n";
switch ($answer->outcome) {
    case Outcome::APPROVED:
        exit($answer->stands === false ? 3 : 0); // 0: deliver
    case Outcome::UNKNOWN:
        exit(5); // deliver nothing, take nothing else: the same command again
    default:
        exit($answer->outcome === Outcome::NOT_SENT ? 4 : 3);
}
