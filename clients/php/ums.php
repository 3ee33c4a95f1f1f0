<?php
// UMS (银联商务) through the local process `ums serve`: an operation once per key.
//
//     $ums = new Ums\Ums('http://127.0.0.1:8480', $token, 'shop');
//     $key = Ums\new_key();           // written down with the order, before the first submission
//     $answer = $ums->submit('pay', [...], $key, ['first' => true]);
//     if ($answer->outcome === Ums\Outcome::APPROVED) ...
//
// PHP 7.4 or later, no extension but those that are always there. Copy this file.
declare(strict_types=1);

namespace Ums;

final class Outcome {
    const APPROVED = 'approved'; // carried out
    const DECLINED = 'declined'; // refused: not carried out
    const NOT_SENT = 'not_sent'; // nothing was sent to UMS: the same key may be submitted again
    const UNKNOWN = 'unknown'; // perhaps carried out, perhaps not: no other key, no other payment
}

/** What is known of a call. `why` is for people, everything else for programs. */
final class Answer {
    public string $outcome, $why;
    public ?string $key, $id;
    public array $record, $problem;
    public int $tries;
    public bool $replayed;
    /** Which key a further submission may have: 'same_key', 'new_key' or 'no'. One with the same
     * key never sends twice: of what the server has not answered it only finds out. */
    public string $mayRepeat;
    /** False: it was carried out, and was taken back since. Deliver nothing. */
    public ?bool $stands;
    /** Of an unknown outcome: when UMS had said, twice, that nothing was carried out until then. */
    public ?string $notExecutedAsOf;
    /** The call that is in the way of this one. */
    public ?string $inTheWay;

    public function __construct(string $outcome, ?string $key, array $record, array $problem = [],
        int $tries = 1, bool $replayed = false, string $why = '') {
        [$this->outcome, $this->key, $this->id] = [$outcome, $key, $record['id'] ?? null];
        $told = $record ?: ($outcome === Outcome::NOT_SENT ? $problem : []);
        $this->mayRepeat = $told['may_repeat'] ?? 'same_key';
        $this->stands = $record['stands'] ?? null;
        $this->notExecutedAsOf = $record['as_of'] ?? null;
        $this->inTheWay = $problem['call'] ?? null;
        [$this->replayed, $this->tries] = [$replayed, $tries];
        [$this->record, $this->problem] = [$record, $problem];
        $this->why = $why ?: $record['next'] ?? $problem['detail'] ?? '';
    }
}

/** What only reads could not be read. Nothing was sent that moves money. */
final class UmsException extends \RuntimeException {}

/** A key for one operation: keep it with the order before it is submitted. */
function new_key(): string { return bin2hex(random_bytes(16)); }

final class Ums {
    private $url, $token, $profile, $tryS, $tls;

    /** `$tryS`: how long one try may take, 1 to 120 s. `$tls`: PHP's SSL options, as `cafile`. */
    public function __construct(string $baseUrl, string $token, ?string $profile = null,
        float $tryS = 30.0, array $tls = []) {
        $isUrl = preg_match('~^(https?)://(\[[0-9a-f:]+]|[\w.-]+)(:\d+)?/?\z~', $baseUrl, $at);
        self::need((bool) $isUrl, 'the address must be http(s)://host:port');
        $isHere = in_array($at[2], ['127.0.0.1', '[::1]', 'localhost'], true);
        self::need($at[1] === 'https' || $isHere, 'plain http is for this machine only');
        self::need((bool) preg_match('/^[!-~]+\z/', $token), 'the token must be visible ASCII');
        self::need($tryS >= 1 && $tryS <= 120, 'tryS must be from 1 to 120');
        [$this->url, $this->token, $this->profile] = [rtrim($baseUrl, '/'), $token, $profile];
        [$this->tryS, $this->tls] = [$tryS, ['verify_peer' => true] + $tls];
    }

