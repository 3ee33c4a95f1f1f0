<?php
// Runs the whole signing suite: php suite.php [path to fixtures/signing].
declare(strict_types=1);
require __DIR__ . '/verifier.php';
set_error_handler(fn($level, $message) => throw new ErrorException($message));

$root = $argv[1] ?? __DIR__ . '/../../../fixtures/signing';

/** Does what the case's action says and gives [what was made, what it has to be]; throws DomainException when it refuses. */
function run(array $c, callable $read): array {
    $parts = fn() => [$c['app_id'], $c['app_key'], $c['timestamp'], $c['nonce']];
    $files = fn(string ...$names) => array_map($read, $names);
    switch ("$c[scheme]/$c[action]") {
        case 'open-body-sig/sign':
            [$digest, $string, $signature] = Ums\sign(...$parts(), body: $read('body.bin'));
            $header = Ums\header($c['app_id'], $c['timestamp'], $c['nonce'], $signature);
            Ums\verify($c['app_id'], $c['app_key'], $header, $read('body.bin'));
            return [[$digest, $string, $signature, $header], $files('body-digest.txt', 'string-to-sign.txt', 'signature.txt', 'authorization.txt')];
        case 'open-body-sig/verify':
            Ums\verify($c['app_id'], $c['app_key'], $read('authorization.txt'), $read('body.bin'));
            return [Ums\sign(...$parts(), body: $read('body.bin'))[2], $read('signature.txt')];
        case 'open-form-param/sign':
            [$digest, $string, $signature] = Ums\sign(...$parts(), body: $read('content.txt'));
            $query = Ums\query($c['app_id'], $c['timestamp'], $c['nonce'], $read('content.txt'), $signature);
            Ums\verifyQuery($c['app_id'], $c['app_key'], $query);
            return [[$digest, $string, $signature, $query], $files('content-digest.txt', 'string-to-sign.txt', 'signature.txt', 'query.txt')];
        case 'open-form-param/verify':
            Ums\verifyQuery($c['app_id'], $c['app_key'], $read('query.txt'));
            return [null, null];
        case 'open-access-token/sign':
            [$string, $signature] = Ums\tokenRequest(...$parts(), signMethod: $c['sign_method']);
            $request = ['appId' => $c['app_id'], 'timestamp' => $c['timestamp'], 'nonce' => $c['nonce']]
                + ($c['sign_method'] ? ['signMethod' => $c['sign_method']] : []) + ['signature' => $signature];
            return [[$string, $signature, $request], [...$files('string-to-sign.txt', 'signature.txt'), json_decode($read('request.json'), true)]];
        case 'open-access-token/verify':
            $right = Ums\tokenRequest(...$parts(), signMethod: $c['sign_method'])[1];
            Ums\refuseUnless($right === json_decode($read('request.json'), true)['signature'], 'signature');
            return [null, null];
        case 'open-access-token/header':
            return [Ums\tokenHeader($c['access_token'], $c['spelling'], $c['app_id']), $read('authorization.txt')];
        case 'open-access-token/read':
            return [Ums\readTokenHeader($read('authorization.txt')), [$c['access_token'], $c['app_id']]];
        case 'notify/verify':
            return [Ums\verifyNotify($c['communication_key'], $read('form.txt'), $c['sign_type']), $files('string-to-sign.txt', 'signature.txt')];
    }
    throw new RuntimeException("$c[scheme]/$c[action] is not known here");
}

$index = json_decode(file_get_contents("$root/index.json"), true);
$failed = [];
foreach ($index['cases'] as $entry) {
    $read = fn(string $name) => file_get_contents("$root/$entry[path]/$name");
    try {
        [$made, $wanted] = run(json_decode($read('case.json'), true), $read);
        $outcome = $made === $wanted ? 'accept' : 'made ' . json_encode($made) . ', wanted ' . json_encode($wanted);
    } catch (DomainException) {
        $outcome = 'refuse';
    }
    if ($outcome !== $entry['expect']) $failed[] = "$entry[path]: $entry[expect] expected, got $outcome";
}
$found = count(glob("$root/*/*/case.json"));
if ($index['total'] !== count($index['cases']) || $index['total'] !== $found) $failed[] = "$found directories, $index[total] in the index";
foreach ($failed as $line) echo $line, "\n";
echo 'php: ', count($index['cases']), ' cases, ', count($failed), " failed\n";
exit($failed ? 1 : 0);
