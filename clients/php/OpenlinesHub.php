<?php
/**
 * Openlines Hub for portals in PHP: one file, PHP 7.4 or later, no dependencies (curl where it is there, else PHP's streams).
 *
 *   require 'OpenlinesHub.php';
 *
 *   $hub = new \OpenlinesHub\Hub('https://hub.example.com', 'prt_…', 'whsec_…');
 *   $hub->sendMessage(['connector' => 'telegram', 'line' => '1', 'chat' => ['id' => '55'], 'message' => ['text' => 'Hello']]);
 *
 *   (new \OpenlinesHub\Router('whsec_…'))
 *       ->on('message.new', function (array $event, array $packet) { … })
 *       ->run();
 */

namespace OpenlinesHub;

/** The hub did not do a call. `getMessage()` is for a person; decide by `hubCode`. */
class HubError extends \RuntimeException
{
    /** JSON-RPC's number: -32601 unknown method, -32602 bad params, -32000 see `hubCode`. */
    public int $rpcCode;
    /** `HUB_…`, or '' where the hub gave none. */
    public string $hubCode;
    /** Of bad params: a list of ['field' => …, 'problem' => …]. */
    public array $fields;
    /** The HTTP status of the answer. */
    public int $status;
    /** Seconds to wait, where the hub named them (429, 503); 0 otherwise. */
    public int $retryAfter;

    public function __construct(array $error, int $status, int $retryAfter)
    {
        parent::__construct((string) ($error['message'] ?? 'the hub gave no reason'));
        $data = is_array($error['data'] ?? null) ? $error['data'] : [];
        $this->rpcCode = (int) ($error['code'] ?? 0);
        $this->hubCode = is_string($data['code'] ?? null) ? $data['code'] : '';
        $this->fields = is_array($data['fields'] ?? null) ? $data['fields'] : [];
        $this->status = $status;
        $this->retryAfter = $retryAfter;
    }
}

/**
 * No usable answer came. Whether the call was done isn't known, so repeat only what may be done twice (`sendMessage` with a
 * `key`).
 */
class HubUnreachable extends \RuntimeException
{
}

/** To be thrown by a handler: this event is refused for good, and goes to the hub's dead letters with this reason. */
class RejectEvent extends \RuntimeException
{
}

/** Standard Webhooks, as both directions use it. */
final class Signature
{
    /** Clocks may differ by this much, in seconds. */
    public const TOLERANCE = 300;

    public static function sign(string $secret, string $id, int $timestamp, string $body): string
    {
        return 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", self::key($secret), true));
    }

    /**
     * Why a request isn't the hub's; '' if it is. Of several signatures one must match one of the secrets: after
     * `rotateSecret` the hub signs with both for 24 hours.
     *
     * @param string[] $secrets
     */
    public static function faultOf(array $secrets, string $id, string $timestamp, string $signature, string $body, ?int $now = null): string
    {
        if ($id === '' || $timestamp === '' || $signature === '') {
            return 'the signature is missing';
        }
        if (preg_match('/^\d{1,12}$/', $timestamp) !== 1) {
            return 'the timestamp is not a number';
        }
        if (abs(($now ?? time()) - (int) $timestamp) > self::TOLERANCE) {
            return 'the timestamp is too old, or the clock of this machine is wrong';
        }
        $matches = false;
        foreach ($secrets as $secret) {
            $expected = self::sign($secret, $id, (int) $timestamp, $body);
            foreach (explode(' ', $signature) as $given) {
                $matches = hash_equals($expected, $given) || $matches;
            }
        }
        return $matches ? '' : 'the signature does not match';
    }

    private static function key(string $secret): string
    {
        $key = strpos($secret, 'whsec_') === 0 ? base64_decode(substr($secret, 6), true) : false;
        if ($key === false || $key === '') {
            throw new \InvalidArgumentException('the secret must be whsec_… as `hub portal add` has printed it');
        }
        return $key;
    }
}

/**
 * The hub's remote methods under their own names: `$hub->saveSettings([...])`, those of single connectors and of later
 * versions too. Each gives the result as an array; throws HubError, HubUnreachable.
 */
final class Hub
{
    private string $url;
    private string $secret;
    private int $timeout;