    /**
     * Carries out an operation that moves money, at most once for this key, and finds out how it
     * ended; tries again with the same key until the time is over.
     *
     * Options: `within`, in seconds (60); `first`: nobody has submitted this key before. Only then
     * is it certain that nothing was sent when the server cannot be reached; otherwise the outcome
     * is unknown. `more`: other members of the submission, as `labels`, `ask_first`, `despite`.
     */
    public function submit(string $operation, array $request, string $key, array $options = [])
        : Answer {
        $isKey = preg_match('/^[!#-\[\]-~]{1,255}\z/', $key);
        self::need((bool) $isKey, 'a key has 1 to 255 visible ASCII characters without " and \\');
        [$until, $first] = [self::now() + ($options['within'] ?? 60), $options['first'] ?? false];
        [$path, $tries, $lost, $pause] = [self::path($operation), 0, false, 0.1];
        do {
            $tries++;
            $limit = $this->limit($until);
            $body = ['request' => (object) $request, 'timeout_s' => self::inner($limit)];
            $reply = $this->exchange('POST', $path, $limit, $body + ($options['more'] ?? []), $key);
            $record = $reply->record();
            if ($record && ($record['key'] ?? null) === $key) {
                $replayed = ($reply->headers['idempotent-replayed'] ?? '') === 'true';
                $isOpen = $record['outcome'] === 'unknown' && isset($record['id']);
                $record = $isOpen ? $this->follow($record, $until) : $record;
                return new Answer(self::outcome($record), $key, $record, [], $tries, $replayed);
            }
            if (($problem = $reply->problem()) && !$reply->mayPass()) {
                // Only a conflict is the journal's own word on this key; the others look at less.
                $isSure = !$lost && ($first || $reply->status === 409);
                return new Answer($isSure ? 'not_sent' : 'unknown', $key, [], $problem, $tries);
            }
            $lost = $lost || ($reply->written && !$problem);
            $pause = $reply->sleep($pause, $until);
        } while (self::now() < $until);
        [$outcome, $why] = [$first && !$lost ? 'not_sent' : 'unknown', $problem ? '' : $reply->why];
        return new Answer($outcome, $key, [], $problem, $tries, false, $why);
    }

    /** The record of an operation that moves no money, such as "query". */
    public function read(string $operation, array $request, float $within = 15.0): array {
        $body = ['request' => (object) $request];
        $record = $this->ask('POST', self::path($operation), self::now() + $within, $body);
        return $this->fits(isset($record['outcome']), $record);
    }

    /** What is known of the call with this key, or null: the journal has none. Sends nothing. */
    public function find(string $key): ?Answer {
        $query = http_build_query(['key' => $key, 'profile' => $this->profile]);
        $calls = $this->ask('GET', "/v1/calls?$query", self::now() + $this->tryS)['calls'] ?? 0;
        $this->fits(is_array($calls) && array_diff(array_column($calls, 'key'), [$key]) === [], []);
        return $calls ? new Answer(self::outcome($calls[0]), $key, $calls[0]) : null;
    }

    /** Waits for what becomes of an unknown call. */
    private function follow(array $record, float $until): array {
        $path = '/v1/calls/' . rawurlencode($record['id']) . '?wait=';
        for ($pause = 0.1; $record['outcome'] === 'unknown' && self::now() < $until;) {
            $limit = $this->limit($until);
            $reply = $this->exchange('GET', $path . self::inner($limit), $limit);
            $found = $reply->record();
            if ($reply->problem() && !$reply->mayPass()) break;
            if (($found['id'] ?? null) === $record['id']) $record = $found;
            $pause = $reply->sleep($pause, $until);
        }
        return $record;
    }

    /** Reads, and tries again until the time is over. */
    private function ask($method, $path, float $until, ?array $body = null): array {
        for ($pause = 0.1;; $pause = $reply->sleep($pause, $until)) {
            $limit = $this->limit($until);
            $timed = $body === null ? null : $body + ['timeout_s' => self::inner($limit)];
            $reply = $this->exchange($method, $path, $limit, $timed);
            if (in_array($reply->status, [200, 202], true) && $reply->json) return $reply->json;
            $problem = $reply->problem();
            if (($problem && !$reply->mayPass()) || self::now() >= $until) {
                throw new UmsException($problem['detail'] ?? $reply->why);
            }
        }
    }

