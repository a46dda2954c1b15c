import { createHash } from 'node:crypto';
import { API_VERSION, type Message } from './message.js';

/** `GET …/Messages/{sid}/Media.json`: the media of the webhook's `MediaUrl{n}` parameters, with generated SIDs. */
export function listMedia(message: Message, accountSid: string): Record<string, unknown> {
  const path = `/${API_VERSION}/Accounts/${accountSid}/Messages/${message.sid}/Media`;
  const media = Array.from({ length: message.numMedia }, (_, position) => {
    const sid = `ME${createHash('md5').update(`${message.sid}:${position}`).digest('hex')}`;
    return {
      account_sid: accountSid,
      content_type: message.params[`MediaContentType${position}`] ?? 'image/jpeg',
      date_created: new Date(message.createdAt).toUTCString().replace('GMT', '+0000'),
      date_updated: new Date(message.updatedAt).toUTCString().replace('GMT', '+0000'),
      parent_sid: message.sid,
      sid,
      uri: `${path}/${sid}.json`,
    };
  });
  const uri = `${path}.json?PageSize=50&Page=0`;
  return {
    end: Math.max(0, media.length - 1),
    first_page_uri: uri,
    media_list: media,
    next_page_uri: null,
    page: 0,
    page_size: 50,
    previous_page_uri: null,
    start: 0,
    uri,
  };
}
