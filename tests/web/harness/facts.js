// What the page's fold makes of events, as plain values that a test compares with Python's.
//   node tests/web/harness/facts.js FOLDER_OF_FOLD < lists-of-events.json

const NOBODY = -1;

/** @param {any} web the fold's module @param {any[]} events */
export function facts({ agents, feed, finished, groupOf, newRun, phase, spent }, events) {
  const run = newRun();
  for (const event of events) feed(run, event);
  const lanes = [...run.lanes.values()];
  return {
    answer: run.answer, stop: run.stop, error: run.error, mode: run.mode, seconds: run.at, rests_on: run.restsOn,
    entries: run.entries, rounds: run.rounds.map((round) => round.number), tokens: spent(run).tokens, phase: phase(run).key,
    plan: run.plan, comparison: run.comparison, sources: run.sources,
    standings: run.standings.map((one) => ({
      votes: one.shares.map((share) => [share.answer, share.weight]), agents: one.shares.map((share) => share.agents),
      decided: one.decided, rule: one.rule, at: one.at,
    })),
    decision: run.decision && { at: run.decision.at, leader: run.decision.leader, rule: run.decision.rule },
    groups: Object.fromEntries(finished(run).map((turn) => [turn.agent, groupOf(run, turn)])),
    labels: run.groups.map((group) => group.answer),
    agents: agents(run).map((lane) => ({
      agent: lane.agent, tokens: lane.tokens, answer: lane.turns.findLast((turn) => turn.stop)?.answer ?? "",
      thinking: lane.last.thinking.text, draft: lane.last.draft.text,
    })),
    lanes: lanes.map((lane) => ({
      agent: lane.agent,
      segments: lane.turns.flatMap((turn) => turn.segments.map(({ start, end, phase: kind }) => [start, end, kind])),
      turns: lane.turns.map((turn) => [turn.round, turn.began, turn.ended, turn.state]),
    })).filter((lane) => lane.agent !== NOBODY || lane.segments.length),
  };
}

if (typeof process !== "undefined" && process.argv[2]) {
  const web = await import(`${process.argv[2]}/fold.js`);
  let text = "";
  for await (const piece of process.stdin) text += piece;
  process.stdout.write(JSON.stringify(JSON.parse(text).map((events) => facts(web, events))));
}
