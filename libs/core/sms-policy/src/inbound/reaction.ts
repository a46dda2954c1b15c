/** A person's reaction to a message, such as a heart. Phones send it by SMS as a text that quotes the message. */
export interface Reaction {
  /** An emoji. */
  readonly emoji: string;
  /** The person removed the reaction. */
  readonly isRemoved: boolean;
  /** The message, or the part of it that was sent; undefined for a picture or a file. */
  readonly quoted: string | undefined;
}

/** iPhones name the six classic reactions: https://support.apple.com/en-us/104974 */
const NAMED: Readonly<Record<string, string>> = {
  liked: '👍',
  loved: '❤️',
  disliked: '👎',
  'laughed at': '😂',
  emphasized: '‼️',
  emphasised: '‼️',
  questioned: '❓',
};
const REMOVED: Readonly<Record<string, string>> = {
  'a like': '👍',
  'a heart': '❤️',
  'a dislike': '👎',
  'a laugh': '😂',
  'an exclamation': '‼️',
  'an exclamation mark': '‼️',
  'a question mark': '❓',
};

const EMOJI = '(?:\\p{RGI_Emoji})';
const ATTACHMENT =
  '(?:an?|your) (?:image|photo|picture|movie|video|audio message|attachment|sticker|link|contact|location)';
const OBJECT = `(?:[“"„«](?<quoted>[^]*)[”"“»]|${ATTACHMENT})`;
const FORMS = [
  new RegExp(`^(?<name>${Object.keys(NAMED).join('|')}) ${OBJECT}$`, 'iv'),
  new RegExp(`^removed (?<name>${Object.keys(REMOVED).join('|')}) from ${OBJECT}$`, 'iv'),
  new RegExp(`^(?:reacted )?(?<emoji>${EMOJI}) to ${OBJECT}$`, 'iv'),
  new RegExp(`^(?:removed )?(?<emoji>${EMOJI}) (?:removed )?from ${OBJECT}$`, 'iv'),
];
const IS_REMOVED = [false, true, false, true];
/** The longest text that may be a reaction, with the message that it quotes. */
const MAX_CHARS = 4_000;

/**
 * Reads a reaction as iOS (`Liked “…”`, `Reacted 👍 to “…”`, `Removed a like from “…”`) and Android (`👍 to “ … ”`, with
 * invisible spaces) send it, in English. Undefined for any other text.
 */
export function readReaction(text: string): Reaction | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const plain = text
    .replace(/[\u200b\u200e\u200f\u2060\ufeff]/g, '')
    .replace(/[\u00a0\u200a\u2009]/g, ' ')
    .trim();
  for (const [index, form] of FORMS.entries()) {
    const { name = '', emoji, quoted } = form.exec(plain)?.groups ?? {};
    const named = emoji ?? NAMED[name.toLowerCase()] ?? REMOVED[name.toLowerCase()];
    if (named) return { emoji: named, isRemoved: IS_REMOVED[index]!, quoted: quoted?.trim() };
  }
  return undefined;
}

/** Describes the reaction for the model. The model need not reply to it. */
export function reactionFact({ emoji, isRemoved, quoted }: Reaction): string {
  const what = quoted === undefined ? 'what was sent' : `"${quoted}"`;
  const fact = isRemoved ? `took back the reaction ${emoji} to ${what}` : `reacted with ${emoji} to ${what}`;
  return `(a reaction, which needs no answer: the person ${fact})`;
}
