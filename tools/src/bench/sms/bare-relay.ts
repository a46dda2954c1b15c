import { parse } from 'node:querystring';
import fastify from 'fastify';

/** The minimum of answering a text: acknowledge, ask the model, send. It stores nothing and retries nothing. */
const { PORT, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, SIMULATOR_URL } = process.env;
const messagesUrl = `${SIMULATOR_URL}/api/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/Messages.json`;
const authorization = `Basic ${Buffer.from(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`).toString('base64')}`;

const app = fastify();
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, parse(body as string)),
);
app.get('/health/ready', async () => 'ready');
app.post<{ Body: Record<string, string> }>('/webhook/sms', async ({ body }, reply) => {
  setImmediate(() => void answer(body).catch((error: unknown) => console.error(error)));
  return reply.type('text/xml').send('<Response/>');
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());
await app.listen({ port: Number(PORT), host: '127.0.0.1' });

async function answer(text: Record<string, string>): Promise<void> {
  const completion = await fetch(`${SIMULATOR_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'simulated',
      messages: [
        { role: 'system', content: 'You answer text messages, kindly and briefly.' },
        { role: 'user', content: text['Body'] },
      ],
    }),
  });
  const { choices } = (await completion.json()) as { choices: [{ message: { content: string } }] };
  const sent = await fetch(messagesUrl, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({
      From: text['To'] ?? '',
      To: text['From'] ?? '',
      Body: choices[0].message.content,
    }),
  });
  await sent.json();
}
