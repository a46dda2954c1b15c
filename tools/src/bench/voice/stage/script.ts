export type Speaker = 'caller' | 'agent';

/** The position of a word in the bench. Each word encodes its position, so that both sides can check it. */
export interface ScriptPosition {
  side: Speaker;
  call: number;
  turn: number;
  word: number;
}

const CONSONANTS = 'bdfgklmnprstvz';
const VOWELS = 'aeiou';
const SYLLABLES = Array.from(CONSONANTS).flatMap((c) => Array.from(VOWELS, (v) => c + v));
const NUMBERS = new Map(SYLLABLES.map((syllable, number) => [syllable, number]));
const INITIAL: Record<Speaker, string> = { caller: 'qu', agent: 'y' };
const WORD = /^(qu|y)([a-z]{2})([a-z]{2})([a-z]{2})([a-z]{2})[.?]?$/;

const WORDS_OF_CALLER = 3;
const SENTENCES_OF_AGENT = [4, 4] as const;

/** Returns a word of letters only, so that speech normalisation does not change it. Turns repeat after 70. */
export function wordAt({ side, call, turn, word }: ScriptPosition): string {
  const size = SYLLABLES.length;
  const parts = [Math.floor(call / size) % size, call % size, turn % size, word];
  return INITIAL[side] + parts.map((part) => SYLLABLES[part]).join('');
}

export function positionOf(text: string): ScriptPosition | undefined {
  const [, initial, ...syllables] = WORD.exec(text) ?? [];
  if (initial === undefined) return undefined;
  const numbers = syllables.map((syllable) => NUMBERS.get(syllable));
  if (numbers.includes(undefined)) return undefined;
  const [high, low, turn, word] = numbers as [number, number, number, number];
  return { side: initial === 'y' ? 'agent' : 'caller', call: high * SYLLABLES.length + low, turn, word };
}

/** Returns the words of the caller in a turn. */
export function callerWords(call: number, turn: number): string[] {
  return Array.from({ length: WORDS_OF_CALLER }, (_, word) => wordAt({ side: 'caller', call, turn, word }));
}

/** Returns the sentences of the agent in a turn. */
export function agentSentences(call: number, turn: number): string[][] {
  let word = 0;
  return SENTENCES_OF_AGENT.map((length) =>
    Array.from({ length }, (_, i) => {
      const text = wordAt({ side: 'agent', call, turn, word });
      word += 1;
      return i === length - 1 ? `${text}.` : text;
    }),
  );
}

/** Returns the position of the first word of the bench in a text. */
export function firstPositionIn(text: string): ScriptPosition | undefined {
  for (const word of text.split(' ')) {
    const position = positionOf(word);
    if (position) return position;
  }
  return undefined;
}
