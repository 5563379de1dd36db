import type { FamilyMember } from '../../../model/answer';

/** How far each member stands below its eldest. Parents come before their children. */
export function depthsOf(family: readonly FamilyMember[]): number[] {
  const depths: number[] = [];
  for (const { parent } of family) {
    depths.push(parent === undefined ? 0 : (depths[parent] ?? -1) + 1);
  }
  return depths;
}
