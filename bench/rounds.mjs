
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))];
}

/**
 * Measures ours and the peer in turn and takes the median of the rounds' ratios, because neighbours on the machine move
 * both figures of a round alike. `better: 'more'` compares ours ÷ peer with a floor, `'less'` with a ceiling.
 */
export async function compare({ name, unit, better, goal, peerName, rounds = 5, ours, peer }) {
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const a = await ours(round);
    const b = await peer(round);
    measured.push({ ours: a, peer: b, ratio: a / b });
    process.stdout.write(`  ${name}: round ${round + 1}: ours ${show(a)} ${unit}, ${peerName} ${show(b)} ${unit}, ratio ${show(a / b)}\n`);
  }
  return judge({
    name,
    unit,
    better,
    goal,
    peerName,
    ours: median(measured.map((m) => m.ours)),
    peer: median(measured.map((m) => m.peer)),
    ratio: median(measured.map((m) => m.ratio)),
  });
}

/** A result passes at half the goal: the goal itself is for a quiet machine. */
export function judge(result) {
  const slack = result.exact ? 1 : 2;
  const passed = result.better === 'more' ? result.ratio >= result.goal / slack : result.ratio <= result.goal * slack;
  const reached = result.better === 'more' ? result.ratio >= result.goal : result.ratio <= result.goal;
  return { ...result, passed, reached };
}

export function show(value) {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  if (value >= 1000) {
    return Math.round(value).toLocaleString('en-US');
  }
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toPrecision(2);
}
