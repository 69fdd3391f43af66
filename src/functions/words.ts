import { cannotSend } from './capture-error.ts';
import { lexicalUses } from './lexical.ts';
import { positionText } from './script.ts';
import type { SliceSubject } from './plan.ts';
import { isFunctionNode, type Syntax, type SyntaxNode } from './syntax.ts';

/** Throws a CaptureError if code uses words whose meaning comes from the code around it. */
export function refuseOuterWords(node: SyntaxNode, subject: SliceSubject): void {
  const uses = lexicalUses(node);
  const refuse = ([first]: readonly SyntaxNode[], why: string, instead: string): void => {
    if (first === undefined) return;
    throw cannotSend(subject, `it ${why} at ${positionText(subject.script, first.start)}`, instead);
  };
  refuse(
    uses.directEval,
    'calls eval',
    'Nobody can tell which variables that text uses: call (0, eval)(text), which sees globals only.',
  );
  refuse(uses.withStatements, 'has a with statement', 'Name the object in each access instead.');
  refuse(
    uses.outerSuper,
    'uses super',
    'Send a function that calls the method on an object it makes: () => new Thing().method().',
  );
  refuse(uses.outerNewTarget, 'uses new.target of the function around it', 'Pass it as an argument.');
  refuse(
    uses.outerPrivate,
    'uses a private name of the class around it',
    'Send a function that uses the class: (x) => Thing.method(x).',
  );
  if (subject.syntax.sourceType !== 'module' || !isOutsideFunctions(node, subject.syntax))
    refuse(
      uses.outerThis,
      'uses `this` of the code around it',
      'Put what it needs of it into a variable first: const { rows } = this.',
    );
}

/** At the top of a module `this` is undefined, in a worker as well. */
function isOutsideFunctions(node: SyntaxNode, syntax: Syntax): boolean {
  for (let parent = syntax.parents.get(node); parent !== undefined; parent = syntax.parents.get(parent))
    if (parent.type !== 'ArrowFunctionExpression' && (isFunctionNode(parent) || parent.type === 'PropertyDefinition'))
      return false;
  return true;
}
