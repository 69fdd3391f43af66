// Checks the package as it would be published: packs it and lets publint and attw look at the tarball, knip at the
// sources, and api-extractor at the public types, whose report in etc/ is part of the repository. Needs a built dist/.
// `--update` writes the report anew after a change of the public types that is meant.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = join(import.meta.dirname, '..');
const update = process.argv.includes('--update');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs a tool of this repository; its output shows only when it complains. */
function run(name, command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) return stdout;
  console.error(`${stdout}${stderr}`);
  throw new Error(`${name} is not content with the package (exit code ${status})`);
}

const bin = (name) => join(root, 'node_modules', '.bin', name);

function packInto(folder) {
  const output = run('npm pack', 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [{ filename, files, size }] = JSON.parse(output);
  const strangers = files
    .map(({ path }) => path)
    .filter((path) => /tsbuildinfo|^(src|test|build|scripts)\//.test(path));
  if (strangers.length > 0) throw new Error(`These do not belong into the package: ${strangers.join(', ')}`);
  console.log(`${filename}: ${files.length} files, ${Math.ceil(size / 1024)} KB packed`);
  return join(folder, filename);
}

/** One report per entry point: what a user can import, with its types. */
function checkApi(name, types) {
  const report = `${name}.api.md`;
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      compiler: { tsconfigFilePath: join(root, 'src', 'tsconfig.json'), skipLibCheck: true },
      apiReport: {
        enabled: true,
        reportFileName: report,
        reportFolder: join(root, 'etc'),
        reportTempFolder: join(root, 'build', 'api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      messages: { extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } } },
    },
  });
  mkdirSync(join(root, 'etc'), { recursive: true });
  const isNew = !existsSync(join(root, 'etc', report));
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    localBuild: update || isNew,
    messageCallback: quiet,
  });
  if (errorCount > 0) throw new Error(`api-extractor cannot read ${types}`);
  if (apiReportChanged && !update && !isNew) {
    throw new Error(
      `The public types of ${name} are not those of etc/${report}; if that is meant: npm run check:package -- --update`,
    );
  }
}

function quiet(message) {
  if (message.logLevel !== 'error') message.handled = true;
  else console.error(message.text);
}

const folder = mkdtempSync(join(tmpdir(), 'offloop-package-'));
try {
  const tarball = packInto(folder);
  run('publint', process.execPath, [bin('publint'), tarball, '--strict']);
  run('attw', process.execPath, [bin('attw'), tarball, '--profile', 'esm-only']);
  run('knip', process.execPath, [bin('knip'), '--no-progress']);
  for (const [path, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'object')
      checkApi(path === '.' ? manifest.name : path.slice(2).replaceAll('/', '-'), target.types);
  }
  console.log('The package is fit to be published.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
