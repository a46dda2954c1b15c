/** An element of a TwiML document. Its text is trimmed. */
export interface TwimlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly TwimlNode[];
  readonly text: string;
}

/** An error of a document, with Twilio's code: 12100 cannot be parsed, 12200 is not valid TwiML (https://www.twilio.com/docs/errors). */
export class TwimlError extends Error {
  constructor(
    readonly code: 11200 | 12100 | 12200 | 12300,
    message: string,
  ) {
    super(message);
  }
}

const MAX_TWIML_CHARACTERS = 4_000;
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const NAME = '[A-Za-z_][\\w.:-]*';
const TOKEN = new RegExp(
  `<!--[\\s\\S]*?-->|<\\?[\\s\\S]*?\\?>|<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>|([^<]+)`,
  'gy',
);
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'g');

function decode(text: string): string {
  return text.replace(/&([^;&\s]*);?/g, (whole, name: string) => {
    const numeric = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name);
    const code = numeric ? Number.parseInt(numeric[1] ?? numeric[2]!, numeric[1] ? 16 : 10) : -1;
    const value = numeric && code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name];
    if (value === undefined || !whole.endsWith(';')) throw new TwimlError(12100, `Unknown entity: ${whole}`);
    return value;
  });
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    if (Object.hasOwn(attributes, name!)) throw new TwimlError(12100, `Attribute ${name} is repeated`);
    attributes[name!] = decode(double ?? single ?? '');
  }
  return attributes;
}

interface OpenNode {
  name: string;
  attributes: Record<string, string>;
  children: TwimlNode[];
  text: string;
}

function close(node: OpenNode): TwimlNode {
  return { ...node, text: node.text.trim() };
}

/** Returns the verbs of a TwiML document. Throws {@link TwimlError}. */
export function parseTwiml(document: string): readonly TwimlNode[] {
  if (document.length > MAX_TWIML_CHARACTERS) {
    throw new TwimlError(
      12100,
      `The document has ${document.length} characters; ${MAX_TWIML_CHARACTERS} are allowed`,
    );
  }
  const root: OpenNode = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenNode[] = [root];
  TOKEN.lastIndex = 0;
  let at = 0;
  for (let token = TOKEN.exec(document); token; token = TOKEN.exec(document)) {
    at = TOKEN.lastIndex;
    const [, cdata, isEnd, name, attributes, isEmpty, text] = token;
    const parent = open.at(-1)!;
    if (cdata !== undefined) parent.text += cdata;
    else if (text !== undefined) parent.text += decode(text);
    else if (name === undefined) continue;
    else if (isEnd) {
      if (open.length === 1 || parent.name !== name)
        throw new TwimlError(12100, `</${name}> has no opening tag`);
      open.pop();
      open.at(-1)!.children.push(close(parent));
    } else {
      const node = { name, attributes: attributesOf(attributes ?? ''), children: [], text: '' };
      if (isEmpty) parent.children.push(close(node));
      else open.push(node);
    }
  }
  if (at !== document.length || open.length > 1) {
    throw new TwimlError(12100, `The document is not well-formed at character ${at}`);
  }
  const [response, ...more] = root.children;
  if (response?.name !== 'Response' || more.length > 0 || root.text.trim() !== '') {
    throw new TwimlError(12100, 'The document needs exactly one <Response>');
  }
  return response.children;
}
