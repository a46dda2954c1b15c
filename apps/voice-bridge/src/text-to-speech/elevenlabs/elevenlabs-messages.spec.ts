import { describe, expect, it } from 'vitest';
import { readElevenLabsMessage } from './elevenlabs-messages.js';

const audio = Buffer.from([1, 2, 3]);
const message = (more: object) =>
  JSON.stringify({ contextId: 't1', audio: audio.toString('base64'), ...more });

describe('a message of the multi-context socket', () => {
  it.each(['charDurationsMs', 'charsDurationsMs'])(
    'the character times of an ElevenLabs message are read from the field %s',
    (name) => {
      const alignment = { chars: ['a', 'b'], charStartTimesMs: [0, 10], [name]: [10, 20] };
      expect(readElevenLabsMessage(message({ alignment, normalizedAlignment: null }))).toEqual({
        kind: 'audio',
        context: 't1',
        audio,
        chunk: { audioBytes: 3, alignment: { chars: ['a', 'b'], startsMs: [0, 10], durationsMs: [10, 20] } },
        isFinal: false,
      });
    },
  );

  it.each([
    ['its alignments are null', { alignment: null, normalizedAlignment: null }],
    [
      'the lengths of its lists differ',
      { alignment: { chars: ['a'], charStartTimesMs: [], charDurationsMs: [1] } },
    ],
  ])('an ElevenLabs message has no times when %s', (_what, more) => {
    expect(readElevenLabsMessage(message(more))).toMatchObject({ kind: 'audio', chunk: { audioBytes: 3 } });
    expect(readElevenLabsMessage(message(more))).not.toHaveProperty('chunk.alignment');
  });

  it('ElevenLabs messages that end an utterance, report an error or are unknown are distinguished', () => {
    expect(readElevenLabsMessage('{"isFinal":true,"contextId":"t1"}')).toEqual({
      kind: 'final',
      context: 't1',
    });
    expect(readElevenLabsMessage('{"error":"quota_exceeded","message":"no more"}')).toEqual({
      kind: 'error',
      reason: 'no more',
    });
    expect(readElevenLabsMessage('{"contextId":"t1","flush_done":true}')).toEqual({ kind: 'other' });
    expect(readElevenLabsMessage('nonsense')).toBeUndefined();
  });
});
