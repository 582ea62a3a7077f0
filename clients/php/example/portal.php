<?php
/**
 * A portal that answers whoever writes. Run it with
 *   HUB_PORTAL=prt_… HUB_SECRET=whsec_… php -S 127.0.0.1:9000 portal.php
 * and connect a line with connect.php.
 */

use OpenlinesHub\FileMemory;
use OpenlinesHub\Hub;
use OpenlinesHub\RejectEvent;
use OpenlinesHub\Router;

require __DIR__ . '/../OpenlinesHub.php';
$config = require __DIR__ . '/config.php';

$hub = new Hub($config['hub'], $config['portal'], $config['secret']);

(new Router($config['secret']))
    ->remember(new FileMemory(sys_get_temp_dir() . "/{$config['portal']}.ids"))
    ->on('message.new', function (array $event, array $packet) use ($hub): void {
        if (!isset($event['chat']['id'])) {
            throw new RejectEvent('there is no chat to answer in');
        }
        if (isset($event['message']['outgoing'])) {
            return; // written by a colleague in the channel's own app
        }
        $text = $event['message']['text'] ?? 'no text';
        error_log("{$event['id']} {$event['chat']['id']}: $text");
        $hub->sendMessage([
            'connector' => $packet['connector'],
            'line' => $packet['line'],
            'chat' => ['id' => $event['chat']['id']],
            'message' => ['text' => "You wrote: $text"],
            // Should this event come again, the hub knows the answer by its key and sends it once.
            'key' => $event['id'],
        ]);
    })
    ->on('message.status', function (array $event): void {
        if ($event['status'] === 'failed') {
            error_log("{$event['out']} failed: {$event['error']['code']} {$event['error']['message']}");
        }
    })
    ->on('connector.deactivated', function (array $packet): void {
        error_log("line {$packet['line']} has stopped: {$packet['message']}");
    })
    ->on('line.health', function (array $packet): void {
        error_log("line {$packet['line']} is {$packet['health']['state']}: " . ($packet['health']['message'] ?? ''));
    })
    ->run();
