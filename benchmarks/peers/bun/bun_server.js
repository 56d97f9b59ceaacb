// Bun.serve + Bun.sql по их документации: маршруты с методами, пул, шаблонная строка как готовая
// команда. Проверок по схеме в Bun нет, поэтому правила здесь написаны руками.
import { SQL } from 'bun'

const sql = new SQL(process.env.DATABASE_URL, { max: 16 })

// WHATWG HTML, «valid e-mail address»: то же правило, что у <input type=email>.
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const EMAIL = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${LABEL}(?:\\.${LABEL})*$`)

// 23505 — unique_violation, PostgreSQL, Appendix A.
const TAKEN = '23505'

// Длина — в символах, как у VARCHAR; считать их надо, только если единиц UTF-16 больше предела.
const isText = (value, most) =>
  typeof value === 'string' && !value.includes('\0') &&
  (value.length <= most || [...value].length <= most)
const isOptionalText = (value, most) => value == null || isText(value, most)

const RULES = {
  name: (value) => isText(value, 100) && value !== '',
  email: (value) => isText(value, 100) && EMAIL.test(value),
  age: (value) => value == null || (Number.isInteger(value) && value >= 0 && value <= 150),
  gender: (value) => isOptionalText(value, 10),
  country: (value) => isOptionalText(value, 100),
  address: (value) => isOptionalText(value, 255),
  phone: (value) => isOptionalText(value, 25)
}
const FIELDS = Object.keys(RULES)

const refused = (errors) => Response.json({ detail: 'Invalid request', errors }, { status: 422 })

const register = async (request) => {
  let body
  try {
    body = await request.json()
  } catch {
    return refused(['body'])
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return refused(['body'])
  const broken = FIELDS.filter((field) => !RULES[field](body[field]))
  if (broken.length > 0) return refused(broken)
  const { name, email, age = null, gender = null, country = null, address = null, phone = null } = body
  try {
    const [row] = await sql`
      INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
      VALUES (${name}, ${email}, ${age}, ${gender}, ${country}, ${address}, ${phone},
              now() AT TIME ZONE 'UTC')
      RETURNING id, name, email, age, gender, country, address, phone, registered_at`
    return Response.json(row, { status: 201 })
  } catch (error) {
    if (error.errno !== TAKEN) throw error
    return Response.json({ detail: 'Email already registered' }, { status: 400 })
  }
}

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  maxRequestBodySize: 16 * 1024,
  routes: {
    '/health': Response.json({ status: 'ok' }),
    '/register': { POST: register }
  },
  error: () => Response.json({ detail: 'Internal error' }, { status: 500 })
})

process.once('SIGTERM', async () => {
  await server.stop(true)
  await sql.close()
  process.exit(0)
})
