// Opens pages from disk in Chromium with the network off, and tells what each did.
//
//   node page.mjs '{"file": "/path/page.html", "screenshot": "/path/page.png", "dark": false, "width": 1100}'
//   node page.mjs '{"looks": [{"file": "/path/page.html", "axe": true}, {"file": "/path/page.html", "pdf": "/path/page.pdf"}, ...]}'
//
// A look: file, dark, print (as on paper), width, height, screenshot, whole (of the whole page: true), at (the selector of what stands at its
// top otherwise), open (all that is folded), axe, pdf.
// Prints one JSON document, or a list of them for `looks`: {"requests": [addresses beside the file itself], "console": [...], "violations":
// [of the page's policy], "title", "lang", "policy", "h1": n, "images": n, "broken": n, "scripts": n, "wide": pixels by which the page is
// wider than the window, "axe": [{"id", "impact", "help", "count", "nodes": [HTML of each]}] by all rules, best practice among them, "passed":
// how many rules found what they look at, and it was well}
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES;
const require = createRequire(pathToFileURL(join(modules, 'index.js')));
const { chromium } = require('playwright-core');
const given = JSON.parse(process.argv[2]);
const looks = (given.looks || [given]).map((one) => ({ width: 1100, height: 900, dark: false, whole: true, ...one }));
const PATIENCE_MS = 240_000; // a busy machine is no finding
const profile = mkdtempSync(join(tmpdir(), 'irk-p-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: given.browser || '/usr/bin/chromium',
  headless: true,
  timeout: PATIENCE_MS,
  offline: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
await context.addInitScript(() => {
  window.__violations = [];
  document.addEventListener('securitypolicyviolation', (event) => window.__violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
});

async function look(want) {
  const answer = { requests: [], console: [] };
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.setViewportSize({ width: want.width, height: want.height });
  await page.emulateMedia({ colorScheme: want.dark ? 'dark' : 'light', media: want.print ? 'print' : 'screen' });
  const address = pathToFileURL(want.file).href;
  page.on('console', (message) => answer.console.push(message.text()));
  page.on('pageerror', (error) => answer.console.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:')) answer.requests.push(request.url());
  });
  await page.goto(address, { waitUntil: 'load' });
  Object.assign(answer, await page.evaluate((open) => {
    if (open) for (const one of document.querySelectorAll('details')) one.open = true;
    const images = [...document.images];
    return {
      title: document.title,
      h1: document.querySelectorAll('h1').length,
      images: images.length,
      broken: images.filter((one) => one.complete && one.naturalWidth === 0).length,
      scripts: document.scripts.length,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      violations: window.__violations,
      lang: document.documentElement.lang,
      policy: document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content || '',
    };
  }, want.open || false));
  if (want.at) await page.evaluate((at) => document.querySelector(at).scrollIntoView({ behavior: 'instant' }), want.at);
  if (want.screenshot) await page.screenshot({ path: want.screenshot, fullPage: want.whole });
  if (want.pdf) await page.pdf({ path: want.pdf, preferCSSPageSize: true, tagged: true, outline: true });
  if (want.axe) {
    await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate(async () => {
      // Every rule there is, those switched off by default too, but for AAA and what is only an experiment or deprecated.
      const rules = axe.getRules().filter((one) => !one.tags.some((tag) => /^(wcag2+aaa|experimental|deprecated)$/.test(tag)));
      return axe.run(document, { runOnly: { type: 'rule', values: rules.map((one) => one.ruleId) }, resultTypes: ['violations'] });
    });
    answer.passed = found.passes.length;
    answer.axe = found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, count: nodes.length, nodes: nodes.map((node) => node.html.slice(0, 200)) }));
  }
  await page.close();
  return answer;
}

const answers = [];
try {
  for (const want of looks) answers.push(await look(want));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(given.looks ? answers : answers[0]) + '\n');
