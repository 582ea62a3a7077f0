<?php
// Three values that `hub portal add 'Mine' http://127.0.0.1:9000/` and the hub's own address give.
return [
    'hub' => getenv('HUB_URL') ?: 'http://127.0.0.1:8080',
    'portal' => getenv('HUB_PORTAL') ?: 'prt_…',
    'secret' => getenv('HUB_SECRET') ?: 'whsec_…',
];
