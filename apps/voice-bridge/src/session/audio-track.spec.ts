import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AudioTrack } from './audio-track.js';

it('an audio track returns any slice of its audio, padded with silence', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 0, maxLength: 50 }), { maxLength: 10 });
  fc.assert(
    fc.property(pieces, fc.nat(500), fc.nat(500), fc.nat(160), (audio, one, other, padBytes) => {
      const all = Buffer.concat(audio);
      const [from, to] = [Math.min(one, other, all.length), Math.min(Math.max(one, other), all.length)];
      const track = new AudioTrack();
      for (const piece of audio) track.append(Buffer.from(piece));
      track.forgetBefore(from);
      const expected = Buffer.concat([all.subarray(from, to), Buffer.alloc(padBytes, 0xff)]);
      expect(track.slice(from, to, padBytes).equals(expected)).toBe(true);
      expect(track.length).toBe(all.length);
      expect(track.start).toBeLessThanOrEqual(from);
      expect(track.slice(track.start, to, 0).equals(all.subarray(track.start, to))).toBe(true);
    }),
  );
});
