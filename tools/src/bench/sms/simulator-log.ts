interface SentText {
  body: string;
  createdAt: string;
}

/** What the simulated carrier accepted, read over its control API. */
export class SimulatorLog {
  constructor(private readonly url: string) {}

  /** Texts accepted since `mark`, and the mark for what comes after them. Waits until there are `count`. */
  async sentSince(mark: number, count = 1, waitMs = 0): Promise<{ texts: SentText[]; next: number }> {
    const query = new URLSearchParams({
      direction: 'outbound',
      since: String(mark),
      count: String(count),
      waitMs: String(waitMs),
    });
    const response = await fetch(`${this.url}/control/messages?${query.toString()}`);
    if (!response.ok) throw new Error(`The simulator answered ${response.status}: ${await response.text()}`);
    const { messages, next } = (await response.json()) as { messages: SentText[]; next: number };
    return { texts: messages, next };
  }
}