    /** `$timeout` is for a whole call, in seconds: `testConnect` waits for the channel and for the portal. */
    public function __construct(string $url, string $portal, string $secret, int $timeout = 30)
    {
        $this->url = rtrim($url, '/') . '/rpc/' . rawurlencode($portal);
        $this->secret = $secret;
        $this->timeout = $timeout;
    }

    /** @return mixed */
    public function __call(string $method, array $arguments)
    {
        return $this->call($method, $arguments[0] ?? []);
    }

    /**
     * For a name that is only known at run time.
     *
     * @return mixed
     */
    public function call(string $method, array $params = [])
    {
        [$reply, $status, $retryAfter] = $this->post(self::toCall($method, $params, 1));
        return self::resultOf($reply, $status, $retryAfter);
    }

    /**
     * Up to 50 calls in one request, done in order. Gives for each its result, or the HubError that it ended with; throws
     * only when the request failed as a whole.
     *
     * @param array<int, array{0: string, 1?: array}> $calls
     */
    public function batch(array $calls): array
    {
        $body = [];
        foreach (array_values($calls) as $index => $call) {
            $body[] = self::toCall($call[0], $call[1] ?? [], $index + 1);
        }
        [$replies, $status, $retryAfter] = $this->post($body);
        if (!is_array($replies) || isset($replies['jsonrpc'])) {
            self::resultOf($replies, $status, $retryAfter);
            throw new HubUnreachable('the answer to a batch is not a list');
        }
        $byId = array_column($replies, null, 'id');
        $ends = [];
        foreach (array_keys($body) as $index) {
            try {
                $ends[] = self::resultOf($byId[$index + 1] ?? null, $status, $retryAfter);
            } catch (HubError $error) {
                $ends[] = $error;
            }
        }
        return $ends;
    }

    private static function toCall(string $method, array $params, int $id): array
    {
        // PHP writes an empty array as a list, which is no params.
        return ['jsonrpc' => '2.0', 'id' => $id, 'method' => $method, 'params' => $params === [] ? new \stdClass() : $params];
    }

    /** @return mixed */
    private static function resultOf($reply, int $status, int $retryAfter)
    {
        if (is_array($reply) && is_array($reply['error'] ?? null)) {
            throw new HubError($reply['error'], $status, $retryAfter);
        }
        if (!is_array($reply) || !array_key_exists('result', $reply) || $status !== 200) {
            throw new HubUnreachable("what answered (HTTP $status) is not the hub");
        }
        return $reply['result'];
    }

    /** @return array{0: mixed, 1: int, 2: int} what was answered, HTTP status, Retry-After */
    private function post(array $call): array
    {
        // Text from old databases may be no UTF-8: better a replaced character than no message.
        $body = json_encode($call, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION);
        if ($body === false) {
            throw new \InvalidArgumentException('the params can not be written as JSON: ' . json_last_error_msg());
        }
        $id = 'req_' . bin2hex(random_bytes(12));
        $now = time();
        $headers = [
            'Content-Type: application/json',
            "webhook-id: $id",
            "webhook-timestamp: $now",
            'webhook-signature: ' . Signature::sign($this->secret, $id, $now, $body),
        ];
        [$status, $answer, $retryAfter] = function_exists('curl_init')
            ? $this->postByCurl($headers, $body)
            : $this->postByStream($headers, $body);
        return [json_decode($answer, true, 512, JSON_BIGINT_AS_STRING), $status, $retryAfter];
    }

