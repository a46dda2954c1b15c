/** Returns the kind of a subject, its first token, which names its stream. */
export function kindOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
