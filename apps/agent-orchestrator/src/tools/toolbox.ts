import type { ToolOffer } from '@parley/dialogue';
import { z } from 'zod';
import type { Tool } from './tool.js';

/** All tools there are. An agent gets those on its list. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(tools: readonly Tool[]) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
  }

  offered(allowed: readonly string[]): ToolOffer[] {
    return allowed.flatMap((name) => {
      const tool = this.#tools.get(name);
      return tool ? [{ name, description: tool.description, inputSchema: z.toJSONSchema(tool.input) }] : [];
    });
  }

  /** Undefined for what does not exist and for what the agent may not use. */
  find(name: string, allowed: readonly string[]): Tool | undefined {
    return allowed.includes(name) ? this.#tools.get(name) : undefined;
  }
}
