import type { ToolOffer } from '@parley/dialogue';
import { z } from 'zod';
import type { Tool } from './tool.js';

/** All tools. An agent may use only the tools on its list. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #offers: ReadonlyMap<string, ToolOffer>;

  constructor(tools: readonly Tool[]) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#offers = new Map(tools.map((tool) => [tool.name, offerOf(tool)]));
  }

  offered(allowed: readonly string[]): ToolOffer[] {
    return allowed.flatMap((name) => this.#offers.get(name) ?? []);
  }

  /** Finds a tool by its name. Returns undefined if it does not exist or the agent may not use it. */
  find(name: string, allowed: readonly string[]): Tool | undefined {
    return allowed.includes(name) ? this.#tools.get(name) : undefined;
  }
}

/** Describes a tool to the model, without `$schema`, which some vendors refuse. */
function offerOf({ name, description, input }: Tool): ToolOffer {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
  return { name, description, inputSchema };
}
