/**
 * Of an update of `thread`: one more message of ours. Each count belongs to a time that begins with its first message, so
 * that no earlier ones have to be looked for.
 */
export const COUNT_REPLY = ['minutes', 'day']
  .map((time) => {
    const isOver = `coalesce(${time}_began_at < clock_timestamp() - interval '${time === 'day' ? '1 day' : '2 minutes'}', true)`;
    return `${time}_replies = CASE WHEN ${isOver} THEN 1 ELSE ${time}_replies + 1 END,
      ${time}_began_at = CASE WHEN ${isOver} THEN clock_timestamp() ELSE ${time}_began_at END`;
  })
  .join(', ');
