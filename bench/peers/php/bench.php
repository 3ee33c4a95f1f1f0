<?php
// curl and the signer in PHP. Usage: bench.php curl|once|sign …, as bench/src/peer.rs calls it.
declare(strict_types=1);
require __DIR__ . '/../../../examples/signers/php/signer.php';

const APP_ID = '00000000000000000000000000000001';
const APP_KEY = 'ums-simulator-demo-key-not-secret';
const PATH = '/v6/poslink/transaction/voidpayment';

function signed(string $body): string {
    $timestamp = (new DateTimeImmutable('now', new DateTimeZone('+08:00')))->format('YmdHis');
    $nonce = bin2hex(random_bytes(16));
    return Ums\header(APP_ID, $timestamp, $nonce, Ums\sign(APP_ID, APP_KEY, $timestamp, $nonce, $body)[2]);
}

function prepare(CurlHandle $handle): void {
    $body = json_encode(['merchantCode' => '103290070111417', 'terminalCode' => '12340511', 'systemTraceNum' => '123456',
        'originalOrderId' => '20230718110248029165883554', 'merchantRemark' => '测试'], JSON_UNESCAPED_UNICODE);
    curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
    curl_setopt($handle, CURLOPT_HTTPHEADER, ['Content-Type: application/json', 'Accept: application/json', 'Authorization: ' . signed($body)]);
}

function handle(string $base, string $ca): CurlHandle {
    $handle = curl_init($base . PATH);
    curl_setopt_array($handle, [CURLOPT_POST => true, CURLOPT_RETURNTRANSFER => true, CURLOPT_CAINFO => $ca, CURLOPT_PROXY => '']);
    return $handle;
}

function check(CurlHandle $handle, ?string $text): void {
    if (curl_getinfo($handle, CURLINFO_RESPONSE_CODE) !== 200 || json_decode($text ?? '', true)['errCode'] !== '00') {
        fwrite(STDERR, "not approved: $text " . curl_error($handle) . "\n");
        exit(1);
    }
}

function cpu(): float {
    $used = getrusage();
    return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec'] + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
}

// PHP has no threads: the handles of curl_multi are its callers.
function load(string $base, string $ca, int $concurrency, float $warmUp, float $measure): void {
    $multi = curl_multi_init();
    curl_multi_setopt($multi, CURLMOPT_MAXCONNECTS, $concurrency);
    $started = [];
    $begin = function (CurlHandle $handle) use ($multi, &$started): void {
        prepare($handle);
        $started[spl_object_id($handle)] = hrtime(true);
        curl_multi_add_handle($multi, $handle);
    };
    for ($i = 0; $i < $concurrency; $i++) $begin(handle($base, $ca));
    $latencies = [];
    $measuring = false;
    $from = hrtime(true) + (int) ($warmUp * 1e6);
    $until = $from + (int) ($measure * 1e6);
    $cpu = 0.0;
    while (true) {
        curl_multi_exec($multi, $running);
        $now = hrtime(true);
        if (!$measuring && $now >= $from) { $measuring = true; $from = $now; $cpu = cpu(); }
        if ($now >= $until) break;
        while ($done = curl_multi_info_read($multi)) {
            $handle = $done['handle'];
            check($handle, curl_multi_getcontent($handle));
            if ($measuring) $latencies[] = hrtime(true) - $started[spl_object_id($handle)];
            curl_multi_remove_handle($multi, $handle);
            $begin($handle);
        }
        curl_multi_select($multi, 0.01);
    }
    $seconds = (hrtime(true) - $from) / 1e9;
    $cpu = cpu() - $cpu;
    sort($latencies);
    $at = fn(float $quantile) => $latencies[min(count($latencies) - 1, (int) (count($latencies) * $quantile))] / 1e3;
    preg_match('/VmHWM:\s*(\d+)/', file_get_contents('/proc/self/status'), $peak);
    echo json_encode(['calls' => count($latencies), 'seconds' => $seconds, 'cpu_seconds' => $cpu, 'p50' => $at(0.5), 'p99' => $at(0.99),
        'p999' => $at(0.999), 'peak_kib' => (int) $peak[1]]), "\n";
}

[, $mode] = $argv;
switch ($mode) {
    case 'sign':
        $body = implode('', array_map(fn($at) => chr(32 + $at % 95), range(0, (int) $argv[2] - 1)));
        $count = (int) $argv[3];
        for ($i = 0; $i < $count / 10; $i++) signed($body);
        $started = hrtime(true);
        for ($i = 0; $i < $count; $i++) signed($body);
        echo (hrtime(true) - $started) / $count, "\n";
        break;
    case 'once':
        $handle = handle($argv[2], $argv[3]);
        prepare($handle);
        check($handle, curl_exec($handle) ?: null);
        break;
    case 'version':
        if (!function_exists('curl_init')) exit(1);
        echo 'PHP ', PHP_VERSION, ', libcurl ', curl_version()['version'], "\n";
        break;
    default:
        load($argv[2], $argv[3], (int) $argv[4], (float) $argv[5], (float) $argv[6]);
}
