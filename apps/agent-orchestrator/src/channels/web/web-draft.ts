import type { ChatProgress } from '@parley/contracts';
import type { ConversationId, ThreadId, TurnId } from '@parley/kernel';
import { randomUUID } from 'node:crypto';
import type { DraftListener } from '../channel.js';

/** How long text is gathered for one part, because each part is a message to every gateway. */
const GATHER_MS = 50;
/** Stands between the texts before and after a tool's use, in the draft as in the reply. */
const BETWEEN_TOOLS = '\n';

/** Reports the draft of a reply to the sockets of its web chat. Its first part is empty: the agent begins to write. */
export class WebDraft implements DraftListener {
  #draftId = randomUUID();
  #text = '';
  #reported = 0;
  /** The length of the text before the last tool was used. */
  #settled = 0;
  #isAfterTool = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly turn: { turnId: TurnId; conversationId: ConversationId; threadId: ThreadId },
    private readonly report: (progress: ChatProgress) => void,
  ) {
    this.#reportDraft();
  }

  text(piece: string): void {
    const isFirst = this.#text === '' || this.#isAfterTool;
    const words = isFirst ? piece.trimStart() : piece;
    if (words === '') return;
    if (this.#isAfterTool && this.#text !== '') this.#text += BETWEEN_TOOLS;
    this.#isAfterTool = false;
    this.#text += words;
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  toolUsed(): void {
    this.#settled = this.#text.length;
    this.#isAfterTool = true;
  }

  restart(): void {
    this.#text = this.#text.slice(0, this.#settled);
    this.#draftId = randomUUID();
    this.#reported = 0;
    this.#isAfterTool = this.#settled > 0;
    this.#reportDraft();
  }

  ended(outcome: 'complete' | 'dropped'): void {
    if (outcome === 'complete') return this.#flush();
    clearTimeout(this.#timer);
    this.report({ ...this.#chat, step: 'dropped' });
  }

  get #chat() {
    const { threadId, conversationId } = this.turn;
    return { threadId, conversationId };
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text.length > this.#reported) this.#reportDraft();
  }

  #reportDraft(): void {
    const { turnId } = this.turn;
    const offset = this.#reported;
    const draft = { turnId, draftId: this.#draftId, offset, text: this.#text.slice(offset) };
    this.#reported = this.#text.length;
    this.report({ ...this.#chat, step: 'draft', draft });
  }
}
