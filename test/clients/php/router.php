<?php
// Handlers that do what handlers do wrong.

use OpenlinesHub\FileMemory;
use OpenlinesHub\RejectEvent;
use OpenlinesHub\Router;

require __DIR__ . '/../../../clients/php/OpenlinesHub.php';
ini_set('display_errors', '1');
ini_set('memory_limit', '32M');

(new Router([getenv('HUB_SECRET'), getenv('HUB_OLD_SECRET')]))
    ->remember(new FileMemory((string) getenv('MEMORY')))
    ->on('ok', function (array $event): void {
        error_log("handled {$event['id']}");
    })
    ->on('print', function (): void {
        echo '<html>', str_repeat('x', 10000);
        trigger_error('a warning with HTML', E_USER_WARNING);
    })
    ->on('reject', function (): void {
        throw new RejectEvent('not for us “ever”');
    })
    ->on('throw', function (): void {
        throw new RuntimeException('the database is away');
    })
    ->on('error', function (): void {
        undefined_function();
    })
    ->on('fatal', function (): void {
        str_repeat('x', 100 * 1024 * 1024);
    })
    ->on('exit', function (): void {
        exit;
    })
    ->on('connector.deactivated', function (array $packet): void {
        if ($packet['reason'] === 'deleted') {
            throw new RuntimeException('not now');
        }
    })
    ->run();
