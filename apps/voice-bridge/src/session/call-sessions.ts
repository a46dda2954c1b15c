import { Inject, Injectable, Logger } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';
import { LoopingService, WakeableLoop } from '@parley/resilience';
import type { VoiceAgent } from '../agents/voice-agent.js';
import type { Call } from '../calls/call.js';
import { CallStore, type LostStream } from '../calls/call-store.js';
import { ThisProcess } from '../calls/this-process.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { AgentLine } from './agent-line.js';
import { CallKeeping } from './call-keeping.js';
import { CallSession } from './call-session.js';
import { Metronome } from './metronome.js';
import type { PhoneLine } from './phone-line.js';
import { SpeechToText } from '../speech-to-text/speech-to-text.js';
import { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** Told by a socket that takes a call, so that an older one is silent at once; `<callId> <streamNo>`. */
const STREAM_CLAIMED = 'live.voice-bridge.stream-claimed.v1.all';

/** The calls of this process. */
@Injectable()
export class CallSessions extends LoopingService {
  readonly #logger = new Logger(CallSessions.name);
  readonly #sessions = new Set<CallSession>();
  /** Those whose media socket took its call after the signal to stop. */
  readonly #late = new Set<CallSession>();
  protected override readonly loop: WakeableLoop;
  #stops: Array<() => void> = [];
  #isClosing = false;

  constructor(
    private readonly calls: CallStore,
    private readonly keeping: CallKeeping,
    private readonly recogniser: SpeechToText,
    private readonly voice: TextToSpeech,
    private readonly agentLine: AgentLine,
    private readonly metronome: Metronome,
    private readonly link: NatsLink,
    private readonly process: ThisProcess,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
  ) {
    super();
    this.loop = new WakeableLoop({
      name: CallSessions.name,
      step: async () => {
        await this.#renew();
        return this.#sessions.size > 0 ? times.streamRenewMs : times.streamRenewIdleMs;
      },
    });
  }

  override onApplicationBootstrap(): void {
    super.onApplicationBootstrap();
    this.#stops = [
      this.link.onPing(STREAM_CLAIMED, (text) => {
        const [callId, streamNo] = text.split(' ', 2);
        this.#fenceOlder(callId ?? '', Number(streamNo));
      }),
    ];
  }

  /** Nest closes all sockets right after this: turns and calls under way are recorded as ended first. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    for (const stop of this.#stops) stop();
    const noRoom = this.#renew().catch((error: unknown) =>
      this.#logger.warn({ err: error }, 'the other processes were not told that there is no room here'),
    );
    for (const session of this.#sessions) session.stop();
    await super.beforeApplicationShutdown();
    await Promise.all([noRoom, this.keeping.settled()]);
  }

  get isFull(): boolean {
    return this.#sessions.size >= this.process.maxSockets;
  }

  /** Its calls were told to end, and no other is carried. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether calls are under way that were only on their way when the signal to stop came. */
  get hasLateCalls(): boolean {
    return this.#late.size > 0;
  }

  /** The signal to stop came: the other processes hear that there is no room here. */
  drain(): void {
    for (const session of this.#sessions) if (!session.hasClaimed) this.#late.add(session);
    this.loop.wake();
  }

  /** A socket of this call was opened: recogniser and voice are called up while Twilio gets ready. */
  open({ call, agent }: { call: Call; agent: VoiceAgent }, line: PhoneLine): CallSession {
    const session: CallSession = new CallSession({
      call,
      agent,
      line,
      recogniser: this.recogniser,
      voice: this.voice,
      agentLine: this.agentLine,
      keeping: this.keeping,
      onClaimed: () => this.#claimed(session),
      onClosed: () => this.#close(session, stopBeat),
    });
    const stopBeat = this.metronome.onBeat((nowMs) => session.beat(nowMs));
    if (this.#sessions.size === 0) this.loop.wake();
    this.#sessions.add(session);
    if (this.process.isDraining) this.#late.add(session);
    return session;
  }

  #close(session: CallSession, stopBeat: () => void): void {
    stopBeat();
    this.#sessions.delete(session);
    this.#late.delete(session);
  }

  #claimed({ stream: { callId }, streamNo }: CallSession): void {
    this.#fenceOlder(callId, streamNo);
    this.link.ping(STREAM_CLAIMED, `${callId} ${streamNo}`);
  }

  /** Claims are counted by the call's row: word of an older one may come after a newer one's. */
  #fenceOlder(callId: string, streamNo: number): void {
    for (const session of this.#sessions) {
      if (session.stream.callId === callId && session.hasClaimed && session.streamNo < streamNo)
        session.fence();
    }
  }

  async #renew(): Promise<void> {
    const streams = Array.from(this.#sessions)
      .filter(({ hasClaimed }) => hasClaimed)
      .map(({ live }) => live);
    for (const lost of await this.calls.renew(this.process, streams)) this.#lose(lost);
  }

  #lose({ streamToken, callId, why }: LostStream): void {
    const session = [...this.#sessions].find(({ stream }) => stream.streamToken === streamToken);
    if (!session) return;
    if (why === 'succeeded') return session.fence();
    this.#logger.warn({ callId, why }, 'a media socket carries nothing any more');
    session.leave();
  }
}
