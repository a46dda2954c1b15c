import type { ChatProgress } from '@parley/contracts';
import type { TurnId } from '@parley/kernel';
import type { ServerFrame } from '../frames/server-frames.js';

type DraftPart = NonNullable<ChatProgress['draft']>;

/** The draft of a chat's reply, as far as it was received: live messages may be lost. */
export class Draft {
  #draftId: string | undefined;
  #turnId: TurnId | undefined;
  #text = '';
  /** False from a lost part on. */
  #isWhole = true;
  #endedTurnId: TurnId | undefined;

  /** Adds a part. Returns the frames that show it. */
  add({ draftId, turnId, offset, text }: DraftPart): ServerFrame[] {
    if (turnId === this.#endedTurnId) return [];
    const isNew = draftId !== this.#draftId;
    if (isNew) {
      this.#draftId = draftId;
      this.#turnId = turnId;
      this.#text = '';
      this.#isWhole = true;
    }
    this.#isWhole &&= offset === this.#text.length;
    const typing: ServerFrame[] = isNew ? [{ type: 'typing', isTyping: true }] : [];
    if (!this.#isWhole || text === '') return typing;
    this.#text += text;
    return [...typing, { type: 'delta', draftId, offset, text }];
  }

  /** The draft is dropped. Returns the frames that show it. */
  drop(): ServerFrame[] {
    if (this.#draftId === undefined) return [];
    this.#clear();
    return [{ type: 'typing', isTyping: false }];
  }

  /** The reply of a turn is in the log: parts that arrive after it are ignored. */
  end(turnId: TurnId): void {
    this.#endedTurnId = turnId;
    if (turnId === this.#turnId) this.#clear();
  }

  /** Returns the frames that show the draft to a client that has received nothing of it. */
  shown(): ServerFrame[] {
    if (this.#draftId === undefined) return [];
    const [draftId, text] = [this.#draftId, this.#text];
    const typing: ServerFrame = { type: 'typing', isTyping: true };
    return text === '' || !this.#isWhole ? [typing] : [typing, { type: 'delta', draftId, offset: 0, text }];
  }

  #clear(): void {
    this.#draftId = undefined;
    this.#turnId = undefined;
    this.#text = '';
  }
}
