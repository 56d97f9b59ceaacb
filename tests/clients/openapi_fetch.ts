// Клиент openapi-fetch с типами openapi-typescript: адрес сервиса и что показать.
import createClient from "openapi-fetch";
import type { operations, paths } from "./generated/schema";

type Answers = operations["registerCustomer"]["responses"];
type Customer = operations["registerCustomer"]["requestBody"]["content"]["application/json"];

// Заголовок ответа: имя проверено по описанию этого ответа, значение приходит текстом.
function header<Status extends keyof Answers>(
  response: Response,
  name: Extract<keyof Answers[Status]["headers"], string>,
): string | null {
  return response.headers.get(name);
}

const [url, action] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });
const maria: Customer = { name: "Мария Иванова", email: "мария@пример.рф", address: "Орск,\nд. 18" };

async function register(body: Customer, key: string) {
  return client.POST("/register", { body, params: { header: { "Idempotency-Key": key } } });
}

async function registers() {
  const key = crypto.randomUUID();
  for (const _ of ["first", "again"]) {
    const { data, error, response } = await register(maria, key);
    if (error) throw new Error(error.detail);
    const replayed = header<201>(response, "Idempotency-Replayed") ?? "false";
    console.log(`registered ${data.name} ${data.email} ${data.address}, replayed: ${replayed}`);
  }
  const refusals: Customer[] = [{ ...maria, age: 200, phone: "8".repeat(26) }, maria];
  for (const customer of refusals) {
    const { error } = await register(customer, crypto.randomUUID());
    if (!error) throw new Error("registered");
    if (error.type === "/problems/email_taken" || error.type === "/problems/invalid_customer") {
      for (const { field, code, limits } of error.errors ?? []) {
        console.log(`${error.status} ${field} ${code} ${limits.min ?? "?"}..${limits.max ?? "?"}`);
      }
    }
  }
}

async function unavailable() {
  const { error, response } = await register(maria, crypto.randomUUID());
  if (error?.type !== "/problems/unavailable") throw new Error("it is there");
  console.log(`${error.status} again in ${Number(header<503>(response, "Retry-After"))} s`);
}

void (action === "unavailable" ? unavailable() : registers());
