<?php
// PHP's curl, one handle kept for all calls to a host. See ../README.md for what is read and written.
declare(strict_types=1);

echo 'PHP ' . PHP_VERSION . ', curl ' . curl_version()['version'], "\n";
while (($line = fgets(STDIN)) !== false) {
    [$url, $authorization, $body, $timeout, $warm, $warmBody] = explode("\t", rtrim($line, "\n"));
    $handle = curl_init($url);
    $send = function (string $authorization, string $body) use ($handle, $timeout): void {
        curl_setopt_array($handle, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HTTPHEADER => ["Authorization: $authorization", 'Content-Type: application/json'],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT_MS => (int) $timeout,
        ]);
        curl_exec($handle);
    };
    if ($warm !== '') {
        $send($warm, $warmBody);
    }
    $send($authorization, $body);
    $code = curl_errno($handle);
    if ($code === 0) {
        $told = ['reply', (string) curl_getinfo($handle, CURLINFO_RESPONSE_CODE), ''];
    } else {
        $message = preg_replace('/\s+/', ' ', curl_error($handle));
        $told = ['error', "curl $code: " . curl_strerror($code), $message];
    }
    echo implode("\t", $told), "\n";
    curl_close($handle);
}
