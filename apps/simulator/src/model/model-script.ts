import { z } from 'zod';
import { limits } from '../limits.js';

/** A tool call in a scripted answer. A string in `arguments` is sent unchanged, even if it is not JSON. */
const ScriptedToolCall = z.strictObject({
  name: z.string().min(1),
  arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
});

interface Script {
  mode: 'echo' | 'fixed' | 'delay' | 'error' | 'empty' | 'hang' | 'die-midstream' | 'huge';
  text?: string | undefined;
  toolCalls?: z.output<typeof ScriptedToolCall>[] | undefined;
  delayMs: number;
  status: number;
  asked?: string | undefined;
  times?: number | undefined;
  next?: Script | undefined;
}

/**
 * Scripts the answers to all requests, or to requests whose newest message contains `asked`. After `times` requests, `next`
 * applies, or else the behaviour without this script.
 */
export const ModelScript: z.ZodType<Script> = z
  .strictObject({
    mode: z.enum(['echo', 'fixed', 'delay', 'error', 'empty', 'hang', 'die-midstream', 'huge']),
    /** The reply instead of the echo. Mode `fixed` requires `text` or `toolCalls`. */
    text: z.string().optional(),
    /** Tool calls after the text. Only with mode `fixed`. */
    toolCalls: z.array(ScriptedToolCall).min(1).max(limits.toolCalls).optional(),
    /** Delay before the first word, in any mode. */
    delayMs: z.int().min(0).max(limits.waitMs).default(0),
    /** HTTP status in mode `error`. */
    status: z.int().min(400).max(599).default(500),
    /** Matches requests whose newest user message contains this, ignoring case. */
    asked: z.string().min(1).optional(),
    times: z.int().min(1).optional(),
    get next() {
      return ModelScript.optional();
    },
  })
  .refine((script) => script.mode !== 'fixed' || (script.text ?? script.toolCalls) !== undefined, {
    path: ['text'],
    message: 'mode "fixed" requires "text" or "toolCalls"',
  })
  .refine((script) => script.mode === 'fixed' || script.toolCalls === undefined, {
    path: ['toolCalls'],
    message: '"toolCalls" requires mode "fixed"',
  })
  .refine((script) => script.next === undefined || script.times !== undefined, {
    path: ['next'],
    message: '"next" requires "times"',
  })
  .refine((script) => script.mode !== 'delay' || script.delayMs > 0, {
    path: ['delayMs'],
    message: 'mode "delay" requires "delayMs"',
  });
export type ModelScript = Script;

const ECHO: ModelScript = { mode: 'echo', delayMs: 0, status: 500 };

/** The scripted behaviour of the model. */
export class ModelBehaviour {
  private script: ModelScript = ECHO;
  /** Scripts with `asked`, newest first. */
  private answers: readonly ModelScript[] = [];

  get current(): ModelScript {
    return this.script;
  }

  /** Adds a script with `asked` to the others; any other script replaces all of them. */
  set(script: ModelScript): void {
    if (script.asked !== undefined) {
      this.answers = [{ ...script }, ...this.answers].slice(0, limits.scriptedAnswers);
      return;
    }
    this.answers = [];
    this.script = { ...script };
  }

  /** Returns the script for one request. `question` is its newest user message. */
  take(question: string): ModelScript {
    const asked = question.toLowerCase();
    const answer = this.answers.find((script) => asked.includes(script.asked!.toLowerCase()));
    if (!answer) {
      const script = { ...this.script };
      if (isUsedUp(this.script)) this.script = { ...(this.script.next ?? ECHO) };
      return script;
    }
    const script = { ...answer };
    if (isUsedUp(answer)) {
      const { next } = answer;
      this.answers = this.answers.flatMap((other) => {
        if (other !== answer) return other;
        return next ? { ...next, asked: answer.asked } : [];
      });
    }
    return script;
  }

  clear(): void {
    this.answers = [];
    this.script = ECHO;
  }
}

/** Counts one request; returns true when it was the last of `times`. */
function isUsedUp(script: ModelScript): boolean {
  if (script.times !== undefined) script.times -= 1;
  return script.times === 0;
}
