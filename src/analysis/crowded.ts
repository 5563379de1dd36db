/**
 * Which lanes are merged into columns so that at most `most` runs are left to be drawn one by one: as few as possible,
 * so the fullest first; of equally full ones the later, because the first lanes are those in trouble.
 *
 * `members`: runs per lane. Returns one flag per lane.
 */
export function crowdedLanes(members: readonly number[], most: number): boolean[] {
  const merged = members.map(() => false);
  const fullest = members.map((_, lane) => lane).sort((a, b) => (members[b] ?? 0) - (members[a] ?? 0) || b - a);
  let left = members.reduce((sum, count) => sum + count, 0);
  for (const lane of fullest) {
    if (left <= most) {
      break;
    }
    merged[lane] = true;
    left -= members[lane] ?? 0;
  }
  return merged;
}
