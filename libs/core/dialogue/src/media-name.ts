const NAMES: Readonly<Record<string, string>> = {
  image: 'a photo',
  video: 'a video',
  audio: 'a voice message',
  'text/vcard': 'a contact card',
  'text/x-vcard': 'a contact card',
};
/** Only media types of this form are shown to the model, because the sender of a file can choose any text. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9.+_-]{0,62}\/[a-z0-9][a-z0-9.+_-]{0,62}$/;

/** Describes an attachment in a prompt, by its media type: "a photo, image/jpeg". */
export function mediaName(mediaType: string): string {
  const [type = ''] = mediaType.toLowerCase().split(';');
  const known = type.trim();
  if (!MEDIA_TYPE.test(known)) return 'a file of an unknown kind';
  return `${NAMES[known] ?? NAMES[known.split('/')[0]!] ?? 'a file'}, ${known}`;
}
