import { waitUntil } from '@parley/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawMediaSocket, RunningVoiceBridge } from '../testing/running-voice-bridge.js';

const OPEN = 1;
const FLOOD = 'too many frames';
/** The most that come in 10 s from a caller whose network stood still before. */
const CALLERS_FRAMES = 1_900;
/** So many that 2,000 of them are read within 10 s even where the process stands still in between. */
const FLOOD_FRAMES = 6_000;

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
});
afterAll(() => bridge?.stop());

describe('a media socket', () => {
  it('is closed with 1008 when frames come faster than from any caller, and not by a burst of them', async () => {
    const media = await startedSocket();
    for (let i = 0; i < CALLERS_FRAMES; i++) media.frame();
    await media.taken();
    expect(media.socket.readyState).toBe(OPEN);
    for (let i = 0; i < FLOOD_FRAMES; i++) media.frame();
    expect(await media.closed).toMatchObject({ code: 1008, reason: FLOOD });
  });

  it('is closed with 1008 when it is flooded before it starts, or with pings', async () => {
    const floods = [
      (media: RawMediaSocket) => media.send({ event: 'an event of the future' }),
      (media: RawMediaSocket) => media.socket.ping(),
    ];
    for (const flood of floods) {
      const { streamUrl } = await bridge.ring();
      const media = await RawMediaSocket.open(streamUrl);
      for (let i = 0; i < FLOOD_FRAMES && media.socket.readyState === OPEN; i++) flood(media);
      expect(await media.closed).toMatchObject({ code: 1008, reason: FLOOD });
    }
  });

  it('whose peer does not answer our close is cut off, and what it sends meanwhile is not read', async () => {
    const media = await startedSocket();
    // It reads nothing from here on, and so never sees our close.
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

async function startedSocket(): Promise<RawMediaSocket> {
  const { streamUrl, callSid, callId } = await bridge.ring();
  const media = await RawMediaSocket.open(streamUrl);
  media.start(callSid);
  await bridge.eventually(
    'the call to be answered',
    `SELECT 1 FROM call WHERE id = $1 AND status = 'answered'`,
    [callId],
  );
  return media;
}
