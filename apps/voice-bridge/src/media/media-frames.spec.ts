import { describe, expect, it } from 'vitest';
import { readMediaFrame } from './media-frames.js';

const media = (more: object = {}) => ({
  event: 'media',
  sequenceNumber: '3',
  media: { track: 'inbound', chunk: '1', timestamp: '20', payload: '//8A', ...more },
  streamSid: 'MZ1',
});

describe('a frame of a media socket', () => {
  it('an audio frame is read the same whether it is sliced or parsed as JSON', () => {
    const sliced = JSON.stringify(media());
    const parsed = JSON.stringify(Object.fromEntries(Object.entries(media()).toReversed()));
    expect(sliced.startsWith('{"event"')).toBe(true);
    expect(parsed.startsWith('{"event"')).toBe(false);
    const expected = { kind: 'media', timestampMs: 20, payload: '//8A' };
    expect(readMediaFrame(sliced)).toEqual(expected);
    expect(readMediaFrame(parsed)).toEqual(expected);
    expect(readMediaFrame(JSON.stringify(media(), null, 1))).toEqual(expected);
  });

  it('media frames of all kinds but audio are translated', () => {
    const start = {
      event: 'start',
      streamSid: 'MZ1',
      start: {
        callSid: 'CA1',
        accountSid: 'AC1',
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
    };
    expect(readMediaFrame(JSON.stringify(start))).toEqual({
      kind: 'start',
      streamSid: 'MZ1',
      callSid: 'CA1',
      accountSid: 'AC1',
    });
    expect(readMediaFrame('{"event":"mark","mark":{"name":"g2:m7"}}')).toEqual({
      kind: 'mark',
      name: 'g2:m7',
    });
    expect(readMediaFrame('{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}')).toEqual({
      kind: 'dtmf',
      digit: '#',
    });
    expect(readMediaFrame('{"event":"stop","stop":{}}')).toEqual({ kind: 'stop' });
    expect(readMediaFrame('{"event":"something new"}')).toEqual({ kind: 'unknown' });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['an array', '[]'],
    ['no event', '{}'],
    ['audio without a payload', JSON.stringify({ event: 'media', media: { timestamp: '0' } })],
    ['a negative timestamp', JSON.stringify(media({ timestamp: '-1' }))],
    ['truncated JSON', JSON.stringify(media()).slice(0, -1)],
    ['a key of two characters', '{"event":"dtmf","dtmf":{"digit":"12"}}'],
    [
      'audio of another kind',
      '{"event":"start","streamSid":"MZ1","start":{"mediaFormat":{"encoding":"opus"}}}',
    ],
  ])('a media frame is malformed: %s', (_what, text) => {
    expect(readMediaFrame(text)).toBeUndefined();
  });
});
