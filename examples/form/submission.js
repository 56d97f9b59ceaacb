// Отправка: один ключ на просьбу, сколько бы раз её ни послать. Поэтому повтор безопасен: ответ
// мог потеряться и после того, как покупателя записали.

export const ATTEMPTS = 4;
const ANSWER_SECONDS = 15;
const LONGEST_WAIT = 30;
const TEMPORARY = [408, 425, 429, 500, 502, 503, 504];
const PENDING = "crm-registration";

// Посылает, пока не ответят. told(name, values) говорит, что происходит.
// Возвращает { customer }, { accepted } (чем кончилось, не скажут), { problem, id } или {} — если
// так и не ответили.
export async function submit(api, customer, language, told) {
  const key = keyOf(customer);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (!navigator.onLine) {
      told("offline");
      await new Promise((resume) => addEventListener("online", resume, { once: true }));
    }
    told("sending");
    const { status, body, id, wait } = await ask(api, customer, key, language);
    if (body && !TEMPORARY.includes(status)) {
      forget();
      if (status === 202) return { accepted: customer };
      return status === 201 ? { customer: body } : { problem: body, id };
    }
    if (attempt < ATTEMPTS) {
      const seconds = Math.min(wait || 2 ** (attempt - 1), LONGEST_WAIT);
      told("waiting", { seconds, attempt: attempt + 1, attempts: ATTEMPTS });
      await new Promise((resume) => setTimeout(resume, seconds * 1000));
    }
  }
  return {};
}

// Спрашивает один раз; {} — ответа нет или он не от сервиса (страница прокси, оборванное тело).
async function ask(api, customer, key, language) {
  try {
    const answer = await fetch(`${api}/register`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Accept-Language": language,
        "Idempotency-Key": key,
      },
      body: JSON.stringify(customer),
      signal: AbortSignal.timeout(ANSWER_SECONDS * 1000),
    });
    const wait = Number(answer.headers.get("Retry-After"));
    const id = answer.headers.get("X-Request-ID");
    const body = await answer.json().catch(() => undefined);
    return { status: answer.status, body, id, wait };
  } catch {
    return {};
  }
}

// Просьба без ответа: её ключ переживает и перезагрузку страницы. Живёт она в одной вкладке.
export function pending() {
  try {
    return JSON.parse(sessionStorage.getItem(PENDING));
  } catch {
    return null;
  }
}

// Другие данные — другая просьба, и ключ у неё свой.
function keyOf(customer) {
  const known = pending();
  if (JSON.stringify(known?.customer) === JSON.stringify(customer)) return known.key;
  const key = freshKey();
  try {
    sessionStorage.setItem(PENDING, JSON.stringify({ key, customer }));
  } catch {
    // Хранить негде: тогда ключ живёт, пока идёт отправка.
  }
  return key;
}

function forget() {
  try {
    sessionStorage.removeItem(PENDING);
  } catch {
    // Нечего и забывать.
  }
}

// Не randomUUID: вне https и localhost браузер её не даёт.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
