/** Who says a word: the caller or the agent. */
export type Side = 'caller' | 'agent';

/** A word of the bench names its place, so that whoever hears it knows what it should have been. */
export interface Place {
  side: Side;
  call: number;
  turn: number;
  word: number;
}

const CONSONANTS = 'bdfgklmnprstvz';
const VOWELS = 'aeiou';
const SYLLABLES = Array.from(CONSONANTS).flatMap((c) => Array.from(VOWELS, (v) => c + v));
const NUMBERS = new Map(SYLLABLES.map((syllable, number) => [syllable, number]));
const INITIAL: Record<Side, string> = { caller: 'qu', agent: 'y' };
const WORD = /^(qu|y)([a-z]{2})([a-z]{2})([a-z]{2})([a-z]{2})[.?]?$/;

const WORDS_OF_CALLER = 3;
const SENTENCES_OF_AGENT = [4, 4] as const;

/** Letters alone: speech normalisation must find nothing to say differently. Turns repeat after 70. */
export function wordAt({ side, call, turn, word }: Place): string {
  const size = SYLLABLES.length;
  const parts = [Math.floor(call / size) % size, call % size, turn % size, word];
  return INITIAL[side] + parts.map((part) => SYLLABLES[part]).join('');
}

export function placeOf(text: string): Place | undefined {
  const [, initial, ...syllables] = WORD.exec(text) ?? [];
  if (initial === undefined) return undefined;
  const numbers = syllables.map((syllable) => NUMBERS.get(syllable));
  if (numbers.includes(undefined)) return undefined;
  const [high, low, turn, word] = numbers as [number, number, number, number];
  return { side: initial === 'y' ? 'agent' : 'caller', call: high * SYLLABLES.length + low, turn, word };
}

/** What the caller says in a turn. */
export function sayingOf(call: number, turn: number): string[] {
  return Array.from({ length: WORDS_OF_CALLER }, (_, word) => wordAt({ side: 'caller', call, turn, word }));
}

/** What the agent answers: sentences of words. */
export function answerOf(call: number, turn: number): string[][] {
  let word = 0;
  return SENTENCES_OF_AGENT.map((length) =>
    Array.from({ length }, (_, i) => {
      const text = wordAt({ side: 'agent', call, turn, word });
      word += 1;
      return i === length - 1 ? `${text}.` : text;
    }),
  );
}

/** The call and turn that a text belongs to, by its first word of ours. */
export function placeIn(text: string): Place | undefined {
  for (const word of text.split(' ')) {
    const place = placeOf(word);
    if (place) return place;
  }
  return undefined;
}