    /** One request on a connection of its own: nothing sends it again unseen. */
    private function exchange($method, $path, $limit, ?array $body = null, $key = null): Reply {
        [$reply, $end] = [new Reply(), self::now() + $limit];
        $headers = ["Authorization: Bearer $this->token", 'Connection: close'];
        $http = ['method' => $method, 'timeout' => $limit, 'follow_location' => 0,
            'max_redirects' => 0, 'ignore_errors' => true, 'protocol_version' => 1.1];
        if ($body !== null) {
            $body += isset($this->profile) ? ['profile' => $this->profile] : [];
            $http['content'] = json_encode($body, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
            $headers[] = 'Content-Type: application/json';
        }
        $http['header'] = $key === null ? $headers : [...$headers, "Idempotency-Key: $key"];
        $context = stream_context_create(['http' => $http, 'ssl' => $this->tls]);
        stream_context_set_params($context, ['notification' => function (int $code) use ($reply) {
            $reply->written = $reply->written || $code === STREAM_NOTIFY_CONNECT;
        }]);
        [$stream, $text] = [@fopen($this->url . $path, 'rb', false, $context), ''];
        while ($stream && !feof($stream) && self::now() < $end && strlen($text) < 16 << 20) {
            $rest = max(0.001, $end - self::now());
            stream_set_timeout($stream, (int) $rest, (int) (fmod($rest, 1) * 1e6));
            $text .= (string) fread($stream, 65536);
        }
        foreach ($stream ? stream_get_meta_data($stream)['wrapper_data'] : [] as $line) {
            if (preg_match('~^HTTP/\S+ (\d{3})~', $line, $found)) {
                [$reply->status, $reply->headers] = [(int) $found[1], []];
            } elseif (preg_match('/^([^:]+):\s*(.*?)\s*\z/', $line, $found)) {
                $reply->headers[strtolower($found[1])] = $found[2];
            }
        }
        $isWhole = strlen($text) === (int) ($reply->headers['content-length'] ?? strlen($text));
        $json = $isWhole && substr($text, 0, 1) === '{' ? json_decode($text, true) : null;
        [$reply->json, $reply->status] = [$json, $json === null ? 0 : $reply->status];
        return $reply;
    }

    private function fits(bool $fits, array $record): array {
        if ($fits) return $record;
        throw new UmsException("the server's answer is not about what was asked");
    }

    private function limit($until) { return max(0.5, min($this->tryS, $until - self::now())); }

    /** What was not carried out as of some time is unknown, until it is certain. */
    private static function outcome(array $record): string {
        $told = $record['outcome'] ?? null;
        return in_array($told, ['approved', 'declined', 'not_sent'], true) ? $told : 'unknown';
    }

    private static function path(string $operation): string {
        self::need((bool) preg_match('/^[a-z_]+\z/', $operation), 'no name of an operation');
        return "/v1/operations/$operation";
    }

    private static function need(bool $fits, string $why): void {
        if (!$fits) throw new \InvalidArgumentException($why);
    }
    /** How long the server may take, so that its answer comes before the try ends. */
    private static function inner($s) { return round(max(0.1, $s - min(1.0, $s / 4)), 3); }
    public static function now(): float { return hrtime(true) / 1e9; }
}

/** An answer of the server, or none. */
final class Reply {
    public $written = false, $status = 0, $headers = [], $json = null;
    public $why = 'no answer of the server that can be used';

    public function record(): array {
        $known = ['approved', 'declined', 'not_sent', 'unknown', 'not_executed', 'answered'];
        $told = in_array($this->status, [200, 202], true) ? $this->json['outcome'] ?? null : null;
        return in_array($told, $known, true) ? $this->json : [];
    }

    /** What is refused by the server itself; an error page of anything between is none. */
    public function problem(): array {
        $repeats = in_array($this->json['may_repeat'] ?? null, ['same_key', 'new_key', 'no'], true);
        return $this->status >= 400 && $repeats && isset($this->json['type']) ? $this->json : [];
    }

    /** Whether a refusal may pass with time. */
    public function mayPass(): bool { return in_array($this->status, [408, 429, 503], true); }

    /** Sleeps as long as the server asks for, or this pause; what comes after the next try. */
    public function sleep(float $pause, float $until): float {
        $told = $this->mayPass() ? (float) ($this->headers['retry-after'] ?? $pause) : $pause;
        usleep((int) (1e6 * max(0.0, min($told, $until - Ums::now()))));
        return min($pause * 2, 2.0);
    }
}
