/** Who handles STOP, START and HELP: Twilio by default, Twilio with Advanced Opt-Out, or nobody. */
export type OptOutHandling = 'default' | 'advanced' | 'off';

const keywords = {
  STOP: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  START: ['START', 'YES', 'UNSTOP'],
  HELP: ['HELP', 'INFO'],
};
const types = ['STOP', 'START', 'HELP'] as const;
export type OptOutType = (typeof types)[number];

/** Twilio's standard replies for long codes. */
const replies: Record<OptOutType, string> = {
  STOP: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
  START:
    'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
  HELP: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
};

/** Returns the keyword if the message is exactly one, ignoring case and surrounding white space. */
function optOutKeyword(body: string): OptOutType | undefined {
  const word = body.trim().toUpperCase();
  return types.find((type) => keywords[type].includes(word));
}

/** Twilio's own block list of pairs: a number of the account and a person's number. */
export class OptOuts {
  private readonly pairs = new Set<string>();

  constructor(private readonly handling: OptOutHandling) {}

  has(ownNumber: string, person: string): boolean {
    return this.pairs.has(`${ownNumber} ${person}`);
  }

  /** Blocks or unblocks the pair if the text is a keyword, and returns Twilio's reply. */
  handle(
    ownNumber: string,
    person: string,
    body: string,
  ): { reply: string | null; optOutType: OptOutType | null } {
    const type = this.handling === 'off' ? undefined : optOutKeyword(body);
    if (!type) return { reply: null, optOutType: null };
    const pair = `${ownNumber} ${person}`;
    const isSilent = this.pairs.has(pair) && type !== 'START';
    if (type === 'STOP') this.pairs.add(pair);
    if (type === 'START') this.pairs.delete(pair);
    return {
      reply: isSilent ? null : replies[type],
      optOutType: this.handling === 'advanced' ? type : null,
    };
  }

  clear(): void {
    this.pairs.clear();
  }
}
