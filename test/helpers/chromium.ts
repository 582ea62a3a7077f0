import { type Browser, chromium } from 'playwright-core'
import { requireProgram } from './programs.ts'

/** Debian's; elsewhere it is to be put there. */
const CHROMIUM = '/usr/bin/chromium'

/** Chromium without a window; where it is missing it is installed as MariaDB is. */
export async function launchChromium(): Promise<Browser> {
  await requireProgram(CHROMIUM, 'chromium')
  // Tests run as root in containers, where Chromium's own sandbox can't be set up.
  return await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false })
}
