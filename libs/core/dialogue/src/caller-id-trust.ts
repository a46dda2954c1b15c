/** When an incoming call is taken for the person whose number it shows: if the carriers vouch for it, always, or never. */
export type CallerIdTrust = 'attested' | 'always' | 'never';

export interface CallerIdentification {
  direction: 'inbound' | 'outbound' | 'unknown';
  /** What the carriers vouch for; `full` is that the number is the caller's own. */
  attestation: string;
}

/** Whether a call sees what was said before it: a shown number proves nothing, one that we dialled does. */
export function seesHistory(call: CallerIdentification, trust: CallerIdTrust): boolean {
  if (call.direction === 'outbound') return true;
  return trust === 'always' || (trust === 'attested' && call.attestation === 'full');
}
