import { writeFileSync } from 'node:fs'
import { FENCES, toFences } from './biome.ts'

writeFileSync(FENCES, toFences())
