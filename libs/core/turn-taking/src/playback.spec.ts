import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_PLAYBACK_POLICY as policy } from './playback-policy.js';
import {
  onMarkReturned,
  heardMs,
  isHeardToEnd,
  newPlayback,
  nextMessages,
  receiveAudio,
  resumePlayback,
  suspendPlayback,
  type Playback,
  type PlaybackMessage,
} from './playback.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const bytes = (ms: number): number => ms * 8;
const lengthMs = ({ fromByte, toByte }: PlaybackMessage): number => (toByte - fromByte) / 8;
const withAudio = (ms: number, isComplete = false): Playback =>
  receiveAudio(newPlayback(1, 1), bytes(ms), isComplete);

describe('[V-05] audio is sent ahead', () => {
  it('[V-05] the first message of a turn is sent at once, however little audio has arrived', () => {
    const { messages, nextAtMs } = nextMessages(withAudio(47), 0, policy);
    expect(messages).toEqual([{ fromByte: 0, toByte: bytes(40), padBytes: 0, mark: 'g1:m1' }]);
    expect(nextAtMs).toBeUndefined();
  });

  it('[V-05] much audio is sent 500 ms ahead in messages of 100 to 200 ms, and then nothing until the lead is under 300 ms', () => {
    const first = nextMessages(withAudio(3_000), 1_000, policy);
    expect(first.messages.map(lengthMs)).toEqual([200, 200, 200]);
    expect(first.nextAtMs).toBe(1_301);
    expect(nextMessages(first.playback, 1_300, policy).messages).toEqual([]);
    const refill = nextMessages(first.playback, 1_301, policy);
    expect(refill.messages.map(lengthMs)).toEqual([200, 200]);
    expect(refill.messages[0]).toMatchObject({ fromByte: bytes(600), mark: 'g1:m4' });
  });

  it('[V-05] audio too short for a message waits for more while earlier audio plays, and is sent before there is a gap', () => {
    const { playback } = nextMessages(withAudio(200), 0, policy);
    const more = receiveAudio(playback, bytes(260), false);
    expect(nextMessages(more, 0, policy)).toMatchObject({ messages: [], nextAtMs: 101 });
    expect(nextMessages(more, 101, policy).messages.map(lengthMs)).toEqual([60]);
  });

  it('[V-05] only the last message of a turn is padded, and the last two are of similar length', () => {
    const { messages } = nextMessages(withAudio(231, true), 0, policy);
    expect(messages.map(lengthMs)).toEqual([100, 131]);
    expect(messages.map(({ padBytes }) => padBytes)).toEqual([0, bytes(9)]);
  });

  it('[V-05] playback sends nothing while it is suspended', () => {
    const { playback } = suspendPlayback(withAudio(500), 0);
    expect(nextMessages(playback, 10, policy)).toEqual({ playback, messages: [] });
  });
});

/** Sends all messages that are due at this moment. */
const send = (playback: Playback, nowMs: number): Playback => nextMessages(playback, nowMs, policy).playback;

function echo(playback: Playback, name: string, nowMs: number): Playback {
  const heard = onMarkReturned(playback, name, nowMs);
  if (heard.kind === 'ignore') throw new Error(`ignored: ${heard.reason}`);
  return heard.playback;
}

