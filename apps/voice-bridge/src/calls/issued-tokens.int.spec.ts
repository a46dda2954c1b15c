import type { CallId } from '@parley/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incomingCall, RawMediaSocket, RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { CallStore } from './call-store.js';
import { IssuedTokens } from './issued-tokens.js';

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
});
beforeEach(async () => {
  await bridge.query(`UPDATE call SET media_token_expires_at = clock_timestamp()`);
  expect(await areAwaited()).toBe(false);
});
afterAll(async () => bridge.stop());

const areAwaited = () => bridge.app.get(IssuedTokens, { strict: false }).areAwaited();

describe('a media token that was issued', () => {
  it('the media socket of an issued token is awaited until the socket has started', async () => {
    const { streamUrl, callSid } = await bridge.ring();
    expect(await areAwaited()).toBe(true);
    const media = await RawMediaSocket.open(streamUrl);
    expect(await areAwaited()).toBe(true);
    media.start(callSid);
    await expect.poll(areAwaited).toBe(false);
    media.socket.terminate();
  });

  it('the media socket of an issued token is awaited until the call is over', async () => {
    const { callSid } = await bridge.ring();
    expect(await areAwaited()).toBe(true);
    const over = { ...incomingCall(), CallSid: callSid, CallStatus: 'completed' };
    await bridge.post('/webhooks/twilio/voice/status', over);
    expect(await areAwaited()).toBe(false);
  });

  it('the media socket of an issued token is awaited until the token expires, by the clock of Postgres or of this process', async () => {
    const { callId } = await bridge.ring();
    expect(await areAwaited()).toBe(true);
    await bridge.query('UPDATE call SET media_token_expires_at = clock_timestamp() WHERE id = $1', [callId]);
    expect(await areAwaited()).toBe(false);

    const young = await bridge.ring();
    const tokens = new IssuedTokens(bridge.app.get(CallStore, { strict: false }));
    tokens.record(young.callId as CallId, 60_000);
    expect(await tokens.areAwaited()).toBe(true);
    tokens.record(young.callId as CallId, 0);
    expect(await tokens.areAwaited()).toBe(false);
  });
});
