-- Telegram message updates for wrk, each one unique, over all lines in turn.
--
-- wrk … <url> -- <file of lines> <first id> <seconds> <most updates> <threads> <connections> <people, 0: somebody new each>
--
-- The file has one line of text per open line: its hash and its webhook secret. Thread t sends the ids first + t,
-- first + t + threads, …, so that no two updates of a run share one.
--
-- When time or number is up, every connection waits for its last answer and then rests: nothing is cut off in flight, so
-- that "answered with 200" and "arrived at the portal" can be compared to the last event. `parked` tells when a
-- thread's connections all rest; whoever started wrk then ends it with SIGINT.

local ffi = require('ffi')
ffi.cdef [[
typedef struct { long sec; long nsec; } bench_timespec;
int clock_gettime(int clock, bench_timespec *now);
]]
local CLOCK_MONOTONIC = 1
local REST_MS = 3600000

-- As Telegram sends them: JSON with everything beyond ASCII escaped. About 80 characters, one or two emoji.
local TEXTS = {
  [[Good morning! I ordered the blue jacket on Monday, could you tell me when it ships? \ud83d\ude00]],
  [[The parcel arrived today and everything fits perfectly, thank you so much for this! \ud83d\udc4d\ud83c\udf89]],
  [[Is it still possible to change the delivery address? We have moved since last week \ud83c\udfe0]],
  [[My invoice shows the wrong company name, who could correct it before Friday please? \ud83e\uddfe\ud83d\ude4f]],
  [[\u041f\u043e\u0434\u0441\u043a\u0430\u0436\u0438\u0442\u0435, \u043a\u043e\u0433\u0434\u0430 \u043f\u0440\u0438\u0434\u0451\u0442 \u0437\u0430\u043a\u0430\u0437 4711? \u041a\u0443\u0440\u044c\u0435\u0440 \u0431\u044b\u043b \u0443 \u043d\u0430\u0441 \u0432 9:30, \u043d\u043e \u043d\u0435 \u043f\u043e\u0437\u0432\u043e\u043d\u0438\u043b \ud83d\ude15]],
  [[The app says \"payment failed\" although the money has left my account, what now? \ud83d\ude2c\ud83d\udcb3]],
}
local BODY = '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Anna",'
  .. '"last_name":"Berg","username":"anna_berg_%d","language_code":"en"},"chat":{"id":%d,"first_name":"Anna",'
  .. '"last_name":"Berg","username":"anna_berg_%d","type":"private"},"date":%d,"text":"%s"}}'

local started = 0

function setup(thread)
  thread:set('index', started)
  started = started + 1
end

local now = ffi.new('bench_timespec')
local function seconds()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, now)
  return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

local heads = {}
local first, step, most, connections, runFor, people
local claimed, sent, parked, startedAt = 0, 0, 0, nil

function init(args)
  first = tonumber(args[2]) + index
  runFor = tonumber(args[3])
  step = tonumber(args[5])
  most = math.ceil(tonumber(args[4]) / step)
  connections = tonumber(args[6]) / step
  people = tonumber(args[7])
  for line in io.lines(args[1]) do
    local hash, secret = line:match('^(%S+) (%S+)$')
    heads[#heads + 1] = 'POST /webhook?hash=' .. hash .. ' HTTP/1.1\r\nHost: ' .. wrk.headers['Host']
      .. '\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: ' .. secret
      .. '\r\nContent-Length: '
  end
end

-- Asked before every request of every connection. Counting here, and not in `request`, keeps connections that are already
-- past this point from going over the number.
function delay()
  local at = seconds()
  startedAt = startedAt or at
  if claimed < most and at - startedAt < runFor then
    claimed = claimed + 1
    return 0
  end
  parked = parked + 1
  if parked == connections then
    io.write(string.format('parked {"sent":%d,"seconds":%.4f}\n', sent, at - startedAt))
    io.flush()
  end
  return REST_MS
end

function request()
  local id = first + sent * step
  sent = sent + 1
  local text = TEXTS[id % #TEXTS + 1]
  local who = people > 0 and id % people + 1 or id
  local body = string.format(BODY, id, id, who, who, who, who, os.time(), text)
  return heads[sent % #heads + 1] .. #body .. '\r\n\r\n' .. body
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'done {"answered":%d,"refused":%d,"broken":%d,"p50Ms":%.2f,"p99Ms":%.2f}\n',
    summary.requests,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000))
end
