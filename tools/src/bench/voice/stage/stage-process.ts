import { type ChildProcess, fork } from 'node:child_process';
import { builtProgram } from '@parley/local-stack';
import type { FromStage, StageOrder, StageResult, ToStage } from './orders.js';

const SCRIPT = builtProgram('tools/bench/voice/stage/stage');

/** The stage, in a process of its own. */
export class Stage {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    /** Where Deepgram and ElevenLabs listen. */
    readonly port: number,
  ) {
    this.#child = child;
  }

  static async start(): Promise<Stage> {
    const child = fork(SCRIPT, { serialization: 'advanced', execArgv: [] });
    const { port } = await said(child, 'listens');
    return new Stage(child, port);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @param answersTurns whether the stage stands in for the agent-orchestrator */
  async connect(natsUrl: string, answersTurns: boolean): Promise<void> {
    this.#tell({ kind: 'ready', natsUrl, answersTurns });
    await said(this.#child, 'ready');
  }

  async run(order: StageOrder, on: { opens: () => void; closes: () => void }): Promise<StageResult> {
    this.#tell({ kind: 'run', order });
    const opened = said(this.#child, 'window-opens').then(on.opens);
    const closed = said(this.#child, 'window-closes').then(on.closes);
    const [{ result }] = await Promise.all([said(this.#child, 'done'), opened, closed]);
    return result;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #tell(message: ToStage): void {
    this.#child.send(message);
  }
}

type Said<K extends FromStage['kind']> = Extract<FromStage, { kind: K }>;

/** The next message of this kind. */
function said<K extends FromStage['kind']>(child: ChildProcess, kind: K): Promise<Said<K>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => settle(() => reject(new Error('The stage ended.')));
    const take = (message: FromStage): void => {
      if (message.kind === 'failed') settle(() => reject(new Error(`On the stage: ${message.reason}`)));
      else if (message.kind === kind) settle(() => resolve(message as Said<K>));
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
