/** A group or a set of a pattern during its reading. */
interface Group {
  /** Whether it holds a repetition without an upper limit. */
  repeats: boolean;
  /** First item of each alternative. */
  readonly firsts: string[];
  /** Whether the next item begins an alternative. */
  atStart: boolean;
}

const ITEM =
  /\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\[\s\S]|\[(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]|\(\?(?:[:=!>]|<[=!]|<\w+>|[a-z-]*[:)])|[\s\S]/gu;
const UNLIMITED = /^(?:[*+]|\{\d*,\})[?+]?/;
const QUANTIFIER = /^(?:[*+?]|\{\d*(?:,\d*)?\})[?+]?/;

const newGroup = (): Group => ({ repeats: false, firsts: [], atStart: true });

/** Returns whether an item is one certain character. */
const isLiteral = (item: string): boolean => /^(?:[^\\[.(^$]|\\[^pPwWdDsSbBAzZ])$/u.test(item);

/** Returns whether two alternatives of a group can begin with the same character. */
function alternativesOverlap({ firsts }: Group): boolean {
  if (firsts.length < 2) return false;
  return !firsts.every(isLiteral) || new Set(firsts.map((first) => first.toLowerCase())).size < firsts.length;
}

/**
 * Checks that a regular expression of a file cannot take exponential time by backtracking (ReDoS): a group that is
 * repeated without limit must not hold such a repetition itself, nor alternatives that can begin with the same
 * character, as in `(a+)+` and `(a|a)*`.
 *
 * @throws Error that names the pattern
 */
export function refuseExponentialPattern(pattern: string): void {
  const groups = [newGroup()];
  let position = 0;
  let closed: Group | undefined;
  while (position < pattern.length) {
    const rest = pattern.slice(position, position + 1000);
    const quantifier = position > 0 ? QUANTIFIER.exec(rest)?.[0] : undefined;
    const group = groups.at(-1) as Group;
    if (quantifier !== undefined) {
      const unlimited = UNLIMITED.test(rest);
      if (unlimited && closed !== undefined && (closed.repeats || alternativesOverlap(closed))) {
        throw new Error(
          `the pattern ${JSON.stringify(pattern.slice(0, 80))} repeats a repetition, which can take exponential time`,
        );
      }
      group.repeats ||= unlimited;
      position += quantifier.length;
      closed = undefined;
      continue;
    }
    ITEM.lastIndex = 0;
    const item = ITEM.exec(rest)?.[0] ?? rest;
    position += item.length;
    closed = undefined;
    if (item === "|") {
      group.atStart = true;
      continue;
    }
    if (group.atStart && item !== ")") group.firsts.push(item);
    group.atStart = false;
    if (item === ")" && groups.length > 1) {
      closed = groups.pop();
      (groups.at(-1) as Group).repeats ||= closed?.repeats ?? false;
    } else if (item.startsWith("(") && !item.endsWith(")")) {
      groups.push(newGroup());
    }
  }
}
