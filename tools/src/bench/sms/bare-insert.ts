import { parse } from 'node:querystring';
import fastify from 'fastify';
import pg from 'pg';

/** The minimum of durably receiving a text: parse the form, insert a row, answer. No signature check, no events. */
const { PORT, DATABASE_URL } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
await pool.query(`CREATE TABLE IF NOT EXISTS text (
  message_sid text PRIMARY KEY, sender text NOT NULL, line text NOT NULL, body text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp())`);

const app = fastify();
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, parse(body as string)),
);
app.get('/health/ready', async () => 'ready');
app.post<{ Body: Record<string, string> }>('/webhook/sms', async ({ body }, reply) => {
  await pool.query('INSERT INTO text (message_sid, sender, line, body) VALUES ($1, $2, $3, $4)', [
    body['MessageSid'],
    body['From'],
    body['To'],
    body['Body'],
  ]);
  return reply.type('text/xml').send('<Response/>');
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
