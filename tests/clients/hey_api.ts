// Клиент, который сделал hey-api: адрес сервиса и что показать.
import { createClient } from "./generated/hey_api/client";
import { registerCustomer } from "./generated/hey_api/sdk.gen";
import type { RegisterCustomer } from "./generated/hey_api/types.gen";

const [url, action] = process.argv.slice(2);
const client = createClient({ baseUrl: url });
const maria: RegisterCustomer = {
  name: "Мария Иванова",
  email: "мария@пример.рф",
  address: "Орск,\nд. 18",
};

async function register(body: RegisterCustomer, key: string) {
  return registerCustomer({ client, body, headers: { "Idempotency-Key": key } });
}

async function registers() {
  const key = crypto.randomUUID();
  for (const _ of ["first", "again"]) {
    const { data, response } = await register(maria, key);
    if (!data) throw new Error("refused");
    const replayed = response?.headers.get("Idempotency-Replayed") ?? "false";
    console.log(`registered ${data.name} ${data.email} ${data.address}, replayed: ${replayed}`);
  }
  const refusals: RegisterCustomer[] = [{ ...maria, age: 200, phone: "8".repeat(26) }, maria];
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
  console.log(`${error.status} again in ${Number(response?.headers.get("Retry-After"))} s`);
}

void (action === "unavailable" ? unavailable() : registers());
