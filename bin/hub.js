#!/usr/bin/env node
// Plain JavaScript, so that a Node which can't read the rest says so in one line instead of a stack.
const NEEDED = 24
const [major] = process.versions.node.split('.')
if (Number(major) < NEEDED) {
  process.stderr.write(
    `hub: needs Node ${NEEDED} or later, this is ${process.version}: install it, or run npm install without --omit=dev, which brings it\n`,
  )
  process.exitCode = 1
} else {
  // What Node makes of our TypeScript is kept beside the packages, where only who installs the hub can write: a command takes half
  // the time with it, and a process that finds all of it there loads no compiler for types, 30 MiB. Where the folder can't be
  // written, all works without.
  const { enableCompileCache } = await import('node:module')
  const { fileURLToPath } = await import('node:url')
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hub', import.meta.url)))
  await import('../src/main.ts')
}
