import { describe, expect, it } from 'vitest';
import { ProbeTool } from '../testing/probe-tool.js';
import { Toolbox } from './toolbox.js';

class OtherTool extends ProbeTool {
  override readonly name = 'other';
}

describe('[S-10] an agent', () => {
  const toolbox = new Toolbox([new ProbeTool(), new OtherTool()]);

  it('an agent is offered the tools on its list, with JSON schemas without "$schema"', () => {
    expect(toolbox.offered(['probe'])).toEqual([
      {
        name: 'probe',
        description: 'Probes.',
        inputSchema: {
          type: 'object',
          properties: { note: { type: 'string', maxLength: 40 } },
          required: ['note'],
          additionalProperties: false,
        },
      },
    ]);
    expect(toolbox.offered(['other', 'of a later release']).map(({ name }) => name)).toEqual(['other']);
    expect(toolbox.offered([])).toEqual([]);
  });

  it('the toolbox finds only existing tools on the agent’s list', () => {
    expect(toolbox.find('probe', ['probe'])?.name).toBe('probe');
    expect(toolbox.find('other', ['probe'])).toBeUndefined();
    expect(toolbox.find('of a later release', ['of a later release'])).toBeUndefined();
  });
});
