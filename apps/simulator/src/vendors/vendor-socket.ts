import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { VendorFault } from '../control/scripted-faults.js';
import { limits } from '../limits.js';
import { BoundedLog } from '../log/bounded-log.js';

export interface VendorSocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly by: 'vendor' | 'client';
}

/** The vendor's side of a socket: sends delayed messages in order, applies faults, and records the socket for tests. */
export abstract class VendorSocket {
  readonly id: string = randomUUID();
  readonly openedAt = new Date().toISOString();
  closed: VendorSocketEnd | null = null;
  isMuted = false;
  private fault: VendorFault | undefined;
  private outbox: { dueAt: number; act: () => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closedByUs: { code: number; reason: string } | undefined;

  constructor(
    protected readonly socket: WebSocket,
    readonly index: number,
    readonly query: Readonly<Record<string, string | string[]>>,
    fault: VendorFault | undefined,
    protected readonly changed: () => void,
  ) {
    this.fault = fault;
    socket.on('message', (data, isBinary) => {
      if (this.closedByUs) return;
      this.receive(data as Buffer, isBinary);
      this.changed();
    });
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      clearTimeout(this.timer);
      this.outbox = [];
      this.closed = this.closedByUs
        ? { ...this.closedByUs, by: 'vendor' }
        : { code, reason: reason.toString(), by: 'client' };
      this.onClosed();
      this.changed();
    });
  }

  abstract view(): object;

  /** Closes the socket. Code 1005 closes without a code, 1006 breaks the connection. */
  end(code: number, reason = ''): void {
    if (this.closedByUs || this.closed) return;
    this.closedByUs = { code, reason };
    if (code === 1006) return this.socket.terminate();
    if (code === 1005) this.socket.close();
    else this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), limits.closeMs).unref();
  }

  protected abstract receive(data: Buffer, isBinary: boolean): void;
  protected onClosed(): void {}

  /** Applies a scripted fault once `audioMs` has reached its `afterMs`. */
  protected applyFaultAfter(audioMs: number): void {
    const { fault } = this;
    if (!fault || audioMs < fault.afterMs) return;
    this.fault = undefined;
    if (fault.mode === 'mute') this.isMuted = true;
    if (fault.mode === 'close') this.end(fault.closeCode, fault.reason);
  }

  protected send(message: object, delayMs: number): void {
    const text = JSON.stringify(message);
    this.runLater(delayMs, () => {
      if (!this.isMuted && this.socket.readyState === this.socket.OPEN) this.socket.send(text);
    });
  }

  /** Runs `act` after everything queued earlier, at the earliest in `delayMs`. */
  protected runLater(delayMs: number, act: () => void): void {
    const dueAt = Math.max(performance.now() + delayMs, this.outbox.at(-1)?.dueAt ?? 0);
    if (delayMs <= 0 && this.outbox.length === 0) return act();
    this.outbox.push({ dueAt, act });
    this.timer ??= setTimeout(this.flush, Math.max(0, dueAt - performance.now()));
  }

  private readonly flush = (): void => {
    const now = performance.now();
    while (this.outbox.length > 0 && this.outbox[0]!.dueAt <= now) this.outbox.shift()!.act();
    const [next] = this.outbox;
    this.timer = next && setTimeout(this.flush, Math.max(0, next.dueAt - now));
  };
}

/** The sockets to one vendor, oldest first. */
export class VendorSockets extends BoundedLog<VendorSocket> {
  constructor() {
    super(limits.vendorSockets);
  }

  override clear(): void {
    for (const socket of this.since(0)) socket.end(1006);
    super.clear();
  }
}
