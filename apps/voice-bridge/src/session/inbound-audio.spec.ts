import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundAudio } from './inbound-audio.js';

const CHUNK_BYTES = 640;
const base64 = (bytes: number, value: number) => Buffer.alloc(bytes, value).toString('base64');

function listening() {
  const chunks: Buffer[] = [];
  const audio = new InboundAudio((chunk) => chunks.push(chunk));
  return { audio, heard: () => Buffer.concat(chunks), chunks };
}

describe("the caller's audio", () => {
  it('goes on in chunks of 80 ms, byte for byte, however it was cut into frames', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 30 }), (sizes) => {
        const { audio, heard, chunks } = listening();
        const sent: Buffer[] = [];
        let atBytes = 0;
        for (const [index, bytes] of sizes.entries()) {
          expect(audio.push(atBytes / 8, base64(bytes, index))).toBe(true);
          sent.push(Buffer.alloc(bytes, index));
          atBytes += bytes;
        }
        expect(chunks.every(({ length }) => length === CHUNK_BYTES)).toBe(true);
        const whole = Math.floor(atBytes / CHUNK_BYTES) * CHUNK_BYTES;
        expect(heard().equals(Buffer.concat(sent).subarray(0, whole))).toBe(true);
        expect(audio.gaps.count).toBe(0);
      }),
    );
  });

  it('has silence where frames are missing, and counts that', () => {
    const { audio, heard } = listening();
    audio.push(0, base64(160, 1));
    audio.push(60, base64(160, 2));
    audio.push(80, base64(160, 3));
    audio.push(100, base64(160, 4));
    audio.push(120, base64(160, 5));
    audio.push(140, base64(160, 6));
    const silence = Buffer.alloc(320, 0xff);
    expect(heard()).toEqual(
      Buffer.concat([
        Buffer.alloc(160, 1),
        silence,
        Buffer.alloc(160, 2),
        Buffer.alloc(160, 3),
        Buffer.alloc(160, 4),
        Buffer.alloc(160, 5),
        Buffer.alloc(160, 6),
      ]).subarray(0, CHUNK_BYTES * 2),
    );
    expect(audio.gaps).toEqual({ count: 1, ms: 40 });
    expect(audio.receivedMs).toBe(160);
  });

  it('is not flooded with silence by a clock that jumps', () => {
    const { audio, heard } = listening();
    audio.push(0, base64(160, 1));
    audio.push(3_600_000, base64(160, 2));
    expect(heard().length).toBeLessThanOrEqual(5_100 * 8);
    expect(audio.gaps).toEqual({ count: 1, ms: 3_599_980 });
  });

  it.each(['***', 'AAA', '////AAA!', Buffer.alloc(20_000).toString('base64')])(
    'is no audio: %#',
    (payload) => {
      expect(listening().audio.push(0, payload)).toBe(false);
    },
  );
});
