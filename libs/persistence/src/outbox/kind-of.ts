/** Which stream a subject belongs to: its first token. */
export function kindOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
