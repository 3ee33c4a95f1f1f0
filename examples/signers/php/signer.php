<?php
// Signs for the UMS (银联商务) open platform, all four schemes. Standard library only. Throws DomainException on what must be refused.
declare(strict_types=1);
namespace Ums;

const WORD = '[!#-&(-+\--\[\]-~]'; // printable ASCII except quotes, comma and backslash
const RULES = ['app_id' => '[A-Za-z0-9._-]{1,32}', 'key' => '[!-~]+', 'nonce' => WORD . '{1,128}', 'token' => WORD . '{1,1024}',
    'timestamp' => '(?!0000)[0-9]{8}([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]', 'signature' => '[A-Za-z0-9+\/]{43}='];
const QUERY = ['authorization', 'appId', 'timestamp', 'nonce', 'content', 'signature'];

function refuseUnless(bool $condition, string $what): void { if (!$condition) throw new \DomainException($what); }

function check(array $values): void {
    foreach ($values as $name => $value) {
        refuseUnless(preg_match('/\A' . RULES[$name] . '\z/', $value) === 1, $name);
        if ($name === 'timestamp') // a real day; the zone is UTC+8
            refuseUnless(checkdate((int) substr($value, 4, 2), (int) substr($value, 6, 2), (int) substr($value, 0, 4)), $name);
    }
}

/** [digest, string to sign, signature] of OPEN-BODY-SIG; of OPEN-FORM-PARAM with the content as body. */
function sign(string $appId, string $appKey, string $timestamp, string $nonce, string $body): array {
    check(['app_id' => $appId, 'key' => $appKey, 'timestamp' => $timestamp, 'nonce' => $nonce]);
    $digest = hash('sha256', $body);
    $text = $appId . $timestamp . $nonce . $digest;
    return [$digest, $text, base64_encode(hash_hmac('sha256', $text, $appKey, true))];
}

function header(string $appId, string $timestamp, string $nonce, string $signature): string {
    return "OPEN-BODY-SIG AppId=\"$appId\", Timestamp=\"$timestamp\", Nonce=\"$nonce\", Signature=\"$signature\"";
}

function encode(string $text): string { return str_replace('%2A', '*', urlencode($text)); } // as java.net.URLEncoder

function query(string $appId, string $timestamp, string $nonce, string $content, string $signature): string {
    $values = ['OPEN-FORM-PARAM', $appId, $timestamp, $nonce, $content, $signature];
    return implode('&', array_map(fn($name, $value) => $name . '=' . encode($value), QUERY, $values));
}

/** [string to sign, signature] of a request for a token; $signMethod null is the old form with SHA-1. */
function tokenRequest(string $appId, string $appKey, string $timestamp, string $nonce, ?string $signMethod = 'SHA256'): array {
    check(['app_id' => $appId, 'key' => $appKey, 'timestamp' => $timestamp, 'nonce' => $nonce]);
    $text = $appId . $timestamp . $nonce . $appKey;
    return [$text, hash($signMethod ? 'sha256' : 'sha1', $text)];
}

function tokenHeader(string $token, string $spelling, ?string $appId): string {
    check(['token' => $token] + ($spelling === 'quoted_with_app_id' ? ['app_id' => $appId] : []));
    return ['unquoted' => "OPEN-ACCESS-TOKEN AccessToken=$token", 'mixed_case' => "Open-Access-Token accessToken=\"$token\"",
        'quoted_with_app_id' => "OPEN-ACCESS-TOKEN AccessToken=\"$token\", AppId=\"$appId\""][$spelling];
}
