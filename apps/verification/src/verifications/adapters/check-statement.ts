/** SQL: the columns of a verification under the names of the code. */
export const COLUMNS = `id, status, failure, purpose, subject_kind AS "subjectKind", subject_id AS "subjectId",
  sealed_number AS "sealedNumber", conversation_id AS "conversationId", channel, code_no AS "codeNo",
  code_expires_at AS "codeExpiresAt", checks, created_at AS "createdAt", approved_at AS "approvedAt"`;

/** SQL: whether a code is one of the two that count, of the row that is being changed. */
const MATCHES = `COALESCE(
    verification.code_index = ANY($5::text[])
    OR (verification.earlier_code_index = ANY($5::text[]) AND verification.earlier_code_expires_at > clock_timestamp()),
    false)`;

const IS_LIVE = `status = 'pending' AND code_expires_at > clock_timestamp() AND checks < $6::smallint`;

/**
 * Compares a code and counts the check. `target` locks the row, so that of parallel checks each sees the count of the one
 * before it. Without a counted check nothing matches: every other way through this statement refuses.
 *
 * $1 id, $2 and $3 subject, $4 purpose, $5 digests of the typed code, $6 checks per verification, $7 checks per day
 */
export const CHECK = `
  WITH target AS MATERIALIZED (
    SELECT * FROM verification
    WHERE id = $1 AND subject_kind = $2 AND subject_id = $3 AND purpose = $4
    FOR UPDATE
  ), live AS MATERIALIZED (
    SELECT id, number_index, subject_kind, subject_id FROM target WHERE ${IS_LIVE}
  ), counted AS (
    INSERT INTO check_count AS day_count (number_index, subject_kind, subject_id, day, checks)
    SELECT number_index, subject_kind, subject_id, (clock_timestamp() AT TIME ZONE 'UTC')::date, 1 FROM live
    ON CONFLICT (number_index, subject_kind, subject_id, day)
      DO UPDATE SET checks = day_count.checks + 1 WHERE day_count.checks < $7::integer
    RETURNING 1
  ), changed AS (
    UPDATE verification SET
      checks = verification.checks + 1,
      status = CASE WHEN ${MATCHES} THEN 'approved'
                    WHEN verification.checks + 1 >= $6::smallint THEN 'failed' ELSE 'pending' END,
      failure = CASE WHEN NOT ${MATCHES} AND verification.checks + 1 >= $6::smallint THEN 'too-many-checks' END,
      approved_at = CASE WHEN ${MATCHES} THEN clock_timestamp() END,
      ended_at = CASE WHEN ${MATCHES} OR verification.checks + 1 >= $6::smallint THEN clock_timestamp() END,
      code_index = CASE WHEN ${MATCHES} OR verification.checks + 1 >= $6::smallint THEN NULL
                        ELSE verification.code_index END,
      earlier_code_index = CASE WHEN ${MATCHES} OR verification.checks + 1 >= $6::smallint THEN NULL
                                ELSE verification.earlier_code_index END
    FROM counted, live
    WHERE verification.id = live.id
    RETURNING verification.*
  )
  SELECT ${COLUMNS}, is_counted AS "isCounted",
    is_counted AND status = 'approved' AS "isMatch",
    NOT is_counted AND EXISTS (SELECT FROM live) AS "isDayUsedUp"
  FROM (
    SELECT *, true AS is_counted FROM changed
    UNION ALL
    SELECT *, false FROM target WHERE NOT EXISTS (SELECT FROM changed)
  ) AS found`;
