import { type Browser, chromium } from 'playwright-core'
import { requireProgram } from './programs.ts'

/** Debian's Chromium, without a window; it is installed where it is missing, as MariaDB is. */
export async function launchChromium(): Promise<Browser> {
  await requireProgram('chromium', 'chromium')
  return await chromium.launch({
    executablePath: await pathOf(),
    // Tests run as root in containers, where Chromium's own sandbox can't be set up.
    chromiumSandbox: false,
  })
}

async function pathOf(): Promise<string> {
  return '/usr/bin/chromium'
}
