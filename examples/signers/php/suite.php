<?php
// Runs the whole signing suite: php suite.php [path to fixtures/signing].
declare(strict_types=1);
require __DIR__ . '/verifier.php';
set_error_handler(fn($level, $message) => throw new ErrorException($message));

$root = $argv[1] ?? __DIR__ . '/../../../fixtures/signing';

/** The body, which is text or, where it is not UTF-8, Base64. */
function body(array $c): string {
    return isset($c['body_base64']) ? base64_decode($c['body_base64'], true) : $c['body'];
}

/** Does what the case's action says and gives [what was made, what it has to be]; throws DomainException when it refuses. */
function run(string $scheme, array $c): array {
    $parts = fn() => [$c['app_id'], $c['app_key'], $c['timestamp'], $c['nonce']];
    $values = fn(string ...$names) => array_map(fn($name) => $c[$name], $names);
    switch ("$scheme/$c[action]") {
        case 'open-body-sig/sign':
            [$digest, $string, $signature] = Ums\sign(...$parts(), body: body($c));
            $header = Ums\header($c['app_id'], $c['timestamp'], $c['nonce'], $signature);
            Ums\verify($c['app_id'], $c['app_key'], $header, body($c));
            return [[$digest, $string, $signature, $header], $values('body_digest', 'string_to_sign', 'signature', 'authorization')];
        case 'open-body-sig/verify':
            Ums\verify($c['app_id'], $c['app_key'], $c['authorization'], body($c));
            return [Ums\sign(...$parts(), body: body($c))[2], $c['signature']];
        case 'open-form-param/sign':
            [$digest, $string, $signature] = Ums\sign(...$parts(), body: $c['content']);
            $query = Ums\query($c['app_id'], $c['timestamp'], $c['nonce'], $c['content'], $signature);
            Ums\verifyQuery($c['app_id'], $c['app_key'], $query);
            return [[$digest, $string, $signature, $query], $values('content_digest', 'string_to_sign', 'signature', 'query')];
        case 'open-form-param/verify':
            Ums\verifyQuery($c['app_id'], $c['app_key'], $c['query']);
            return [null, null];
        case 'open-access-token/sign':
            [$string, $signature] = Ums\tokenRequest(...$parts(), signMethod: $c['sign_method']);
            $request = ['appId' => $c['app_id'], 'timestamp' => $c['timestamp'], 'nonce' => $c['nonce']]
                + ($c['sign_method'] ? ['signMethod' => $c['sign_method']] : []) + ['signature' => $signature];
            return [[$string, $signature, $request], [...$values('string_to_sign', 'signature'), $c['request']]];
        case 'open-access-token/verify':
            $right = Ums\tokenRequest(...$parts(), signMethod: $c['sign_method'])[1];
            Ums\refuseUnless($right === $c['request']['signature'], 'signature');
            return [null, null];
        case 'open-access-token/header':
            return [Ums\tokenHeader($c['access_token'], $c['spelling'], $c['app_id']), $c['authorization']];
        case 'open-access-token/read':
            return [Ums\readTokenHeader($c['authorization']), [$c['access_token'], $c['app_id']]];
        case 'notify/verify':
            return [Ums\verifyNotify($c['communication_key'], $c['form'], $c['sign_type']), $values('string_to_sign', 'signature')];
    }
    throw new RuntimeException("$scheme/$c[action] is not known here");
}

$failed = [];
$count = 0;
foreach (array_diff(glob("$root/*.json"), ["$root/schema.json"]) as $path) {
    ['scheme' => $scheme, 'cases' => $cases] = json_decode(file_get_contents($path), true, flags: JSON_THROW_ON_ERROR);
    foreach ($cases as $c) {
        $count++;
        try {
            [$made, $wanted] = run($scheme, $c);
            $outcome = $made === $wanted ? 'accept' : 'made ' . json_encode($made) . ', wanted ' . json_encode($wanted);
        } catch (DomainException) {
            $outcome = 'refuse';
        }
        if ($outcome !== $c['expect']) $failed[] = "$scheme/$c[name]: $c[expect] expected, got $outcome";
    }
}
if ($count === 0) $failed[] = 'there is no case';
foreach ($failed as $line) echo $line, "\n";
echo "php: $count cases, ", count($failed), " failed\n";
exit($failed ? 1 : 0);
