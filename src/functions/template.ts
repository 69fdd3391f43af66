import type { Subject } from './capture-error.ts';
import { closedStart } from './closed-text.ts';
import { cutTemplate } from './cut-template.ts';
import type { FunctionDefinition } from './definition.ts';
import { plainTemplate, type FunctionSite, type Template } from './described.ts';
import { plainExport } from './plain-export.ts';
import { commonJsExport, isMainScript, referenceTo } from './reference.ts';
import { positionText } from './script.ts';
import { sourceDefinition } from './source-definition.ts';

/** Decides between reference, source and slice. Throws CaptureError. */
export function makeTemplate(site: FunctionSite): Template {
  const { fn, script, start } = site;
  const subject: Subject = { name: fn.name, position: positionText(script, start) };
  const importable = !script.compiledHere && !isMainScript(script) && script.url?.startsWith('file:') === true;
  const commonJs = importable ? commonJsExport(fn, script) : undefined;
  if (commonJs !== undefined) return { ...plainTemplate(referenceTo(fn, script, commonJs), subject), shared: false };
  const plainly = importable ? plainExport(fn, script.source, start, site.live) : undefined;
  if (plainly !== undefined) return plainTemplate(referenceTo(fn, script, plainly), subject);
  const alone = importable ? undefined : closedDefinition(site);
  return alone === undefined ? cutTemplate(site, subject, importable) : plainTemplate(alone, subject);
}

function closedDefinition(site: FunctionSite): FunctionDefinition | undefined {
  const text = Function.prototype.toString.call(site.fn);
  const start = closedStart(text);
  return start === undefined ? undefined : sourceDefinition(site, `(${text})`, start);
}
