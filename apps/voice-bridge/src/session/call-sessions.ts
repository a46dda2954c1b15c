import { Inject, Injectable, Logger } from '@nestjs/common';
import { NatsLink } from '@parley/messaging';
import { LoopingService, WakeableLoop } from '@parley/resilience';
import type { VoiceAgent } from '../agents/voice-agent.js';
import type { Call } from '../calls/call.js';
import { CallStore, type LostStream } from '../calls/call-store.js';
import { ThisProcess } from '../calls/this-process.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { CallRecorder } from './call-recorder.js';
import type { CallSession } from './call-session.js';
import { CallSessionFactory } from './call-session-factory.js';
import type { MediaOutput } from './media-output.js';

/**
 * The subject on which a media stream that claims a call publishes `<callId> <streamNo>`, so that older streams fall
 * silent at once.
 */
const STREAM_CLAIMED = 'live.voice-bridge.stream-claimed.v1.all';

/** The calls of this process. */
@Injectable()
export class CallSessions extends LoopingService {
  readonly #logger = new Logger(CallSessions.name);
  readonly #sessions = new Set<CallSession>();
  /** The sessions that claimed their call after the signal to stop. */
  readonly #late = new Set<CallSession>();
  protected override readonly loop: WakeableLoop;
  #stops: Array<() => void> = [];
  #isClosing = false;

  constructor(
    private readonly factory: CallSessionFactory,
    private readonly calls: CallStore,
    private readonly recorder: CallRecorder,
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

  /** Records turns and calls in progress as ended, because Nest closes all sockets right after this. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.#isClosing = true;
    for (const stop of this.#stops) stop();
    const reported = this.#renew().catch((error: unknown) =>
      this.#logger.warn(
        { err: error },
        'Could not store that this process takes no more calls; other processes may still admit calls for it',
      ),
    );
    for (const session of this.#sessions) session.stop();
    await super.beforeApplicationShutdown();
    await Promise.all([reported, this.recorder.settled()]);
  }

  get isFull(): boolean {
    return this.#sessions.size >= this.process.maxSockets;
  }

  /** Whether this process ends its calls and takes no more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether this process carries calls that Twilio was still connecting at the signal to stop. */
  get hasLateCalls(): boolean {
    return this.#late.size > 0;
  }

  /** Begins to drain: stores that this process takes no calls, which the other processes read. */
  drain(): void {
    for (const session of this.#sessions) if (!session.hasClaimed) this.#late.add(session);
    this.loop.wake();
  }

  /** Begins a session when its media socket opens: recogniser and voice connect while Twilio gets ready. */
  open({ call, agent }: { call: Call; agent: VoiceAgent }, media: MediaOutput): CallSession {
    const session = this.factory.create(call, agent, media, {
      claimed: (claimed) => this.#claimed(claimed),
      closed: (closed) => this.#closed(closed),
    });
    if (this.#sessions.size === 0) this.loop.wake();
    this.#sessions.add(session);
    if (this.process.isDraining) this.#late.add(session);
    return session;
  }

  #closed(session: CallSession): void {
    this.#sessions.delete(session);
    this.#late.delete(session);
  }

  #claimed({ stream: { callId }, streamNo }: CallSession): void {
    this.#fenceOlder(callId, streamNo);
    this.link.ping(STREAM_CLAIMED, `${callId} ${streamNo}`);
  }

  /**
   * Fences the call's older media streams. Compares their numbers, because messages about claims can arrive in any
   * order.
   */
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
    if (why === 'taken-over') return session.fence();
    this.#logger.warn({ callId, why }, 'Closing a media socket that no longer carries its call');
    session.leave();
  }
}