describe('[V-02] the heard position', () => {
  it('[V-02] the heard position follows the clock from the last mark, and never exceeds the audio that was sent', () => {
    const playing = echo(send(withAudio(3_000), 0), 'g1:m1', 260);
    expect(heardMs(playing, 260)).toBe(200);
    expect(heardMs(playing, 350)).toBe(290);
    expect(heardMs(playing, 5_000)).toBe(600);
  });

  it('[V-02] before the first mark, the heard position counts from the moment at which audio was sent', () => {
    expect(heardMs(withAudio(400), 90)).toBe(0);
    expect(heardMs(send(withAudio(400), 50), 140)).toBe(90);
  });

  it('[V-02] the heard position does not count the silence of an underrun', () => {
    const dry = echo(send(withAudio(100), 0), 'g1:m1', 130);
    const again = send(receiveAudio(dry, bytes(300), false), 1_000);
    expect(heardMs(again, 1_050)).toBe(150);
  });

  it('[V-02] a mark reports the audio since the last mark that returned', () => {
    const playing = echo(send(withAudio(3_000), 0), 'g1:m1', 210);
    expect(onMarkReturned(playing, 'g1:m3', 640)).toMatchObject({ kind: 'heard', fromMs: 200, toMs: 600 });
  });

  it('[V-02] the heard position stands still after a clear, whatever marks return after it', () => {
    const { playback, mustClear } = suspendPlayback(send(withAudio(3_000), 0), 330);
    expect(mustClear).toBe(true);
    expect(onMarkReturned(playback, 'g1:m3', 340)).toEqual({ kind: 'ignore', reason: 'cleared' });
    expect(heardMs(playback, 9_000)).toBe(330);
    const resumed = send(resumePlayback(playback, 250), 1_000);
    expect(onMarkReturned(resumed, 'g1:m2', 1_100)).toEqual({ kind: 'ignore', reason: 'other-generation' });
    expect(heardMs(resumed, 1_100)).toBe(350);
  });

  it.each([
    ['hold', 'not-a-mark'],
    ['g2:m1', 'other-generation'],
    ['g1:m9', 'unknown-mark'],
  ])('[V-02] the mark %j is ignored with the reason %s', (name, reason) => {
    expect(onMarkReturned(send(withAudio(400), 0), name, 10)).toEqual({ kind: 'ignore', reason });
  });

  it('[V-02] a late or repeated mark does not move the heard position back', () => {
    const playing = echo(send(withAudio(3_000), 0), 'g1:m2', 420);
    expect(onMarkReturned(playing, 'g1:m1', 430)).toEqual({ kind: 'ignore', reason: 'unknown-mark' });
  });

  it('[V-02] all audio counts as heard once the last mark has returned or is overdue', () => {
    const all = send(withAudio(150, true), 0);
    expect(isHeardToEnd(all, 10, policy)).toBe(false);
    expect(isHeardToEnd(echo(all, 'g1:m1', 170), 170, policy)).toBe(true);
    expect(isHeardToEnd(all, 159 + policy.lastMarkGraceMs, policy)).toBe(false);
    expect(isHeardToEnd(all, 160 + policy.lastMarkGraceMs, policy)).toBe(true);
    expect(isHeardToEnd(send(withAudio(150), 0), 9_999, policy)).toBe(false);
    expect(isHeardToEnd(send(withAudio(3_000, true), 0), 9_999, policy)).toBe(false);
  });

  it('[V-02] a clear is not sent if no audio is queued', () => {
    expect(suspendPlayback(withAudio(0), 0).mustClear).toBe(false);
    const heard = echo(send(withAudio(100), 0), 'g1:m1', 120);
    expect(suspendPlayback(heard, 130).mustClear).toBe(false);
  });
});

/**
 * The caller's side: plays the received audio in order and without a gap, and returns each mark when the audio before
 * it was played. A message arrives after `delayMs`, and later while the network stalls.
 */
class Phone {
  private readonly queue: { atMs: number; message: PlaybackMessage }[] = [];
  playedBytes = 0;
  gapMs = 0;
  private readonly echoes: { atMs: number; mark: string }[] = [];
  constructor(private readonly delayMs: number) {}

  receive(message: PlaybackMessage, nowMs: number, stallMs: number): void {
    this.queue.push({ atMs: nowMs + this.delayMs + stallMs, message });
  }

  /** Plays one millisecond of audio. */
  listen(nowMs: number, isOver: boolean): string[] {
    const head = this.queue[0];
    if (head !== undefined && head.atMs <= nowMs) {
      this.playedBytes += 8;
      if (this.playedBytes >= head.message.toByte + head.message.padBytes) {
        this.echoes.push({ atMs: nowMs + this.delayMs, mark: head.message.mark });
        this.queue.shift();
      }
    } else if (this.playedBytes > 0 && !isOver) this.gapMs += 1;
    const due = this.echoes.filter(({ atMs }) => atMs <= nowMs).map(({ mark }) => mark);
    this.echoes.splice(0, due.length);
    return due;
  }
}

