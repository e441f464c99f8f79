-- GCRA, in microseconds. KEYS[1] has the time at which the allowance is whole
-- again; ARGV[1] is how long one more takes of it. Returns 1 where it is
-- allowed, and then it is counted. Needs Redis 5 or Valkey.
local second = 1000000
local time = redis.call('TIME')
local now = time[1] * second + time[2]
local whole = tonumber(redis.call('GET', KEYS[1])) or now
-- Further ahead than it is ever set: the clock was set back.
if whole < now or whole > now + second then
  whole = now
end
whole = whole + tonumber(ARGV[1])
if whole > now + second then
  return 0
end
-- All the digits: a number would be written with fourteen.
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return 1
