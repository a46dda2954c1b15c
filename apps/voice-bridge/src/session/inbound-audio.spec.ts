import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundAudio } from './inbound-audio.js';

const base64 = (bytes: number, value: number) => Buffer.alloc(bytes, value).toString('base64');
const FRAME_MS = 20;
/** Mulaw bytes as loud as speech, and as quiet as a silent line. */
const VOICED = 0x20;
const SILENT = 0xff;

function listening() {
  const pieces: Buffer[] = [];
  const audio = new InboundAudio((piece) => pieces.push(piece));
  let atMs = 0;
  return {
    audio,
    heard: () => Buffer.concat(pieces),
    pieces,
    /** Pushes this sample value for this long. */
    sounds: (value: number, ms: number) => {
      for (let left = ms; left > 0; left -= FRAME_MS, atMs += FRAME_MS) audio.push(atMs, base64(160, value));
    },
  };
}

describe("the caller's audio", () => {
  it("the recogniser gets the caller's audio byte for byte, for frames of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 30 }), (sizes) => {
        const { audio, heard } = listening();
        const sent: Buffer[] = [];
        let atBytes = 0;
        for (const [index, bytes] of sizes.entries()) {
          expect(audio.push(atBytes / 8, base64(bytes, index))).toBe(true);
          sent.push(Buffer.alloc(bytes, index));
          atBytes += bytes;
        }
        const whole = Buffer.concat(sent);
        expect(heard().equals(whole.subarray(0, heard().length))).toBe(true);
        expect(whole.length - heard().length).toBeLessThan(160 * 8);
        expect(audio.gaps.count).toBe(0);
      }),
    );
  });

  it('the recogniser gets pieces of 80 ms while the caller speaks', () => {
    const { sounds, pieces } = listening();
    sounds(VOICED, 800);
    expect(new Set(pieces.map(({ length }) => length))).toEqual(new Set([640]));
  });

  it('the recogniser gets single frames from the end of speech to the end of turn', () => {
    const { audio, sounds, pieces } = listening();
    sounds(VOICED, 900);
    sounds(SILENT, 80);
    pieces.length = 0;
    for (let frame = 1; frame <= 20; frame++) {
      sounds(SILENT, FRAME_MS);
      expect(pieces).toHaveLength(frame);
    }
    audio.onTurnEnded();
    pieces.length = 0;
    sounds(SILENT, 2_400);
    expect(pieces).toHaveLength(15);
  });

  it('most frames of the 200 ms after the last sound go to the recogniser at once, and none waits longer than 60 ms', () => {
    const waitsMs: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      let nowMs = 0;
      const held: number[] = [];
      const audio = new InboundAudio((piece) => {
        for (const atMs of held.splice(0, piece.length / 160))
          if (atMs >= speechEndMs) waitsMs.push(nowMs - atMs);
      });
      const frames = (value: number, count: number): void => {
        for (let left = count; left > 0; left--, nowMs += FRAME_MS) {
          held.push(nowMs);
          audio.push(nowMs, base64(160, value));
        }
      };
      let speechEndMs = Infinity;
      frames(SILENT, 50);
      frames(VOICED, 30 + turn);
      speechEndMs = nowMs - FRAME_MS;
      frames(SILENT, 10);
      expect(held).toEqual([]);
    }
    expect(waitsMs.filter((ms) => ms === 0).length).toBeGreaterThan(waitsMs.length / 2);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(60);
  });

  it('the recogniser gets longer pieces again if it does not end the turn after the caller pauses', () => {
    const { sounds, pieces } = listening();
    sounds(VOICED, 800);
    sounds(SILENT, 2_000);
    pieces.length = 0;
    sounds(SILENT, 2_400);
    expect(pieces).toHaveLength(15);
  });

  it('a call with pauses takes no more writes to the recogniser than pieces of 80 ms would', () => {
    const { audio, sounds, pieces } = listening();
    let ms = 0;
    const lasts = (value: number, forMs: number): void => {
      sounds(value, forMs);
      ms += forMs;
    };
    for (let turn = 0; turn < 20; turn++) {
      for (let word = 0; word < 8; word++) {
        lasts(VOICED, 240 + 20 * (word % 3));
        lasts(SILENT, word === 4 ? 260 : 60);
      }
      lasts(SILENT, 600);
      audio.onTurnEnded();
      // The agent thinks and speaks.
      lasts(SILENT, 3_000 + 200 * turn);
    }
    expect(pieces.length).toBeLessThanOrEqual(ms / 80);
  });

  it('missing frames of the caller are replaced with silence, and counted', () => {
    const { audio, heard } = listening();
    audio.push(0, base64(160, 1));
    audio.push(60, base64(160, 2));
    for (let atMs = 80; atMs < 400; atMs += 20) audio.push(atMs, base64(160, 3));
    expect(heard().subarray(0, 800)).toEqual(
      Buffer.concat([
        Buffer.alloc(160, 1),
        Buffer.alloc(320, 0xff),
        Buffer.alloc(160, 2),
        Buffer.alloc(160, 3),
      ]),
    );
    expect(audio.gaps).toEqual({ count: 1, ms: 40 });
    expect(audio.receivedMs).toBe(400);
  });

  it("a jump of Twilio's timestamps by an hour adds at most 5.1 s of audio for the recogniser", () => {
    const { audio, heard } = listening();
    audio.push(0, base64(160, 1));
    audio.push(3_600_000, base64(160, 2));
    expect(heard().length).toBeLessThanOrEqual(5_100 * 8);
    expect(audio.gaps).toEqual({ count: 1, ms: 3_599_980 });
  });

  it.each(['***', 'AAA', '////AAA!', Buffer.alloc(20_000).toString('base64')])(
    'a media frame whose payload is too long or not base64 is refused (case %#)',
    (payload) => {
      expect(listening().audio.push(0, payload)).toBe(false);
    },
  );
});