it('[V-05] a stall of the event loop by 250 ms or of the network by 200 ms causes no gap in the playback', () => {
  const stall = fc.record({ atMs: fc.integer({ min: 0, max: 4_000 }), isLoop: fc.boolean() });
  fc.assert(
    fc.property(
      stall,
      fc.integer({ min: 5, max: 80 }),
      fc.integer({ min: 700, max: 5_000 }),
      (stalled, delay, ms) => {
        const phone = new Phone(delay);
        let playback = withAudio(ms, true);
        let nextAtMs: number | undefined = 0;
        for (let nowMs = 0; nowMs < ms + delay; nowMs++) {
          const isStalled = nowMs >= stalled.atMs && nowMs < stalled.atMs + (stalled.isLoop ? 250 : 200);
          for (const mark of phone.listen(nowMs, phone.playedBytes >= bytes(ms)))
            playback = echo(playback, mark, nowMs);
          // The very first message cannot have been sent before the stall.
          if ((isStalled && stalled.isLoop && nowMs > 0) || nextAtMs === undefined || nowMs < nextAtMs)
            continue;
          const step = nextMessages(playback, nowMs, policy);
          for (const message of step.messages) {
            const leftMs = isStalled ? stalled.atMs + 200 - nowMs : 0;
            phone.receive(message, nowMs, playback.messages === 0 ? 0 : leftMs);
          }
          ({ playback, nextAtMs } = step);
        }
        expect(phone.gapMs).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

it('[V-02] wherever a turn is cut, the heard position is off by at most 150 ms', () => {
  const around = { delay: fc.integer({ min: 5, max: 70 }), cutAtMs: fc.integer({ min: 0, max: 3_900 }) };
  fc.assert(
    fc.property(fc.record(around), ({ delay, cutAtMs }) => {
      const phone = new Phone(delay);
      let playback = withAudio(4_000, true);
      let nextAtMs: number | undefined = 0;
      // The caller hears audio until the clear has arrived.
      for (let nowMs = 0; nowMs <= cutAtMs + delay; nowMs++) {
        for (const mark of phone.listen(nowMs, true))
          if (nowMs <= cutAtMs) playback = echo(playback, mark, nowMs);
        if (nowMs > cutAtMs || nextAtMs === undefined || nowMs < nextAtMs) continue;
        const step = nextMessages(playback, nowMs, policy);
        for (const message of step.messages) phone.receive(message, nowMs, 0);
        ({ playback, nextAtMs } = step);
      }
      expect(Math.abs(heardMs(playback, cutAtMs) - phone.playedBytes / 8)).toBeLessThanOrEqual(150);
    }),
  );
});

it('[V-05] every byte is sent once and in order, in whole frames, with a bounded lead', () => {
  const event = fc.record({
    gapMs: fc.integer({ min: 0, max: 700 }),
    bytes: fc.integer({ min: 0, max: 6_000 }),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 30 }), (events) => {
      let playback = newPlayback(1, 1);
      let [nowMs, received, sentTo] = [0, 0, 0];
      const lengths: number[] = [];
      const pump = (): void => {
        for (
          let step = nextMessages(playback, nowMs, policy);
          ;
          step = nextMessages(playback, nowMs, policy)
        ) {
          for (const { fromByte, toByte, padBytes } of step.messages) {
            expect(fromByte).toBe(sentTo);
            expect((toByte - fromByte + padBytes) % 160).toBe(0);
            expect(padBytes === 0 || (playback.isAudioComplete && toByte === received)).toBe(true);
            sentTo = toByte;
            lengths.push((toByte - fromByte) / 8);
          }
          playback = step.playback;
          expect(playback.playsUntilMs - nowMs).toBeLessThanOrEqual(policy.aheadMs + policy.maxMessageMs);
          if (step.nextAtMs === undefined || step.nextAtMs > nowMs) return;
        }
      };
      const finish = (): void => {
        for (let i = 0; i < 1_000; i++) {
          nowMs = nextMessages(playback, nowMs, policy).nextAtMs ?? nowMs;
          pump();
        }
      };
      for (const one of events) {
        nowMs += one.gapMs;
        received += one.bytes;
        playback = receiveAudio(playback, received, false);
        pump();
      }
      playback = receiveAudio(playback, received, true);
      pump();
      finish();
      expect(sentTo).toBe(received);
      expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(policy.maxMessageMs);
    }),
  );
});
