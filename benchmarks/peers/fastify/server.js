// Fastify + pg по их документации: проверка JSON-схемой, ответ по схеме, пул @fastify/postgres.
'use strict'

// Типы строги, как у всех: по умолчанию ajv принял бы "33" за возраст.
const fastify = require('fastify')({ ajv: { customOptions: { coerceTypes: false } } })

const optional = (rule) => ({ ...rule, nullable: true })

const fields = {
  name: { type: 'string', minLength: 1, maxLength: 100 },
  email: { type: 'string', format: 'email', maxLength: 100 },
  age: optional({ type: 'integer', minimum: 0, maximum: 150 }),
  gender: optional({ type: 'string', maxLength: 10 }),
  country: optional({ type: 'string', maxLength: 100 }),
  address: optional({ type: 'string', maxLength: 255 }),
  phone: optional({ type: 'string', maxLength: 25 })
}

const body = { type: 'object', required: ['name', 'email'], properties: fields }

const stored = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    ...fields,
    registered_at: { type: 'string', format: 'date-time' }
  }
}

// 23505 — unique_violation, PostgreSQL, Appendix A.
const TAKEN = '23505'

const INSERT = `
  INSERT INTO customers (name, email, age, gender, country, address, phone, registered_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, now() AT TIME ZONE 'UTC')
  RETURNING *`

// Адрес libpq с папкой сокета в ?host=… pg разбирает сам.
fastify.register(require('@fastify/postgres'), { connectionString: process.env.DATABASE_URL })

fastify.setErrorHandler((error, request, reply) =>
  reply.code(error.validation ? 422 : error.statusCode ?? 500).send({ detail: error.message }))

fastify.get('/health', async () => ({ status: 'ok' }))

fastify.post('/register', { schema: { body, response: { 201: stored } } }, async (request, reply) => {
  const { name, email, age, gender, country, address, phone } = request.body
  try {
    const { rows } = await fastify.pg.query(
      INSERT, [name, email, age, gender, country, address, phone])
    return reply.code(201).send(rows[0])
  } catch (error) {
    if (error.code !== TAKEN) throw error
    return reply.code(400).send({ detail: 'Email already registered' })
  }
})

const stop = async () => {
  await fastify.close()
  process.exit(0)
}
process.once('SIGTERM', stop)

fastify.listen({ host: '127.0.0.1', port: Number(process.env.PORT) }).catch((error) => {
  console.error(error)
  process.exit(1)
})