    private function postByCurl(array $headers, string $body): array
    {
        $retryAfter = 0;
        $curl = curl_init($this->url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            // Without "Expect" curl would wait a second for leave to send a long body.
            CURLOPT_HTTPHEADER => array_merge($headers, ['Expect:']),
            CURLOPT_RETURNTRANSFER => true,
            // A redirect would carry the signed call to somebody else.
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_CONNECTTIMEOUT => min(10, $this->timeout),
            CURLOPT_TIMEOUT => $this->timeout,
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$retryAfter): int {
                if (preg_match('/^retry-after:\s*(\d{1,9})\s*$/i', $line, $found) === 1) {
                    $retryAfter = (int) $found[1];
                }
                return strlen($line);
            },
        ]);
        $answer = curl_exec($curl);
        if (!is_string($answer)) {
            throw new HubUnreachable('the hub did not answer: ' . curl_error($curl));
        }
        return [(int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $answer, $retryAfter];
    }

    private function postByStream(array $headers, string $body): array
    {
        $context = stream_context_create(['http' => [
            'method' => 'POST',
            'header' => implode("\r\n", $headers),
            'content' => $body,
            'ignore_errors' => true,
            'follow_location' => 0,
            'timeout' => $this->timeout,
        ]]);
        $http_response_header = [];
        $answer = @file_get_contents($this->url, false, $context);
        if ($answer === false) {
            throw new HubUnreachable('the hub did not answer');
        }
        $status = 0;
        $retryAfter = 0;
        foreach ($http_response_header as $line) {
            if (preg_match('/^HTTP\/\S+ (\d{3})/', $line, $found) === 1) {
                $status = (int) $found[1];
            } elseif (preg_match('/^retry-after:\s*(\d{1,9})\s*$/i', $line, $found) === 1) {
                $retryAfter = (int) $found[1];
            }
        }
        return [$status, $answer, $retryAfter];
    }
}

/**
 * Takes the hub's packets. Handlers run one after another, in the order of the line. A handler that returns accepts its
 * event; one that throws RejectEvent refuses it for good; anything else that is thrown, and a fatal error too, leaves that
 * event and all after it in the hub, which delivers them again later.
 */
final class Router
{
    /** @var string[] */
    private array $secrets;
    /** @var array<string, callable> */
    private array $handlers = [];
    /** @var callable|null */
    private $otherwise = null;
    /** @var callable|null */
    private $onError = null;
    private ?Memory $memory = null;
    /** @var string[] ids of this packet that are done: what a fatal error must not take back */
    private array $accepted = [];
    /** @var array[] */
    private array $rejected = [];

    /** @param string|string[] $secrets the new one and the old one, while a secret is being changed */
    public function __construct($secrets)
    {
        $this->secrets = (array) $secrets;
    }

    /** One handler for each type: function (array $event, array $packet): void. The last one given counts. */
    public function on(string $type, callable $handler): self
    {
        $this->handlers[$type] = $handler;
        return $this;
    }

    /** For every type without a handler. Without this such events are accepted and dropped: refusing them would stop the line. */
    public function otherwise(callable $handler): self
    {
        $this->otherwise = $handler;
        return $this;
    }

    /** What a handler threw, other than RejectEvent: function (\Throwable $error, array $event). The error log if absent. */
    public function onError(callable $listener): self
    {
        $this->onError = $listener;
        return $this;
    }

    /** Remembers which events are done: the same one may come again, and is then accepted without its handler. */
    public function remember(Memory $memory): self
    {
        $this->memory = $memory;
        return $this;
    }

    /**
     * Answers the request that PHP is running for. Whatever handlers print is dropped, and a fatal error is answered as one:
     * a page of HTML with status 200 would be taken for an acceptance.
     */
    public function run(): void
    {
        // Errors go to the log: a page of them is no answer.
        ini_set('display_errors', '0');
        ob_start();
        $isAnswered = false;
        $answer = function (int $status, array $body) use (&$isAnswered): void {
            $isAnswered = true;
            while (ob_get_level() > 0) {
                ob_end_clean();
            }
            http_response_code($status);
            header('Content-Type: application/json');
            echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        };
        register_shutdown_function(function () use (&$isAnswered, $answer): void {
            if (!$isAnswered) {
                $answer(200, $this->outcome());
            }
        });
        [$status, $body] = $this->handle([
            'webhook-id' => (string) ($_SERVER['HTTP_WEBHOOK_ID'] ?? ''),
            'webhook-timestamp' => (string) ($_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? ''),
            'webhook-signature' => (string) ($_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? ''),
        ], (string) file_get_contents('php://input'));
        $answer($status, $body);
    }

