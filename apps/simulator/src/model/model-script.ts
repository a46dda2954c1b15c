import { z } from 'zod';
import { limits } from '../limits.js';

/** A call of a tool, as the model is to ask for it; `arguments` as text goes out as it is, JSON or not. */
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
 * How the model behaves: always, or whenever it is `asked` that. With `times`, for so many requests; then as in `next`, or
 * as if this script had not been set.
 */
export const ModelScript: z.ZodType<Script> = z
  .strictObject({
    mode: z.enum(['echo', 'fixed', 'delay', 'error', 'empty', 'hang', 'die-midstream', 'huge']),
    /** What it says, in place of the echo: required with `fixed`. */
    text: z.string().optional(),
    /** With `fixed`: the tools it asks for after the text, which may then be absent. */
    toolCalls: z.array(ScriptedToolCall).min(1).max(limits.toolCalls).optional(),
    /** Wait before the first word, in any mode. */
    delayMs: z.int().min(0).max(limits.waitMs).default(0),
    /** HTTP status of `error`. */
    status: z.int().min(400).max(599).default(500),
    /** Words of the newest message of the person, in any case. */
    asked: z.string().min(1).optional(),
    times: z.int().min(1).optional(),
    get next() {
      return ModelScript.optional();
    },
  })
  .refine((script) => script.mode !== 'fixed' || (script.text ?? script.toolCalls) !== undefined, {
    path: ['text'],
    message: 'mode fixed needs text or toolCalls',
  })
  .refine((script) => script.mode === 'fixed' || script.toolCalls === undefined, {
    path: ['toolCalls'],
    message: 'toolCalls are for mode fixed',
  })
  .refine((script) => script.next === undefined || script.times !== undefined, {
    path: ['next'],
    message: 'next needs times',
  })
  .refine((script) => script.mode !== 'delay' || script.delayMs > 0, {
    path: ['delayMs'],
    message: 'mode delay needs delayMs',
  });
export type ModelScript = Script;

const ECHO: ModelScript = { mode: 'echo', delayMs: 0, status: 500 };

export class ModelBehaviour {
  private script: ModelScript = ECHO;
  /** To what is asked; the newest first. */
  private answers: readonly ModelScript[] = [];

  get current(): ModelScript {
    return this.script;
  }

  /** A script for what is asked stands beside the others; any other script replaces them all. */
  set(script: ModelScript): void {
    if (script.asked !== undefined) {
      this.answers = [{ ...script }, ...this.answers].slice(0, limits.scriptedAnswers);
      return;
    }
    this.answers = [];
    this.script = { ...script };
  }

  /** The behaviour for one request, by the newest message of the person. */
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

/** Counts one request. */
function isUsedUp(script: ModelScript): boolean {
  if (script.times !== undefined) script.times -= 1;
  return script.times === 0;
}
