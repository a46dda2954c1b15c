import { z } from 'zod';
import { limits } from '../limits.js';

/** How the model behaves, for all requests or for the next `times`; then it echoes again. */
export const ModelScript = z
  .strictObject({
    mode: z.enum(['echo', 'fixed', 'delay', 'error', 'empty', 'hang', 'die-midstream', 'huge']),
    /** What it says, in place of the echo: required with `fixed`. */
    text: z.string().optional(),
    /** Wait before the first word, in any mode. */
    delayMs: z.int().min(0).max(limits.waitMs).default(0),
    /** HTTP status of `error`. */
    status: z.int().min(400).max(599).default(500),
    times: z.int().min(1).optional(),
  })
  .refine((script) => script.mode !== 'fixed' || script.text !== undefined, {
    path: ['text'],
    message: 'mode fixed needs text',
  })
  .refine((script) => script.mode !== 'delay' || script.delayMs > 0, {
    path: ['delayMs'],
    message: 'mode delay needs delayMs',
  });
export type ModelScript = z.output<typeof ModelScript>;

const ECHO: ModelScript = { mode: 'echo', delayMs: 0, status: 500 };

export class ModelBehaviour {
  private script: ModelScript = ECHO;

  get current(): ModelScript {
    return this.script;
  }

  set(script: ModelScript): void {
    this.script = { ...script };
  }

  /** The behaviour for one request. */
  take(): ModelScript {
    const script = { ...this.script };
    if (this.script.times !== undefined) {
      this.script.times -= 1;
      if (this.script.times === 0) this.script = ECHO;
    }
    return script;
  }

  clear(): void {
    this.script = ECHO;
  }
}
