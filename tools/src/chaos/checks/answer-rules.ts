import type { Fault } from '../schedule.js';
import { type IndexedEvidence, isApology } from './facts.js';
import {
  shorten,
  type Violation,
  duplicateViolation,
  lostViolation,
  type Rules,
  incorrectViolation,
  wrongPersonViolation,
} from './finding.js';
import { answersOf, type EndedTurn, promptsOf, questionsIn, turnsOf } from './turns.js';

export const answerRules: Rules = {
  'every question is answered unless its turn failed': everyQuestionAnswered,
  'no question is answered twice': noneAnsweredTwice,
  "every reply is the model's answer to that person": repliesMatchTheModel,
  'a turn fails only because of a fault in the schedule': failuresAreExplained,
  'a conversation gets at most one apology, after a failed turn': atMostOneApology,
  'at least one question is answered': someoneIsAnswered,
};

/**
 * Checks that a reply answers all questions received before its turn started. A failed turn excuses only the unanswered
 * questions received before its end.
 */
function everyQuestionAnswered(facts: IndexedEvidence): Violation[] {
  const done = new Set<string>();
  const missed = facts.conversations.flatMap((conversation) =>
    turnsOf(facts, conversation).flatMap((turn) => {
      const settled = turn.outcome === 'failed' ? turn.askedUntilEnd : [...turn.shown];
      const left = turn.askedBefore.filter((sid) => !done.has(sid) && !settled.includes(sid));
      for (const sid of [...settled, ...left]) done.add(sid);
      return left.map((sid) =>
        lostViolation(`${turn.id} (${turn.outcome}) did not answer ${question(facts, sid)}`),
      );
    }),
  );
  const unanswered = facts.written
    .filter(
      ({ messageSid, means, row }) =>
        means === 'question' && row?.decision === 'forward' && !done.has(messageSid),
    )
    .map(({ messageSid }) => lostViolation(`no reply to ${question(facts, messageSid)}`));
  return [...missed, ...unanswered];
}

/** Checks that each reply answers a question that no earlier reply answered. */
function noneAnsweredTwice(facts: IndexedEvidence): Violation[] {
  return facts.conversations.flatMap((conversation) => {
    const answered = new Set<string>();
    return turnsOf(facts, conversation).flatMap(({ id, reply, shown }) => {
      const isNews = [...shown].some((sid) => !answered.has(sid));
      for (const sid of shown) answered.add(sid);
      return !reply || isNews
        ? []
        : [duplicateViolation(`${id} sent "${shorten(reply.text)}" without a new question`)];
    });
  });
}

function repliesMatchTheModel(facts: IndexedEvidence): Violation[] {
  return facts.conversations.flatMap((conversation) => {
    const people = facts.peopleOf(conversation);
    return answersOf(conversation)
      .filter(({ text }) => !facts.operatorMessages.some((order) => order.text === text))
      .flatMap((answer): Violation[] => {
        const prompts = promptsOf(facts, answer);
        if (prompts.length === 0)
          return [incorrectViolation(`${answer.id}: the model did not answer "${shorten(answer.text)}"`)];
        if (questionsIn(facts, [answer.text]).length === 0)
          return [
            incorrectViolation(`${answer.id} quotes no question of the schedule: "${shorten(answer.text)}"`),
          ];
        const others = questionsIn(
          facts,
          prompts.flatMap(({ userTexts }) => userTexts),
        ).filter(({ person }) => !people.includes(person));
        return others.map(({ person, body }) =>
          wrongPersonViolation(
            `${answer.id} is for ${people.join()}, but its prompt contains "${shorten(body)}" of ${person}`,
          ),
        );
      });
  });
}

/** The faults that explain each reason of a failed turn. A frozen process can miss its model's time-out. */
const FAILURES: Readonly<Record<string, (fault: Fault) => boolean>> = {
  'model-error': (fault) => fault.kind === 'model' && ['error', 'die-midstream'].includes(fault.mode),
  'model-timeout': (fault) =>
    (fault.kind === 'model' && fault.mode === 'hang') || affectsOrchestrator(fault, ['freeze']),
  abandoned: (fault) =>
    fault.kind === 'postgres-crash' || affectsOrchestrator(fault, ['kill', 'freeze', 'restart']),
};

function affectsOrchestrator(fault: Fault, kinds: readonly string[]): boolean {
  return 'service' in fault && fault.service === 'agent-orchestrator' && kinds.includes(fault.kind);
}

function failuresAreExplained(facts: IndexedEvidence): Violation[] {
  return allTurns(facts).flatMap(({ id, outcome, reason = '' }) => {
    if (outcome === 'no-reply') return [lostViolation(`${id} ended without a reply`)];
    if (outcome === 'replied' || facts.faultsOfSeed.some((fault) => FAILURES[reason]?.(fault))) return [];
    return [lostViolation(`${id} failed (${reason}), and no fault explains it`)];
  });
}

function atMostOneApology(facts: IndexedEvidence): Violation[] {
  return facts.conversations.flatMap((conversation) => {
    const apologies = conversation.messages.filter(isApology);
    const failures = turnsOf(facts, conversation).filter(({ outcome }) => outcome === 'failed');
    if (apologies.length > 1)
      return [duplicateViolation(`${conversation.id} got ${apologies.length} apologies`)];
    return apologies.length > failures.length
      ? [incorrectViolation(`${conversation.id} got an apology without a failed turn`)]
      : [];
  });
}

/** Requires at least one answered text if somebody never sent STOP and the model had no fault. */
function someoneIsAnswered(facts: IndexedEvidence): Violation[] {
  const stopped = new Set(facts.written.filter(({ means }) => means === 'stop').map(({ person }) => person));
  const isExpected =
    facts.schedule.people.some((person) => !stopped.has(person)) &&
    !facts.faultsOfSeed.some((fault) => FAILURES['model-error']!(fault) || FAILURES['model-timeout']!(fault));
  const isAnswered = allTurns(facts).some(({ outcome }) => outcome === 'replied');
  return isAnswered || !isExpected ? [] : [lostViolation('no question was answered')];
}

function allTurns(facts: IndexedEvidence): EndedTurn[] {
  return facts.conversations.flatMap((conversation) => turnsOf(facts, conversation));
}

function question({ writtenBySid }: IndexedEvidence, sid: string): string {
  const { person, body } = writtenBySid.get(sid)!;
  return `${sid} of ${person} ("${shorten(body)}")`;
}
