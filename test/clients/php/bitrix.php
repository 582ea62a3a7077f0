<?php
// Plays the portal's module with PHP's own serialize, md5 and http_build_query.
//   php bitrix.php make <seed> <count>   writes signed commands, a JSON list of forms
//   php bitrix.php check <seed>          reads the hub's posts of the same arguments (a JSON list), compares them by ===
//   php bitrix.php echo                  reads serialised values (a JSON list of base64), writes them again by itself
declare(strict_types=1);

const KEY = 'MADE-UP-KEY-0003-TEST';

function randomText(): string
{
    $pieces = ['a', 'Z', ' ', '"', ';', ':', '{', '}', '&', '=', '+', '%', "\n", "\0", 'ё', '€', '👋', '|', '~', '[br]'];
    $text = '';
    for ($left = mt_rand(0, 12); $left > 0; $left--) {
        $text .= $pieces[mt_rand(0, count($pieces) - 1)];
    }
    return $text;
}

function randomValue(int $depth): mixed
{
    switch (mt_rand(0, $depth > 0 ? 9 : 6)) {
        case 0:
            return null;
        case 1:
            return (bool) mt_rand(0, 1);
        case 2:
            return mt_rand(-1000, 1000);
        case 3:
            return [PHP_INT_MAX, PHP_INT_MIN, 2 ** 53 + 1, -(2 ** 53) - 1][mt_rand(0, 3)];
        case 4:
            return [0.0, -0.0, 1.0, 0.1, 1e20, -2.5e-7, 1e15, 123456789.125, 1.5e300][mt_rand(0, 8)];
        case 5:
        case 6:
            return randomText();
        default:
            return randomArray($depth - 1);
    }
}

function randomArray(int $depth): array
{
    $array = [];
    for ($left = mt_rand(0, 6); $left > 0; $left--) {
        switch (mt_rand(0, 3)) {
            case 0:
                $array[] = randomValue($depth);
                break;
            case 1:
                $array[mt_rand(-5, 50)] = randomValue($depth);
                break;
            case 2:
                $array[['__proto__', 'constructor', '7', '07', '', '-3', 'text'][mt_rand(0, 6)]] = randomValue($depth);
                break;
            default:
                $array[randomText()] = randomValue($depth);
        }
    }
    return $array;
}

/** The same arguments for the same seed. */
function arguments(int $seed): array
{
    mt_srand($seed);
    return [randomArray(5), randomValue(3)];
}

function sign(array $fields): string
{
    return md5(md5(implode('|', $fields)) . md5(KEY));
}

function make(int $seed, int $count): array
{
    $forms = [];
    for ($index = 0; $index < $count; $index++) {
        $fields = [
            'BX_COMMAND' => 'sendMessage',
            'BX_LICENCE' => md5('BITRIX' . KEY . 'LICENCE'),
            'BX_DOMAIN' => 'https://portal.example',
            'BX_TYPE' => 'CP',
            'BX_REGION' => 'eu',
            'BX_VERSION' => '26.100.0',
            'CONNECTOR' => 'telegrambot',
            'LINE' => '7',
            'DATA' => base64_encode(serialize(arguments($seed + $index))),
        ];
        $fields['BX_HASH'] = sign($fields);
        $forms[] = http_build_query($fields);
    }
    return $forms;
}

function check(int $seed, array $posts): array
{
    $faults = [];
    foreach ($posts as $index => $post) {
        parse_str($post, $fields);
        $hash = $fields['BX_HASH'];
        unset($fields['BX_HASH']);
        if (sign($fields) !== $hash) {
            $faults[] = "$index: the hash";
        }
        $value = unserialize(base64_decode($fields['DATA']), ['allowed_classes' => false]);
        if ($value !== arguments($seed + $index)) {
            $faults[] = "$index: " . base64_decode($fields['DATA']);
        }
        if (http_build_query($fields + ['BX_HASH' => $hash]) !== $post) {
            $faults[] = "$index: the form";
        }
    }
    return $faults;
}

$input = fn (): array => json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$again = fn (string $value): string => base64_encode(serialize(unserialize(base64_decode($value))));
$output = match ($argv[1]) {
    'make' => make((int) $argv[2], (int) $argv[3]),
    'check' => check((int) $argv[2], $input()),
    'echo' => array_map($again, $input()),
};
echo json_encode($output, JSON_THROW_ON_ERROR);