    /**
     * For frameworks: takes a request and gives what to answer. `$headers` by their names in lower case, `$body` as it came,
     * for the signature is over its bytes.
     *
     * @return array{0: int, 1: array} HTTP status and the body, to be sent as JSON
     */
    public function handle(array $headers, string $body, ?int $now = null): array
    {
        $this->accepted = [];
        $this->rejected = [];
        $fault = Signature::faultOf(
            $this->secrets,
            self::header($headers, 'webhook-id'),
            self::header($headers, 'webhook-timestamp'),
            self::header($headers, 'webhook-signature'),
            $body,
            $now
        );
        if ($fault !== '') {
            return [401, ['error' => $fault]];
        }
        $packet = json_decode($body, true, 512, JSON_BIGINT_AS_STRING);
        if (!is_array($packet) || !is_string($packet['id'] ?? null) || !is_string($packet['type'] ?? null)) {
            return [400, ['error' => 'the body is not a packet']];
        }
        if ($packet['type'] === 'connection.test') {
            return [200, ['challenge' => $packet['challenge'] ?? '']];
        }
        if ($packet['type'] !== 'events') {
            // `connector.deactivated`, `line.health`: the packet itself is what has happened.
            return $this->isTaken($packet, $packet) === false
                ? [500, ['error' => 'the handler failed']]
                : [200, ['ok' => true]];
        }
        foreach ($packet['events'] ?? [] as $event) {
            $outcome = $this->isTaken($event, $packet);
            if ($outcome === false) {
                break;
            }
            if ($outcome === true) {
                $this->accepted[] = $event['id'];
            } else {
                $this->rejected[] = ['id' => $event['id'], 'reason' => $outcome];
            }
        }
        return [200, $this->outcome()];
    }

    private function outcome(): array
    {
        $outcome = ['accepted' => $this->accepted];
        return $this->rejected === [] ? $outcome : $outcome + ['rejected' => $this->rejected];
    }

    /** @return bool|string false: it failed; a text: why it is refused */
    private function isTaken(array $event, array $packet)
    {
        if ($this->memory !== null && $this->memory->has($event['id'])) {
            return true;
        }
        $handler = $this->handlers[$event['type']] ?? $this->otherwise;
        try {
            if ($handler !== null) {
                $handler($event, $packet);
            }
        } catch (RejectEvent $refusal) {
            return $refusal->getMessage();
        } catch (\Throwable $error) {
            if ($this->onError !== null) {
                ($this->onError)($error, $event);
            } else {
                error_log("the handler of {$event['type']} {$event['id']} failed: $error");
            }
            return false;
        }
        if ($this->memory !== null) {
            $this->memory->add($event['id']);
        }
        return true;
    }

    private static function header(array $headers, string $name): string
    {
        $value = $headers[$name] ?? '';
        // PSR-7 and others give a list for each name.
        return is_array($value) ? (string) reset($value) : (string) $value;
    }
}

/** Who has written: the `user` of an event. */
final class Person
{
    /**
     * Is anything of the person other than when you stored $storedVersion, the `version` of an earlier event's user? Then,
     * or with nothing stored, take over the data and the picture. A hub that gives no version says yes.
     */
    public static function hasChanged(array $user, ?string $storedVersion): bool
    {
        return !isset($user['version']) || $user['version'] !== $storedVersion;
    }
}

/** Which events are done. Best kept where the handler writes, in the same transaction. */
interface Memory
{
    public function has(string $id): bool;

    public function add(string $id): void;
}

/** A memory in a file, for portals of one machine: the last ids that were done, about 10 000 of them. */
final class FileMemory implements Memory
{
    private const MAX_BYTES = 400000;

    private string $path;

    public function __construct(string $path)
    {
        $this->path = $path;
    }

    public function has(string $id): bool
    {
        return is_file($this->path) && strpos((string) file_get_contents($this->path), "$id\n") !== false;
    }

    public function add(string $id): void
    {
        $file = fopen($this->path, 'c+');
        if ($file === false || !flock($file, LOCK_EX)) {
            throw new \RuntimeException("{$this->path} can not be written");
        }
        $ids = (string) stream_get_contents($file) . "$id\n";
        if (strlen($ids) > self::MAX_BYTES) {
            $ids = substr($ids, (int) strpos($ids, "\n", intdiv(self::MAX_BYTES, 2)) + 1);
        }
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, $ids);
        fclose($file);
    }
}
