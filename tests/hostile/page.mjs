// Opens pages from disk in Chromium with the network off, provokes everything on them, and tells what they did.
//
//   node page.mjs '{"files": ["/path/page.html", ...], "widths": [360, 1280]}'
//
// Prints one JSON list, one document a page and width: {"ran": times the canary was called, "dialogs", "requests", "console", "wide": by how
// many pixels the page is wider than the window, "past": [what stands outside it], "tables": [[cells of each row]...], "cells": [text of
// each cell of tables that have the class ik-table], "frames", "scripts"}.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.IRKIT_NODE_MODULES;
const { chromium } = createRequire(pathToFileURL(join(modules, 'index.js')))('playwright-core');
const want = { widths: [360, 1280], browser: '/usr/bin/chromium', ...JSON.parse(process.argv[2]) };
const PATIENCE_MS = 240_000; // a busy machine is no finding
const profile = mkdtempSync(join(tmpdir(), 'irk-h-'));
const answers = [];
const context = await chromium.launchPersistentContext(profile, {
  executablePath: want.browser,
  headless: true,
  timeout: PATIENCE_MS,
  offline: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
  for (const file of want.files) {
    for (const width of want.widths) {
      const page = await context.newPage();
      await page.setViewportSize({ width, height: 900 });
      const answer = { file, width, dialogs: [], requests: [], console: [] };
      const address = pathToFileURL(file).href;
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('dialog', (dialog) => { answer.dialogs.push(dialog.message()); dialog.dismiss(); });
      page.on('console', (message) => answer.console.push(message.text()));
      page.on('pageerror', (error) => answer.console.push(String(error)));
      page.on('request', (request) => {
        if (request.url() !== address && !request.url().startsWith('data:image/svg+xml;base64,')) answer.requests.push(request.url());
      });
      await page.goto(address, { waitUntil: 'load' });
      Object.assign(answer, await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true;
        for (const one of document.querySelectorAll('body *')) {
          for (const kind of ['mouseover', 'mouseenter', 'focus', 'toggle', 'error']) one.dispatchEvent(new Event(kind));
        }
        const scrolls = (one) => one.closest('.ik-scroll') && !one.classList.contains('ik-scroll');
        const all = [...document.querySelectorAll('body *')];
        const past = all.filter((one) => !scrolls(one) && one.getBoundingClientRect().right > innerWidth + 1);
        return {
          ran: window.__ran || 0,
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          past: past.slice(0, 5).map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 40)}`),
          tables: [...document.querySelectorAll('table')].map((table) => [...table.rows].map((row) => row.cells.length)),
          cells: [...document.querySelectorAll('table.ik-table td')].map((cell) => cell.textContent),
          frames: window.frames.length,
          scripts: document.scripts.length,
        };
      }));
      answers.push(answer);
      await page.close();
    }
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(answers) + '\n');
