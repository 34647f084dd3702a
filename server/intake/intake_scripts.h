// What Redis does in one step for the intake. KEYS are {intake}:gates, and the stream or lease.
#pragma once

namespace mpim::intake_scripts {

// KEYS gates, streams..; answers {state, turn, depth, age of the oldest in ms} of each shard, flat.
inline constexpr const char* kLook = R"(
local seen = {}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #KEYS do
  local shard = tostring(i - 2)
  local gate = redis.call('HMGET', KEYS[1], 's' .. shard, 't' .. shard)
  seen[#seen + 1] = gate[1] or 'closed'
  seen[#seen + 1] = gate[2] or '0'
  seen[#seen + 1] = tostring(redis.call('XLEN', KEYS[i]))
  local oldest = redis.call('XRANGE', KEYS[i], '-', '+', 'COUNT', 1)[1]
  local since = oldest and tonumber(string.match(oldest[1], '%d+')) or now
  seen[#seen + 1] = string.format('%d', math.max(now - since, 0))
end
return seen
)";

// KEYS gates, stream; ARGV shard. Answers {state, turn}. A gate that is closing gave nobody leave
// to go straight to the store: its turn goes on.
inline constexpr const char* kOpen = R"(
local state = redis.call('HGET', KEYS[1], 's' .. ARGV[1])
if state == 'open' then return {'open', redis.call('HGET', KEYS[1], 't' .. ARGV[1])} end
if state ~= 'closing' then redis.call('HINCRBY', KEYS[1], 't' .. ARGV[1], 1) end
redis.call('HSET', KEYS[1], 's' .. ARGV[1], 'open')
return {'open', redis.call('HGET', KEYS[1], 't' .. ARGV[1])}
)";

// KEYS gates, stream; ARGV shard, turn, room, drafts... Answers {state, turn} when the gate is
// another, else {'added', turn, ids...}: as many as there was room for.
inline constexpr const char* kAdd = R"(
local gate = redis.call('HMGET', KEYS[1], 's' .. ARGV[1], 't' .. ARGV[1])
if gate[1] ~= 'open' or gate[2] ~= ARGV[2] then
  return {gate[1] or 'closed', gate[2] or '0'}
end
local answer = {'added', gate[2]}
local room = tonumber(ARGV[3]) - redis.call('XLEN', KEYS[2])
for i = 4, #ARGV do
  if room <= 0 then break end
  answer[#answer + 1] = redis.call('XADD', KEYS[2], '*', 'draft', ARGV[i])
  room = room - 1
end
return answer
)";

// KEYS stream; ARGV room, acks... Answers 'added', or 'full': nothing was.
inline constexpr const char* kAddAcks = R"(
if redis.call('XLEN', KEYS[1]) + #ARGV - 1 > tonumber(ARGV[1]) then return 'full' end
for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', 'ack', ARGV[i]) end
return 'added'
)";

// KEYS gates; answers how many entries wait in the streams beside them.
inline constexpr const char* kLeft = R"(
local left = redis.call('XLEN', '{intake}:acks')
for shard = 0, (tonumber(redis.call('HGET', KEYS[1], 'shards')) or 0) - 1 do
  left = left + redis.call('XLEN', '{intake}:' .. shard)
end
return left
)";

// KEYS stream; answers {depth, age of the oldest in ms}. Fails when nothing can be added: it makes
// the group of what takes from the stream, which needs the same of Redis as adding does.
inline constexpr const char* kDepth = R"(
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], 'store', '0', 'MKSTREAM')
if type(made) == 'table' and made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then
  return made
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local since = oldest and tonumber(string.match(oldest[1], '%d+')) or now
return {tostring(redis.call('XLEN', KEYS[1])), string.format('%d', math.max(now - since, 0))}
)";

// KEYS lease, stream; ARGV who, milliseconds, count. Answers {holder} when it is another's, else
// {'', depth, claimed, {id, bytes}...}: first what was taken before and not removed, by whomever,
// then the next. `claimed` counts what others took.
// Whoever holds the lease is the only one who takes, so what others took is his at once.
inline constexpr const char* kTake = R"(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {holder} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.pcall('XGROUP', 'CREATE', KEYS[2], 'store', '0', 'MKSTREAM')
local count = tonumber(ARGV[3])
local claimed = 0
for _, pending in ipairs(redis.call('XPENDING', KEYS[2], 'store', '-', '+', count)) do
  if pending[2] ~= ARGV[1] then claimed = claimed + 1 end
end
local answer = {'', tostring(redis.call('XLEN', KEYS[2])), tostring(claimed)}
local function tell(entries)
  for _, entry in ipairs(entries) do
    local bytes = ''
    if entry[2] and #entry[2] == 2 then bytes = entry[2][2] end
    answer[#answer + 1] = {entry[1], bytes}
  end
end
tell(redis.call('XAUTOCLAIM', KEYS[2], 'store', ARGV[1], 0, '0-0', 'COUNT', count)[2])
count = count - (#answer - 3)
if count > 0 then
  local read = redis.call('XREADGROUP', 'GROUP', 'store', ARGV[1], 'COUNT', count,
                          'STREAMS', KEYS[2], '>')
  if read then tell(read[1][2]) end
end
return answer
)";

// KEYS a stream of this script's own. Does once all that the others do, so that a command which is
// missing, or not allowed, is known when the node starts. Answers 'able'.
inline constexpr const char* kProbe = R"(
redis.call('DEL', KEYS[1])
redis.call('XGROUP', 'CREATE', KEYS[1], 'store', '0', 'MKSTREAM')
local id = redis.call('XADD', KEYS[1], '*', 'draft', 'x')
redis.call('XREADGROUP', 'GROUP', 'store', 'probe', 'COUNT', 1, 'STREAMS', KEYS[1], '>')
redis.call('XPENDING', KEYS[1], 'store', '-', '+', 1)
local again = redis.call('XAUTOCLAIM', KEYS[1], 'store', 'other', 0, '0-0', 'COUNT', 1)
local able = #again >= 3 and again[2][1][1] == id
able = able and #redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1) == redis.call('XLEN', KEYS[1])
redis.call('XACK', KEYS[1], 'store', id)
redis.call('XDEL', KEYS[1], id)
redis.call('DEL', KEYS[1])
redis.call('TIME')
return able and 'able' or 'old'
)";

// KEYS stream; ARGV ids... Answers how many entries are left.
inline constexpr const char* kRemove = R"(
redis.call('XACK', KEYS[1], 'store', unpack(ARGV))
redis.call('XDEL', KEYS[1], unpack(ARGV))
return redis.call('XLEN', KEYS[1])
)";

// KEYS gates, stream; ARGV shard. Answers {state, turn}.
inline constexpr const char* kFinish = R"(
local gate = redis.call('HMGET', KEYS[1], 's' .. ARGV[1], 't' .. ARGV[1])
local state = gate[1] or 'closed'
if state ~= 'closed' then
  state = redis.call('XLEN', KEYS[2]) == 0 and 'closed' or 'closing'
  redis.call('HSET', KEYS[1], 's' .. ARGV[1], state)
end
return {state, gate[2] or '0'}
)";

}  // namespace mpim::intake_scripts
