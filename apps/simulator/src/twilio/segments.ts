const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Characters of GSM-7's extension table; each takes two septets. */
const GSM_EXTENDED = new Set('\f^{}\\[~]|€');

/**
 * Counts the segments of a text: one of 160 GSM-7 septets or 70 UCS-2 code units, otherwise several of 153 or 67.
 * An extended GSM-7 character or a surrogate pair is never split.
 */
export function countSegments(text: string): number {
  const characters = Array.from(text);
  const isGsm = characters.every((c) => GSM_BASIC.has(c) || GSM_EXTENDED.has(c));
  const costs = characters.map((c) => (isGsm ? (GSM_EXTENDED.has(c) ? 2 : 1) : c.length));
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  if (costs.reduce((sum, cost) => sum + cost, 0) <= single) return 1;
  let segments = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > part) {
      segments += 1;
      used = 0;
    }
    used += cost;
  }
  return segments;
}
