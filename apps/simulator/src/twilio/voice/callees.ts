import { z } from 'zod';
import { limits } from '../../limits.js';

/** Scripts the behaviour of a called person or machine. */
export const CalleeScript = z.strictObject({
  /** Without a number the script applies to every number. */
  number: z.string().optional(),
  answer: z.enum(['answers', 'busy', 'no-answer', 'failed']).default('answers'),
  /** Result of Twilio's answering machine detection, if it is enabled. */
  answeredBy: z
    .enum([
      'human',
      'fax',
      'unknown',
      'machine_start',
      'machine_end_beep',
      'machine_end_silence',
      'machine_end_other',
    ])
    .default('human'),
  /** Time from ringing to the answer, or to the failure. */
  afterMs: z.int().min(0).max(limits.waitMs).default(50),
  says: z.string().max(limits.spokenTextChars).optional(),
  hangsUpAfterMs: z.int().min(1).max(limits.waitMs).optional(),
  times: z.int().min(1).optional(),
});
export type CalleeScript = z.output<typeof CalleeScript>;

const ANYBODY = CalleeScript.parse({});

/** The scripted callees. For each call the newest matching script is used. */
export class Callees {
  private scripts: CalleeScript[] = [];

  get active(): readonly CalleeScript[] {
    return this.scripts;
  }

  /** Returns false when the limit of scripts is reached. */
  add(callee: CalleeScript): boolean {
    if (this.scripts.length >= limits.callees) return false;
    this.scripts.unshift({ ...callee });
    return true;
  }

  take(number: string): CalleeScript {
    const script = this.scripts.find((callee) => (callee.number ?? number) === number);
    if (script?.times !== undefined) {
      script.times -= 1;
      if (script.times === 0) this.scripts = this.scripts.filter((other) => other !== script);
    }
    return script ?? ANYBODY;
  }

  clear(): void {
    this.scripts = [];
  }
}
