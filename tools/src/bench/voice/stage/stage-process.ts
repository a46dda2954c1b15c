import { type ChildProcess, fork } from 'node:child_process';
import { builtProgram } from '@parley/local-stack';
import type { FromStage, StageLoad, StageResult, ToStage } from './stage-messages.js';

const SCRIPT = builtProgram('tools/bench/voice/stage/stage');

/** The stage in a separate process: simulates callers, recogniser, voice and agent. */
export class Stage {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    /** Port of the simulated Deepgram, ElevenLabs and model. */
    readonly port: number,
  ) {
    this.#child = child;
  }

  static async start(): Promise<Stage> {
    const child = fork(SCRIPT, { serialization: 'advanced', execArgv: [] });
    const { port } = await nextMessage(child, 'listens');
    return new Stage(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Connects the stage to NATS. `answersTurns` makes it answer in place of the agent-orchestrator. */
  async connect(natsUrl: string, answersTurns: boolean): Promise<void> {
    this.#send({ kind: 'ready', natsUrl, answersTurns });
    await nextMessage(this.#child, 'ready');
  }

  async run(load: StageLoad, on: { opens: () => void; closes: () => void }): Promise<StageResult> {
    this.#send({ kind: 'run', load });
    const opened = nextMessage(this.#child, 'window-opens').then(on.opens);
    const closed = nextMessage(this.#child, 'window-closes').then(on.closes);
    const [{ result }] = await Promise.all([nextMessage(this.#child, 'done'), opened, closed]);
    return result;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #send(message: ToStage): void {
    this.#child.send(message);
  }
}

type MessageOf<K extends FromStage['kind']> = Extract<FromStage, { kind: K }>;

/** Resolves to the next message of this kind. Rejects when the stage fails or exits. */
function nextMessage<K extends FromStage['kind']>(child: ChildProcess, kind: K): Promise<MessageOf<K>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => settle(() => reject(new Error('The stage process exited.')));
    const take = (message: FromStage): void => {
      if (message.kind === 'failed')
        settle(() => reject(new Error(`The stage process failed: ${message.reason}`)));
      else if (message.kind === kind) settle(() => resolve(message as MessageOf<K>));
    };
    const settle = (act: () => void): void => {
      child.off('exit', ended);
      child.off('message', take);
      act();
    };
    child.on('exit', ended);
    child.on('message', take);
  });
}
