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
  // What Node makes of 1 900 modules is kept beside what npm has installed: a process that finds it there needs no compiler for
  // their types, which takes 40 MiB. Where the folder can't be written, all works without.
  const { enableCompileCache } = await import('node:module')
  const { fileURLToPath } = await import('node:url')
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/hub', import.meta.url)))
  await import('../src/main.ts')
}
