import { once } from 'node:events';
import { connect } from 'node:net';
import { waitUntil } from '@parley/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawMediaSocket, RunningVoiceBridge } from '../testing/running-voice-bridge.js';

const OPEN = 1;
const FLOOD = 'too many frames';
/** The most frames in 10 s from a caller whose network stalled before. */
const CALLERS_FRAMES = 1_900;
/** Enough that 2,000 frames are read within 10 s even if the process stalls in between. */
const FLOOD_FRAMES = 6_000;

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
});
afterAll(() => bridge?.stop());

describe('a media socket', () => {
  it('a media socket stays open after a burst of frames, and is closed with 1008 after a flood of frames', async () => {
    const media = await startedSocket();
    for (let i = 0; i < CALLERS_FRAMES; i++) media.frame();
    await media.untilRead();
    expect(media.socket.readyState).toBe(OPEN);
    for (let i = 0; i < FLOOD_FRAMES; i++) media.frame();
    expect(await media.closed).toMatchObject({ code: 1008, reason: FLOOD });
  });

  it('a media socket is closed with 1008 if it is flooded before its start, or with pings or pongs', async () => {
    const floods = [
      (media: RawMediaSocket) => media.send({ event: 'an event of the future' }),
      (media: RawMediaSocket) => media.socket.ping(),
      (media: RawMediaSocket) => media.socket.pong(),
    ];
    for (const flood of floods) {
      const { streamUrl } = await bridge.ring();
      const media = await RawMediaSocket.open(streamUrl);
      for (let i = 0; i < FLOOD_FRAMES && media.socket.readyState === OPEN; i++) flood(media);
      expect(await media.closed).toMatchObject({ code: 1008, reason: FLOOD });
    }
  });

  it('a media socket whose peer does not answer our close is cut off, and its frames are not read meanwhile', async () => {
    const media = await startedSocket();
    // The peer reads nothing from here on, so it never sees our close.
    media.socket.pause();
    for (let i = 0; i < 10; i++) media.sendRaw('nonsense');
    media.send({ event: 'stop' });
    await waitUntil(
      'all that the call had open to be closed',
      async () => {
        const voices = await bridge.simulator.vendorSockets('elevenlabs');
        return voices.length > 0 && voices.every(({ closed }) => closed !== null);
      },
      { timeoutMs: 25_000 },
    );
    const facts = await bridge.query<{ status: string }>('SELECT status FROM call ORDER BY started_at DESC');
    expect(facts[0]).toEqual({ status: 'answered' });
    media.socket.resume();
    await media.closed;
  });
});

describe('a process with capacity for two calls', () => {
  it('a process with capacity for two calls opens only two sockets, even if one signed URL is used many times at once', async () => {
    const small = await RunningVoiceBridge.start({ VOICE_MAX_CALLS: '2' });
    try {
      const { streamUrl } = await small.ring();
      const opening = Array.from({ length: 8 }, () => RawMediaSocket.open(streamUrl));
      const opened = (await Promise.allSettled(opening)).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      );
      const open = () => opened.filter(({ socket }) => socket.readyState === OPEN).length;
      await waitUntil('all but two to be closed', async () => open() <= 2, { timeoutMs: 25_000 });
      expect(open()).toBe(2);
    } finally {
      await small.stop();
    }
  });
});

describe('a refused media socket', () => {
  it('a refused media socket is closed even if its peer does not close its side', async () => {
    const { hostname, port } = new URL(bridge.url);
    const peer = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const closedAt = new Promise<void>((resolve) =>
      peer.on('error', () => resolve()).on('close', () => resolve()),
    );
    peer.write(
      'GET /media HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [answer] = (await once(peer, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    // Writes still succeed while the other side is only half closed.
    const writing = setInterval(() => peer.write('x'), 200);
    await closedAt;
    clearInterval(writing);
  });
});

const startedSocket = async (): Promise<RawMediaSocket> => (await bridge.answeredCall()).media;
