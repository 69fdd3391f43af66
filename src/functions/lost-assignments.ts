import type { Capture, Piece, SliceSubject } from './plan.ts';
import { assignmentIsLost } from './refusals.ts';
import { positionText } from './script.ts';
import { startOf, type Reference, type Syntax, type SyntaxNode } from './syntax.ts';

/**
 * Refuses functions that assign to variables of the function around them: a worker has a copy of the variable, so the
 * program would never see it. What counts on (`n++`, `n += x`) wants the sum to be kept; any other assignment is let through
 * if nobody reads the variable but the code that goes along, as with a value that is computed once.
 */
export function refuseLostAssignments(
  captures: readonly Capture[],
  pieces: readonly Piece[],
  subject: SliceSubject,
): void {
  const { target, syntax, script } = subject;
  const stretches = [target, ...pieces];
  const goesAlong = (reference: Reference): boolean =>
    stretches.some(({ start, end }) => startOf(reference) >= start && startOf(reference) < end);
  for (const { locator, scope, stateKey, declared } of captures) {
    const references = stateKey === undefined ? (scope.set.get(locator.name)?.references ?? []) : [];
    const writes = references.filter(
      (reference) => reference.isWrite() && reference.init !== true && goesAlong(reference),
    );
    const lost =
      writes.find((reference) => countsOn(reference, syntax)) ??
      (references.some((reference) => reference.isRead() && !goesAlong(reference)) ? writes[0] : undefined);
    if (lost !== undefined)
      throw assignmentIsLost(subject, locator.name, positionText(script, startOf(lost)), declared);
  }
}

function countsOn({ identifier }: Reference, syntax: Syntax): boolean {
  const parent = syntax.parents.get(identifier as unknown as SyntaxNode);
  if (parent?.type !== 'AssignmentExpression') return parent?.type === 'UpdateExpression';
  return parent['left'] === identifier && !/^(?:\|\||&&|\?\?)?=$/.test(parent['operator'] as string);
}
