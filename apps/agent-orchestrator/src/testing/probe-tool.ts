import type { RequestId } from '@parley/kernel';
import { z } from 'zod';
import { Tool, type ToolOutcome, type ToolScene } from '../replies/tool.js';

const Input = z.strictObject({ note: z.string().max(40) });

/** A tool that runs a spec's function and records its uses. */
export class ProbeTool extends Tool<z.output<typeof Input>> {
  override readonly name: string = 'probe';
  override readonly description = 'Probes.';
  override readonly input = Input;
  readonly used: { note: string; effectId: RequestId; scene: ToolScene }[] = [];

  constructor(private readonly act: (note: string) => Promise<ToolOutcome> = probeResult) {
    super();
  }

  override async run({ note }: z.output<typeof Input>, scene: ToolScene, effectId: RequestId) {
    this.used.push({ note, effectId, scene });
    return this.act(note);
  }
}

export async function probeResult(note: string): Promise<ToolOutcome> {
  return { result: `probed ${note}` };
}

/** A model's answer: these words, then a call of the probe tool. */
export function probeCall(note: string, text = '') {
  return { text, calls: [{ tool: 'probe', input: { note } }] };
}
