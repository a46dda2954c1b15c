import type { Fault } from '../schedule.js';
import { type Facts, isApology } from './facts.js';
import { brief, type Broken, doubled, lost, type Rules, untrue, wrongPerson } from './finding.js';
import { answersOf, type EndedTurn, promptsOf, questionsIn, turnsOf } from './turns.js';

export const answerRules: Rules = {
  'every question was answered, or its own turn failed': everyQuestionAnswered,
  'no question was answered twice': noneAnsweredTwice,
  'the agent says what its model answered to that person': saysWhatTheModelAnswered,
  'turns failed only for reasons that this seed gives': failedForThisSeedsReasons,
  'a conversation hears one apology, for a failed turn': oneApology,
  'people were answered at all': peopleWereAnswered,
};

/**
 * A reply is to all that was asked before its turn began; a failed turn excuses what was asked before its end and had
 * no reply until then, nothing else.
 */
function everyQuestionAnswered(facts: Facts): Broken[] {
  const done = new Set<string>();
  const missed = facts.conversations.flatMap((conversation) =>
    turnsOf(facts, conversation).flatMap((turn) => {
      const settled = turn.outcome === 'failed' ? turn.askedUntilEnd : [...turn.shown];
      const left = turn.askedBefore.filter((sid) => !done.has(sid) && !settled.includes(sid));
      for (const sid of [...settled, ...left]) done.add(sid);
      return left.map((sid) => lost(`${turn.id} (${turn.outcome}) left out ${question(facts, sid)}`));
    }),
  );
  const unanswered = facts.written
    .filter(
      ({ messageSid, means, row }) =>
        means === 'question' && row?.decision === 'forward' && !done.has(messageSid),
    )
    .map(({ messageSid }) => lost(`no reply to ${question(facts, messageSid)}`));
  return [...missed, ...unanswered];
}

/** Each reply is to something that no reply before it was to. */
function noneAnsweredTwice(facts: Facts): Broken[] {
  return facts.conversations.flatMap((conversation) => {
    const answered = new Set<string>();
    return turnsOf(facts, conversation).flatMap(({ id, reply, shown }) => {
      const isNews = [...shown].some((sid) => !answered.has(sid));
      for (const sid of shown) answered.add(sid);
      return !reply || isNews ? [] : [doubled(`${id} said "${brief(reply.text)}", to nothing new`)];
    });
  });
}

function saysWhatTheModelAnswered(facts: Facts): Broken[] {
  return facts.conversations.flatMap((conversation) => {
    const people = facts.peopleOf(conversation);
    return answersOf(conversation)
      .filter(({ text }) => !facts.orders.some((order) => order.text === text))
      .flatMap((answer): Broken[] => {
        const prompts = promptsOf(facts, answer);
        if (prompts.length === 0) return [untrue(`${answer.id}: no model said "${brief(answer.text)}"`)];
        if (questionsIn(facts, [answer.text]).length === 0)
          return [untrue(`${answer.id} quotes what nobody asked: "${brief(answer.text)}"`)];
        const others = questionsIn(
          facts,
          prompts.flatMap(({ personSaid }) => personSaid),
        ).filter(({ person }) => !people.includes(person));
        return others.map(({ person, body }) =>
          wrongPerson(`${answer.id} is to ${people.join()} and knows of "${brief(body)}" of ${person}`),
        );
      });
  });
}

/** Which faults may end a turn without an answer. A frozen process can find its model's time over when it wakes. */
const FAILURES: Readonly<Record<string, (fault: Fault) => boolean>> = {
  'model-error': (fault) => fault.kind === 'model' && ['error', 'die-midstream'].includes(fault.mode),
  'model-timeout': (fault) =>
    (fault.kind === 'model' && fault.mode === 'hang') || isOfOrchestrator(fault, ['freeze']),
  abandoned: (fault) =>
    fault.kind === 'postgres-crash' || isOfOrchestrator(fault, ['kill', 'freeze', 'restart']),
};

function isOfOrchestrator(fault: Fault, kinds: readonly string[]): boolean {
  return 'service' in fault && fault.service === 'agent-orchestrator' && kinds.includes(fault.kind);
}

function failedForThisSeedsReasons(facts: Facts): Broken[] {
  return allTurns(facts).flatMap(({ id, outcome, reason = '' }) => {
    if (outcome === 'no-reply') return [lost(`${id} ended without a reply`)];
    if (outcome === 'replied' || facts.faultsOfSeed.some((fault) => FAILURES[reason]?.(fault))) return [];
    return [lost(`${id} failed (${reason}), for which this seed has no cause`)];
  });
}

function oneApology(facts: Facts): Broken[] {
  return facts.conversations.flatMap((conversation) => {
    const apologies = conversation.messages.filter(isApology);
    const failures = turnsOf(facts, conversation).filter(({ outcome }) => outcome === 'failed');
    if (apologies.length > 1) return [doubled(`${conversation.id} heard ${apologies.length} apologies`)];
    return apologies.length > failures.length
      ? [untrue(`${conversation.id} heard an apology for nothing`)]
      : [];
  });
}

/** Somebody who never said STOP is answered, unless the model fails. */
function peopleWereAnswered(facts: Facts): Broken[] {
  const stopped = new Set(facts.written.filter(({ means }) => means === 'stop').map(({ person }) => person));
  const isExpected =
    facts.schedule.people.some((person) => !stopped.has(person)) &&
    !facts.faultsOfSeed.some((fault) => FAILURES['model-error']!(fault) || FAILURES['model-timeout']!(fault));
  const isAnswered = allTurns(facts).some(({ outcome }) => outcome === 'replied');
  return isAnswered || !isExpected ? [] : [lost('nobody was answered')];
}

function allTurns(facts: Facts): EndedTurn[] {
  return facts.conversations.flatMap((conversation) => turnsOf(facts, conversation));
}

function question({ writtenBySid }: Facts, sid: string): string {
  const { person, body } = writtenBySid.get(sid)!;
  return `${sid} of ${person} ("${brief(body)}")`;
}
