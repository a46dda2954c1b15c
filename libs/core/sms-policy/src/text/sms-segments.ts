/** A text's encoding, its length in that encoding's units, and the number of segments that are billed. */
export interface SmsSegments {
  readonly encoding: 'gsm-7' | 'ucs-2';
  /** Septets in GSM-7, 16-bit code units in UCS-2. */
  readonly units: number;
  readonly segments: number;
}

/** The characters of GSM 03.38 that take one septet. */
const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** The characters that need an escape septet, and so take two septets. */
const GSM_EXTENDED = new Set('^{}\\[~]|€\f');

const GSM_LIMITS = { alone: 160, joined: 153 };
const UCS2_LIMITS = { alone: 70, joined: 67 };

/** Counts a text's segments. A segment never ends inside an escape sequence or a surrogate pair. */
export function countSmsSegments(text: string): SmsSegments {
  const septets = gsmCosts(text);
  return septets === undefined
    ? {
        encoding: 'ucs-2',
        ...pack(
          Array.from(text, (character) => character.length),
          UCS2_LIMITS,
        ),
      }
    : { encoding: 'gsm-7', ...pack(septets, GSM_LIMITS) };
}

function gsmCosts(text: string): number[] | undefined {
  const costs: number[] = [];
  for (const character of text) {
    if (GSM_BASIC.has(character)) costs.push(1);
    else if (GSM_EXTENDED.has(character)) costs.push(2);
    else return undefined;
  }
  return costs;
}

function pack(costs: readonly number[], limits: { alone: number; joined: number }) {
  const units = costs.reduce((sum, cost) => sum + cost, 0);
  if (units === 0) return { units, segments: 0 };
  if (units <= limits.alone) return { units, segments: 1 };
  let segments = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > limits.joined) {
      segments += 1;
      used = 0;
    }
    used += cost;
  }
  return { units, segments };
}
