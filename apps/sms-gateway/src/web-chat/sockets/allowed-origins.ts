import { Inject, Injectable } from '@nestjs/common';
import { PublicUrls } from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';

/** The web pages that may open a chat: those of our own public origin and those of `CHAT_ALLOWED_ORIGINS`. */
@Injectable()
export class AllowedOrigins {
  readonly #allowed: ReadonlySet<string>;

  constructor(publicUrls: PublicUrls, @Inject(GATEWAY_ENV) env: GatewayEnv) {
    this.#allowed = new Set([new URL(publicUrls.base).origin, ...env.CHAT_ALLOWED_ORIGINS]);
  }

  /** A client that is not a browser names no origin; only its token admits it. */
  allows(origin: string | undefined): boolean {
    return origin === undefined || this.#allowed.has(origin);
  }
}
