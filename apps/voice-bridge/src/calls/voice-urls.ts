import type { CallId } from '@parley/kernel';
import type { PublicUrls } from '@parley/twilio';

/** The URLs of our voice webhooks and media sockets. */
export class VoiceUrls {
  readonly #mediaBase: string;

  /** @param mediaPublicUrl the origin of media sockets, if it is not the public URL */
  constructor(
    private readonly urls: PublicUrls,
    mediaPublicUrl: string | undefined,
  ) {
    this.#mediaBase = (mediaPublicUrl ?? urls.base).replace(/^http/, 'ws').replace(/\/+$/, '');
  }

  at(path: string): string {
    return this.urls.at(path);
  }

  media(callId: CallId, token: string): string {
    return this.mediaTarget(`/media/${callId}/${token}`);
  }

  /** Returns the URL that Twilio signed for the upgrade of this path. */
  mediaTarget(path: string): string {
    return this.#mediaBase + path;
  }
}
