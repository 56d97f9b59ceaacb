-- Нагрузка для wrk: POST /register с новыми адресами; доля DUPLICATES (проценты) повторяет
-- один и тот же; при EXTRA_HEADER у каждого запроса есть ещё и этот заголовок (ключ у каждого свой).
-- В конце одной строкой печатает, сколько каких ответов пришло.
-- Новый адрес начинается случайно, как у настоящих покупателей и как у pgbench: идущие подряд
-- попадали бы в одну страницу индекса, и большая таблица казалась бы дешевле, чем она есть.
local duplicates = tonumber(os.getenv("DUPLICATES") or "0")
local salt = os.getenv("SALT")
local extra = os.getenv("EXTRA_HEADER")
local threads = {}
-- Запрос складывается из готовых кусков: wrk.format собирал бы голову каждый раз заново, а нагрузка
-- занимает те же процессоры, что и сервис. Имя хоста wrk говорит только в init.
local head
local before_email = '{"name":"Ivan Ivanov","email":"'
local after_email = '","age":33,"gender":"Male","country":"Russia",' ..
  '"address":"Russia, Orsk, Molodezhnaya St., 18 apartment 6","phone":"+7(921)345-19-48"}'
local has_key = extra == "Idempotency-Key"
local more = ""
if extra == "Origin" then more = "Origin: https://shop.example\r\n" end

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

function init()
  count, created, taken = 0, 0, 0
  math.randomseed(tonumber(salt, 16))
  -- Одной строкой: между потоками wrk таблица не передаётся.
  others, wrong = "", {}
  head = "POST /register HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nContent-Type: application/json\r\n"
end

function request()
  count = count + 1
  local email = string.format("u%08x.%d.%s.%d@example.ru", math.random(0, 2147483647), id, salt, count)
  -- 37 и 100 взаимно просты: повторы идут вперемежку с новыми, а не подряд.
  if count * 37 % 100 < duplicates then email = "known@example.ru" end
  local body = before_email .. email .. after_email
  if has_key then more = "Idempotency-Key: " .. salt .. "-" .. id .. "-" .. count .. "\r\n" end
  return head .. more .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
end

function response(status)
  if status == 201 then created = created + 1
  elseif status == 400 then taken = taken + 1
  else
    wrong[status] = (wrong[status] or 0) + 1
    local counts = {}
    for code, times in pairs(wrong) do counts[#counts + 1] = string.format('"%d": %d', code, times) end
    others = table.concat(counts, ", ")
  end
end

function done(summary, latency)
  local total = {created = 0, taken = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(total) do total[name] = total[name] + thread:get(name) end
  end
  local errors = summary.errors
  -- Поток один (--threads=1), поэтому его счёт остальных ответов и есть общий.
  io.write(string.format(
    'RESULT {"created": %d, "taken": %d, "others": {%s}, "connect": %d, "read": %d, "write": %d, ' ..
    '"timeout": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
    total.created, total.taken, threads[1]:get("others"), errors.connect, errors.read, errors.write,
    errors.timeout, summary.duration, latency:percentile(50), latency:percentile(99)))
end
