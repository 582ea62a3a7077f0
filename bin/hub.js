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
  await import('../src/main.ts')
}
