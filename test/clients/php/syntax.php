<?php
// Names what PHP 7.4 can't read in the files that are given. It is run by a later PHP, whose tokens tell.

$later = ['T_MATCH', 'T_ENUM', 'T_READONLY', 'T_NULLSAFE_OBJECT_OPERATOR', 'T_ATTRIBUTE'];
$functions = ['str_contains', 'str_starts_with', 'str_ends_with', 'array_is_list', 'get_debug_type', 'array_find', 'array_any', 'array_all', 'json_validate'];
$names = [];
foreach (array_slice($argv, 1) as $path) {
    $tokens = array_values(array_filter(
        PhpToken::tokenize(file_get_contents($path)),
        fn (PhpToken $token): bool => !$token->isIgnorable()
    ));
    foreach ($tokens as $index => $token) {
        $next = $tokens[$index + 1] ?? null;
        $before = $tokens[$index - 1] ?? null;
        $fault = null;
        if (in_array($token->getTokenName(), $later, true)) {
            $fault = $token->text;
        } elseif ($token->is(T_STRING) && in_array(strtolower($token->text), $functions, true)) {
            $fault = $token->text;
        } elseif ($token->is(T_THROW) && !in_array($before->text ?? '', [';', '{', '}', ':'], true) && !$before->is(T_COMMENT)) {
            $fault = 'throw as an expression';
        } elseif ($token->is([T_PUBLIC, T_PRIVATE, T_PROTECTED]) && in_array($before->text ?? '', ['(', ','], true)) {
            $fault = 'a property in the constructor';
        } elseif ($token->is(T_STRING) && ($next->text ?? '') === ':' && in_array($before->text ?? '', ['(', ','], true)) {
            $fault = 'a named argument';
        } elseif ($token->text === '|' && $before->is([T_STRING, T_ARRAY, T_CALLABLE]) && $next->is([T_STRING, T_ARRAY, T_CALLABLE]) && !preg_match('/^[A-Z0-9_]+$/', $next->text)) {
            $fault = 'a union of types';
        } elseif ($token->text === ',' && ($next->text ?? '') === ')' && $tokens[$index + 2]->text === ':') {
            $fault = 'a comma behind the last parameter';
        } elseif ($token->is(T_STRING) && strtolower($token->text) === 'mixed' && $before->text === ':') {
            $fault = 'mixed';
        }
        if ($fault !== null) {
            $names[] = basename($path) . ":{$token->line} $fault";
        }
    }
}
echo implode("\n", $names);
