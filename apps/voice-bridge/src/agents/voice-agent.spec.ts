import { NEUTRAL_VOICE } from '@parley/contracts';
import { judgeWords } from '@parley/turn-taking';
import { expect, it } from 'vitest';
import { turnPolicyOf } from './voice-agent.js';

it("[V-03] listeners' words are those of the agent's languages, and its own", () => {
  const voice = { ...NEUTRAL_VOICE, languages: ['de-DE', 'es'], backchannels: ['Passt scho'] };
  const policy = turnPolicyOf({ agentId: undefined, voice });
  const judge = (text: string): string =>
    judgeWords(text, { earshot: 'playing', played: [], hasAsked: false }, policy);
  expect(['Ja, genau.', 'Sí, claro.', 'passt scho!', 'Makes sense.'].map(judge)).toEqual([
    'backchannel',
    'backchannel',
    'backchannel',
    'interrupts',
  ]);
});
