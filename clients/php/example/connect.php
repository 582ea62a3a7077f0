<?php
/**
 * Connects a Telegram bot as line 1:
 *   HUB_PORTAL=prt_… HUB_SECRET=whsec_… php connect.php 123456:telegram-bot-token
 */

use OpenlinesHub\Hub;
use OpenlinesHub\HubError;

require __DIR__ . '/../OpenlinesHub.php';
$config = require __DIR__ . '/config.php';

$hub = new Hub($config['hub'], $config['portal'], $config['secret']);
$line = ['connector' => 'telegram', 'line' => '1'];
// `polling` works without a public address; leave it out where the hub has one. HUB_API_ROOT is for tests.
$settings = array_filter(['token' => $argv[1] ?? '', 'mode' => 'polling', 'apiRoot' => getenv('HUB_API_ROOT') ?: null]);

try {
    $hub->saveSettings($line + ['settings' => $settings]);
} catch (HubError $error) {
    foreach ($error->fields as $fault) {
        fwrite(STDERR, "{$fault['field']} {$fault['problem']}\n");
    }
    fwrite(STDERR, "{$error->getMessage()}\n");
    exit(1);
}
$result = $hub->testConnect($line);
echo json_encode($result, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
exit($result['ok'] ? 0 : 1);
