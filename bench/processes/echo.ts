import { createServer } from 'node:http'
import Koa from 'koa'
import { listen, readBody } from '../harness/listen.ts'
import { serve } from '../harness/serve.ts'

/** The least that a koa server can do with a webhook: read it and say 200. Nothing is kept. */
const app = new Koa()
app.use(async (context) => {
  await readBody(context.req)
  context.body = ''
  context.status = 200
})
const handle = app.callback()

serve(await listen(createServer((request, response) => void handle(request, response))), {})
