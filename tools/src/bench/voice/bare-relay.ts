import { createServer } from 'node:http';
import { connect, createInbox } from '@nats-io/transport-node';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/**
 * The minimum of a call: forwards frames to the recogniser, ends of turns to the agent, pieces of the answer to the
 * voice, and the voice's audio to the caller, each at once. It checks, stores and paces nothing, and ignores what the
 * caller heard.
 */
const { PORT, NATS_URL, DEEPGRAM_BASE_URL, ELEVENLABS_BASE_URL } = process.env;
const SUBJECT = 'bench.relay.turn';
const listenUrl = `${DEEPGRAM_BASE_URL}/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000`;
const speakUrl = `${ELEVENLABS_BASE_URL}/v1/text-to-speech/bench/multi-stream-input?output_format=ulaw_8000&auto_mode=true&sync_alignment=true`;

interface FromTwilio {
  event: string;
  streamSid: string;
  media: { payload: string };
}
interface FromDeepgram {
  event?: string;
  transcript: string;
}
interface FromElevenLabs {
  contextId?: string;
  audio?: string;
}
interface FromAgent {
  kind: string;
  data: { text: string };
}

const nats = await connect({ servers: NATS_URL! });
const server = createServer((_request, response) => response.end('ready'));
const calls = new WebSocketServer({ server, perMessageDeflate: false });

calls.on('connection', (caller) => {
  const recogniser = new WebSocket(listenUrl, { perMessageDeflate: false });
  const voice = new WebSocket(speakUrl, { perMessageDeflate: false });
  let streamSid = '';
  let turn = 0;

  caller.on('message', (data: RawData) => {
    const message = JSON.parse((data as Buffer).toString()) as FromTwilio;
    if (message.event === 'start') streamSid = message.streamSid;
    if (message.event !== 'media' || recogniser.readyState !== WebSocket.OPEN) return;
    recogniser.send(Buffer.from(message.media.payload, 'base64'));
  });

  recogniser.on('message', (data: RawData) => {
    const { event, transcript } = JSON.parse((data as Buffer).toString()) as FromDeepgram;
    if (event === 'StartOfTurn') {
      turn += 1;
      caller.send(JSON.stringify({ event: 'clear', streamSid }));
    }
    if (event === 'EndOfTurn') ask(turn, transcript);
  });

  voice.on('message', (data: RawData) => {
    const { contextId, audio } = JSON.parse((data as Buffer).toString()) as FromElevenLabs;
    if (!audio || contextId !== `t${turn}`) return;
    caller.send(JSON.stringify({ event: 'media', streamSid, media: { payload: audio } }));
  });

  function ask(asked: number, said: string): void {
    const inbox = createInbox();
    const answer = nats.subscribe(inbox, {
      callback: (_error, message) => {
        const { kind, data } = message.json<FromAgent>();
        if (kind === 'end') answer.unsubscribe();
        if (asked !== turn) return;
        const id = { context_id: `t${asked}` };
        if (kind !== 'end') return voice.send(JSON.stringify({ ...id, text: data.text }));
        voice.send(JSON.stringify({ ...id, flush: true }));
        voice.send(JSON.stringify({ ...id, close_context: true }));
      },
    });
    nats.publish(SUBJECT, JSON.stringify({ turnId: 't', attempt: 1, said, ledger: [] }), { reply: inbox });
  }

  caller.on('close', () => {
    recogniser.close();
    voice.close();
  });
  for (const socket of [caller, recogniser, voice])
    socket.on('error', (error) => console.error(error.message));
});

process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());
server.listen(Number(PORT), '127.0.0.1');
