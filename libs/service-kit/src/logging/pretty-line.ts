/** Fields that have their own position in the line, or that only a collector needs. */
const PLACED_FIELDS = new Set(['level', 'time', 'service', 'context', 'msg', 'err']);

interface LogRecord {
  readonly level?: string;
  readonly time?: string;
  readonly service?: string;
  readonly context?: string;
  readonly msg?: string;
  readonly err?: { type?: string; message?: string; stack?: string };
  [field: string]: unknown;
}

/** Turns one JSON log line into a short line for a person: `12:00:01.234 info  sms-gateway Relay published count=3`. */
export function prettyLine(json: string): string {
  const record: LogRecord = JSON.parse(json);
  const time = (record.time ?? '').slice(11, 23);
  const fields = Object.entries(record)
    .filter(([name]) => !PLACED_FIELDS.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = [
    time,
    (record.level ?? '').padEnd(5),
    record.service,
    record.context && `[${record.context}]`,
  ];
  const line = [...head, record.msg, ...fields].filter(Boolean).join(' ');
  return `${line}${prettyError(record)}\n`;
}

function prettyError({ err, msg }: LogRecord): string {
  if (!err) return '';
  const summary = err.message === msg ? '' : `\n  ${err.type}: ${err.message}`;
  return err.stack ? `${summary}\n  ${err.stack.replaceAll('\n', '\n  ')}` : summary;
}
