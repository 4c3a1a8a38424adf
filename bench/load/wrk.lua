-- What wrk sends: a list of requests, one after another, from the beginning again after the last.
-- Arguments: the file of the list, and with which of its lines to begin (from 0). A line has, with
-- tabs between them: method, path, Authorization, If-None-Match, body; a part may be empty.

local requests, at = {}, 0

function init(args)
  at = tonumber(args[2])
  for line in io.lines(args[1]) do
    local method, path, token, etag, body =
      line:match('^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$')
    local headers = {}
    if token ~= '' then headers['Authorization'] = token end
    if etag ~= '' then headers['If-None-Match'] = etag end
    if body ~= '' then headers['Content-Type'] = 'application/json' end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= '' and body or nil)
  end
end

function request()
  at = at + 1
  return requests[(at - 1) % #requests + 1]
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '{"requests":%d,"micros":%d,"refused":%d,"broken":%d,"p50":%d,"p95":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
