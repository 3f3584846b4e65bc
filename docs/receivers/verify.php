<?php
// Receive webhooks of Luneo Hub in PHP (8.1 or newer, with its usual extensions). Copy this file; it needs nothing else.
//
// Try it:  WEBHOOK_KEYS="whsec_…" php -S 127.0.0.1:8080 verify.php    (several keys while they rotate, separated by blanks)

declare(strict_types=1);

const TOLERANCE = 300; // seconds that our clock may differ from the sender's
const LARGEST = 8 * 1024 * 1024; // bytes

/**
 * Throws unless one of our keys signed this request.
 *
 * $header: function from a header's name to its value, or null. $body: the bytes as they came, before any parsing.
 * $keys: the endpoint's whsec_… secrets, or whpk_… public keys of the sender's JWKS.
 */
function verify(callable $header, string $body, array $keys, ?int $now = null): void
{
    [$id, $timestamp, $signatures] = array_map(fn ($name) => $header("webhook-$name") ?? '', ['id', 'timestamp', 'signature']);
    if (!preg_match('~^[!-\-/-\~]{1,256}$~D', $id) || !preg_match('/^[0-9]{1,12}$/D', $timestamp)) {
        throw new InvalidArgumentException('webhook-id or webhook-timestamp is missing or malformed');
    }
    if (!preg_match('~^\w+,[\w+/]+={0,2}( \w+,[\w+/]+={0,2}){0,15}$~D', $signatures)) {
        throw new InvalidArgumentException('webhook-signature is missing or malformed');
    }
    $signed = "$id.$timestamp.$body";
    $found = false;
    foreach ($keys as $key) {
        foreach (explode(' ', $signatures) as $token) {
            $found = fits($key, $signed, $token) || $found; // all are tried, whichever fits
        }
    }
    if (!$found) {
        throw new InvalidArgumentException('no signature fits: another key signed it, or it was changed on its way');
    }
    $skew = ($now ?? time()) - (int) $timestamp;
    if (abs($skew) > TOLERANCE) {
        throw new InvalidArgumentException("webhook-timestamp is $skew s off: this clock is wrong, or an old message comes again");
    }
}

/** Whether this token (v1,<base64> or v1a,<base64>) is that key's signature. */
function fits(string $key, string $signed, string $token): bool
{
    [$version, $value] = explode(',', $token, 2);
    [$prefix, $encoded] = explode('_', $key, 2);
    if ($prefix === 'whsec' && $version === 'v1') {
        return hash_equals(base64_encode(hash_hmac('sha256', $signed, base64_decode($encoded), true)), $value);
    }
    if ($prefix === 'whpk' && $version === 'v1a') {
        $signature = base64_decode($value, true);
        return is_string($signature) && strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES
            && base64_encode($signature) === $value // base64 has several spellings of one value
            && sodium_crypto_sign_verify_detached($signature, $signed, base64_decode($encoded));
    }
    return false;
}

/** The whpk_… keys of a JWKS document (GET /jwks/{organisation}), decoded as arrays. */
function keys_of(array $jwks): array
{
    return array_map(fn ($key) => 'whpk_' . base64_encode(base64_decode(strtr($key['x'], '-_', '+/'))), $jwks['keys']);
}

/** A header of this request; PHP joins one that came twice with a comma, which verify() refuses. */
function header_of(string $name): ?string
{
    return $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? null;
}

// Answers 204 to what is genuine, 400 to the rest. A file that includes this one only takes the functions.
if (realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__ && PHP_SAPI !== 'cli') {
    $body = (string) file_get_contents('php://input', false, null, 0, LARGEST + 1);
    if (strlen($body) > LARGEST) {
        http_response_code(413);
        return;
    }
    try {
        verify('header_of', $body, explode(' ', (string) getenv('WEBHOOK_KEYS')));
    } catch (InvalidArgumentException $error) {
        error_log('refused: ' . $error->getMessage());
        http_response_code(400);
        return;
    }
    $event = json_decode($body, true);
    // Here: put (webhook-id, event) into a queue or table whose unique key is webhook-id, then answer.
    // Work that takes longer than a second belongs behind that queue; an id you know already is fine: answer 204 again.
    error_log(header_of('webhook-id') . ' ' . $event['type']);
    http_response_code(204);
}
