/**
 * The SET clause that counts one more outbound message of a thread. Each period begins with its first message, so no earlier
 * messages have to be read.
 */
export const COUNT_REPLY = ['minutes', 'day']
  .map((time) => {
    const isOver = `coalesce(${time}_began_at < clock_timestamp() - interval '${time === 'day' ? '1 day' : '2 minutes'}', true)`;
    return `${time}_replies = CASE WHEN ${isOver} THEN 1 ELSE ${time}_replies + 1 END,
      ${time}_began_at = CASE WHEN ${isOver} THEN clock_timestamp() ELSE ${time}_began_at END`;
  })
  .join(', ');
