// Who agrees with whom: the groups of equal answers, with letters that stay the same while the vote moves.
//
// A change of the vote names the agents behind each answer. Traces of before that was stored do not: there,
// an agent belongs to the answer that it is spelled like, and to none where nothing is.

/** @typedef {{place: number, answer: string, agents: number[], weight: number}} Group */
/** @typedef {{group: number, answer: string, weight: number, agents: number[]}} Share */

const plain = (/** @type {string} */ text) => text.toLowerCase().replace(/[\s.,;:$*]+/g, "");

/** The group of that answer by its spelling; -1 = none. @param {Group[]} groups @param {string} answer */
export function spelled(groups, answer) {
  if (!answer) return -1;
  const same = groups.findIndex((group) => group.answer === answer);
  return same >= 0 ? same : groups.findIndex((group) => group.answer && plain(group.answer) === plain(answer));
}

/**
 * A vote's answers as shares of groups; new answers become new groups, at the end.
 *
 * @param {Group[]} groups in the order of their first vote; changed
 * @param {any} event `consensus_changed`
 * @param {Map<number, number>} members the group of each agent by the vote before, in this round
 * @param {Map<number, string>} answers what each agent that finished says
 * @returns {Share[]} in the event's order
 */
export function shares(groups, event, members, answers) {
  const voters = /** @type {number[][]} */ (event.voters?.length ? event.voters : inferred(event, answers));
  const taken = new Set();
  /** @type {Share[]} */
  const found = event.votes.map((/** @type {[string, number]} */ [answer, weight], /** @type {number} */ at) => {
    const agents = voters[at] ?? [];
    const free = (/** @type {number} */ group) => group >= 0 && !taken.has(group);
    let group = most(agents.map((agent) => members.get(agent) ?? -1).filter(free));
    if (group < 0) group = groups.findIndex((one, place) => free(place) && Boolean(answer) && one.answer === answer);
    if (group < 0) group = groups.push({ place: groups.length, answer, agents: [], weight: 0 }) - 1;
    taken.add(group);
    return { group, answer, weight, agents };
  });
  for (const group of groups) Object.assign(group, { agents: [], weight: 0 });
  for (const { group, answer, agents, weight } of found) Object.assign(groups[group] ?? {}, { answer, agents, weight });
  return found;
}

/** The value that is there most often; -1 where there is none. @param {number[]} values */
function most(values) {
  let best = -1;
  let times = 0;
  for (const value of values) {
    const count = values.filter((other) => other === value).length;
    if (count > times) [best, times] = [value, count];
  }
  return best;
}

/** @param {any} event @param {Map<number, string>} answers @returns {number[][]} */
function inferred(event, answers) {
  const named = event.votes.map((/** @type {[string, number]} */ [answer]) => ({ answer }));
  /** @type {number[][]} */
  const voters = named.map(() => []);
  for (const [agent, answer] of answers) {
    const at = spelled(named, answer);
    if (at >= 0) voters[at]?.push(agent);
  }
  return voters;
}
