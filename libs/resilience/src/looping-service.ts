import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';

/** An object that works from `start` until `stop` has settled. */
export interface Startable {
  start(): void;
  stop(): Promise<void>;
}

/** A provider whose loop runs from the start of the application until shortly before it closes. */
export abstract class LoopingService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  protected abstract readonly loop: Startable;

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Resolves when the running step has ended; no other step begins. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
