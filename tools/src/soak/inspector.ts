import { once } from 'node:events';

const ANSWER_WITHIN_MS = 60_000;
const OBJECT_GROUP = 'census';

interface Answer {
  id?: number;
  result?: unknown;
  error?: { message: string };
}
interface Evaluation<T> {
  result: { value: T; objectId?: string };
  exceptionDetails?: { text: string };
}

/** Runs in the inspected process. Counts objects without a named constructor as `?`. */
const COUNT_BY_CLASS = `function () {
  const counts = {};
  for (const object of this) {
    let name = '?';
    try {
      const prototype = Object.getPrototypeOf(object);
      const made = prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor');
      if (made && typeof made.value === 'function') name = made.value.name || '?';
    } catch {}
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}`;

/** Inspects a running Node process over its inspector protocol, without code in that process. */
export class Inspector {
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== undefined) this.#answers.get(answer.id)?.(answer);
    });
    socket.addEventListener('close', () => {
      for (const [id, answer] of this.#answers) answer({ id, error: { message: 'the process has exited' } });
    });
  }

  /** Connects to the URL that Node prints: `ws://127.0.0.1:<port>/<id>`. */
  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    return new Inspector(socket);
  }

  close(): void {
    this.socket.close();
  }

  /** Returns the value of an expression, which must be serialisable as JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#evaluate<T>({ expression, returnByValue: true });
    return result.value;
  }

  async collectGarbage(): Promise<void> {
    await this.#ask('HeapProfiler.collectGarbage');
  }

  /** Counts the live objects by class name, after a garbage collection. */
  async census(): Promise<Record<string, number>> {
    try {
      const { result } = await this.#evaluate({
        expression: 'Object.prototype',
        objectGroup: OBJECT_GROUP,
      });
      const { objects } = await this.#ask<{ objects: { objectId: string } }>('Runtime.queryObjects', {
        prototypeObjectId: result.objectId,
        objectGroup: OBJECT_GROUP,
      });
      const counted = await this.#ask<Evaluation<Record<string, number>>>('Runtime.callFunctionOn', {
        objectId: objects.objectId,
        functionDeclaration: COUNT_BY_CLASS,
        returnByValue: true,
      });
      return counted.result.value;
    } finally {
      await this.#ask('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
    }
  }

  async #evaluate<T>(params: Record<string, unknown>): Promise<Evaluation<T>> {
    const evaluation = await this.#ask<Evaluation<T>>('Runtime.evaluate', params);
    if (evaluation.exceptionDetails) throw new Error(evaluation.exceptionDetails.text);
    return evaluation;
  }

  async #ask<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = (this.#lastId += 1);
    const answer = await new Promise<Answer>((resolve) => {
      const timer = setTimeout(
        () => resolve({ error: { message: `no answer within ${ANSWER_WITHIN_MS} ms` } }),
        ANSWER_WITHIN_MS,
      );
      this.#answers.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    this.#answers.delete(id);
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result as T;
  }
}
