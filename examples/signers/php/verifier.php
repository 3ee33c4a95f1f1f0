<?php
// Verifies what signer.php signs, and netpay notifications. Standard library only. Throws DomainException on what must be refused.
declare(strict_types=1);
namespace Ums;
require_once __DIR__ . '/signer.php';

function verify(string $appId, string $appKey, string $received, string $body): void {
    $form = '/\AOPEN-BODY-SIG AppId="([^"]*)", ?Timestamp="([^"]*)", ?Nonce="([^"]*)", ?Signature="([^"]*)"\z/';
    refuseUnless(preg_match($form, $received, $p) === 1, 'header');
    verifyParts($appId, $appKey, $p[1], $p[2], $p[3], $p[4], $body);
}

function verifyParts(string $appId, string $appKey, string $receivedId, string $timestamp, string $nonce, string $signature, string $body): void {
    check(['signature' => $signature]);
    $right = sign($receivedId, $appKey, $timestamp, $nonce, $body)[2];
    refuseUnless($receivedId === $appId && hash_equals(base64_decode($right), base64_decode($signature)), 'AppId or signature');
}

function pairs(string $form): array {
    refuseUnless(!preg_match('/%(?![0-9A-Fa-f]{2})/', $form), 'percent');
    $found = [];
    foreach (explode('&', $form) as $pair) {
        $parts = array_map('urldecode', explode('=', $pair, 2));
        refuseUnless(count($parts) === 2 && !array_key_exists($parts[0], $found), 'pair');
        refuseUnless(preg_match('//u', $parts[0] . $parts[1]) === 1, 'UTF-8');
        $found[$parts[0]] = $parts[1];
    }
    return $found;
}

function verifyQuery(string $appId, string $appKey, string $received): void {
    $q = pairs($received);
    refuseUnless(!array_diff(QUERY, array_keys($q)) && count($q) === count(QUERY) && $q['authorization'] === 'OPEN-FORM-PARAM', 'query');
    verifyParts($appId, $appKey, $q['appId'], $q['timestamp'], $q['nonce'], $q['signature'], $q['content']);
}

/** [token, AppId or null]. */
function readTokenHeader(string $received): array {
    foreach (['OPEN-ACCESS-TOKEN AccessToken="([^"]*)", ?AppId="([^"]*)"', 'Open-Access-Token accessToken="([^"]*)"',
        'OPEN-ACCESS-TOKEN AccessToken=([^"]*)'] as $form) {
        if (preg_match("/\A$form\z/", $received, $p) !== 1) continue;
        check(['token' => $p[1]] + (isset($p[2]) ? ['app_id' => $p[2]] : []));
        return [$p[1], $p[2] ?? null];
    }
    throw new \DomainException('header');
}

/** Whether the pair is signed like two: values are not escaped. */
function readsLikeAnother(string $name, string $value): bool {
    return preg_match('/[&=]/', $name) === 1 || preg_match('/&[^&=]+=/', $value) === 1;
}

/** [string to sign, signature] of a netpay notification whose signature is right. The receiver's hash counts, not the sender's. */
function verifyNotify(string $key, string $form, string $signType): array {
    check(['key' => $key]);
    $p = pairs($form);
    $said = ($p['signType'] ?? '') === '' ? $signType : $p['signType'];
    refuseUnless(in_array($signType, ['MD5', 'SHA256'], true) && $said === $signType, 'signType');
    $signed = array_filter($p, fn($value, $name) => $value !== '' && $name !== 'sign', ARRAY_FILTER_USE_BOTH);
    ksort($signed, SORT_STRING);
    $text = implode('&', array_map(fn($name, $value) => "$name=$value", array_keys($signed), $signed)) . $key;
    $right = hash(strtolower($signType), $text);
    refuseUnless(hash_equals($right, strtolower($p['sign'] ?? '')), 'sign');
    // A name of digits alone is an int here.
    foreach ($signed as $name => $value) refuseUnless(!readsLikeAnother((string) $name, $value), 'ambiguous: query the order');
    return [$text, $right];
}
